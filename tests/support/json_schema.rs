//! A validator for the part of JSON Schema that our own schemas use. An unknown keyword is an
//! error, so that none is ignored.

use serde_json::Value;

/// Validates a value; the error names the location in it.
pub fn check(schema: &Value, value: &Value) -> Result<(), String> {
    at(schema, schema, value, "")
}

fn at(root: &Value, schema: &Value, value: &Value, instance_path: &str) -> Result<(), String> {
    let Some(rules) = schema.as_object() else {
        return if schema == true {
            Ok(())
        } else {
            Err(format!("{instance_path}: nothing may stand here"))
        };
    };
    let fail = |what: String| Err(format!("{instance_path}: {what}, not {value}"));
    for (rule, wanted) in rules {
        match rule.as_str() {
            "$schema" | "title" | "description" | "$defs" | "default" | "additionalProperties" => {}
            "$ref" => {
                let pointer = wanted.as_str().unwrap().trim_start_matches('#');
                at(root, root.pointer(pointer).unwrap(), value, instance_path)?;
            }
            "type" => {
                let one = |name: &Value| is(name.as_str().unwrap(), value);
                let fits = wanted.as_array().map_or_else(|| one(wanted), |all| all.iter().any(one));
                if !fits {
                    return fail(format!("must be {wanted}"));
                }
            }
            "const" if value != wanted => return fail(format!("must be {wanted}")),
            "const" => {}
            "enum" if !wanted.as_array().unwrap().contains(value) => {
                return fail(format!("must be one of {wanted}"));
            }
            "enum" => {}
            "anyOf" | "oneOf" => {
                let all = wanted.as_array().unwrap();
                if !all.iter().any(|one| at(root, one, value, instance_path).is_ok()) {
                    return fail(format!("fits none of {wanted}"));
                }
            }
            "minimum" | "maximum" => {
                let (is, wanted) = (value.as_f64(), wanted.as_f64().unwrap());
                let fits = |is: f64| if rule == "minimum" { is >= wanted } else { is <= wanted };
                if is.is_some_and(|is| !fits(is)) {
                    return fail(format!("{rule} {wanted}"));
                }
            }
            // Formats of numbers are notes; only `date-time` is checked.
            "format" if wanted != "date-time" => {}
            "format" => {
                let fits = |text: &str| text.parse::<jiff::Timestamp>().is_ok();
                if value.as_str().is_some_and(|text| !fits(text)) {
                    return fail("must be a time".to_string());
                }
            }
            "pattern" => {
                let pattern = regex::Regex::new(wanted.as_str().unwrap()).unwrap();
                if value.as_str().is_some_and(|text| !pattern.is_match(text)) {
                    return fail(format!("must match {wanted}"));
                }
            }
            "minItems" => {
                let count = value.as_array().map(|items| items.len() as u64);
                if count.is_some_and(|count| count < wanted.as_u64().unwrap()) {
                    return fail(format!("must have {wanted} items"));
                }
            }
            "items" => {
                for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                    at(root, wanted, item, &format!("{instance_path}/{n}"))?;
                }
            }
            "required" => {
                for name in wanted.as_array().unwrap() {
                    if value.as_object().is_some_and(|o| !o.contains_key(name.as_str().unwrap())) {
                        return fail(format!("must have {name}"));
                    }
                }
            }
            "properties" => properties(root, rules, value, instance_path)?,
            other => panic!("{other} is not known here"),
        }
    }
    Ok(())
}

fn properties(
    root: &Value,
    rules: &serde_json::Map<String, Value>,
    value: &Value,
    instance_path: &str,
) -> Result<(), String> {
    for (name, member) in value.as_object().into_iter().flatten() {
        let instance_path = format!("{instance_path}/{name}");
        match (rules["properties"].get(name), rules.get("additionalProperties")) {
            (Some(schema), _) => at(root, schema, member, &instance_path)?,
            (None, Some(schema)) => at(root, schema, member, &instance_path)?,
            // Our schemas list every property that is written.
            (None, None) => return Err(format!("{instance_path}: not in the schema")),
        }
    }
    Ok(())
}

fn is(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is not known here"),
    }
}
