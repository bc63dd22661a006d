//! The JSON Schema of a signature file, for editors that check TOML while it is written. It
//! accepts what `load` accepts; problems that only `check` can find are not covered.

use serde_json::{Value, json};

use crate::authoring::check::{EXAMPLES_MIN, RANK_MAX};
use crate::model::{Category, Confidence, Owner, Severity, Surface};
use crate::rules::ANCHOR_MIN;
use crate::search::PATTERN_LIMIT;

/// The schema, in draft 2020-12 of JSON Schema.
pub fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "faultline signature file",
        "description": "Failures and inner reasons; see signatures/README.md",
        "type": "object",
        "additionalProperties": false,
        "minProperties": 1,
        "properties": {
            "signature": list("Failures", reference("signature")),
            "reason": list("Inner reasons: what a provider or identity service itself says", reference("reason")),
        },
        "$defs": {
            "signature": signature(),
            "when": when(),
            "veto": table("What makes a text not this signature", &[], json!({
                "any": list("Any of these literals, ASCII case ignored", text("A literal")),
                "regex": pattern("A pattern over the normalised text"),
            })),
            "remedy": table("What to do, for the person who has to act", &["summary"], json!({
                "summary": reference("bilingual"),
                "steps": list("Steps in order", reference("bilingual")),
                "verify": list("How to see that it worked", reference("bilingual")),
            })),
            "example": table("A text that must match", &["text"], json!({
                "text": text("The message"),
                "expect": {
                    "description": "What must be read out of it: connection, folder, codes, status, cause, category, activity, connector, host, request_id, or a named group of the pattern",
                    "type": "object",
                    "additionalProperties": { "type": "string" },
                },
                "lang": text("Language of the text"),
            })),
            "counterexample": table("A text that must not match", &["text"], json!({
                "text": text("The message"),
                "level": text("Level it was written at; Error if not said"),
                "is": text("What it is instead: another id, `mention`, or nothing"),
            })),
            "bilingual": table("A text in both languages", &["en", "ja"], json!({
                "en": text("English"),
                "ja": text("Japanese"),
            })),
            "reason": reason(),
        },
    })
}

fn signature() -> Value {
    let required = [
        "id",
        "title",
        "category",
        "severity",
        "owner",
        "surface",
        "confidence",
        "since",
        "rank",
        "remedy",
    ];
    table(
        "One kind of failure",
        &required,
        json!({
            "id": {
                "description": "Permanent; retired ids are never used again",
                "type": "string",
                "pattern": "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$",
            },
            "title": reference("bilingual"),
            "category": words("What has to be repaired", Category::ALL.iter().map(|w| w.as_str())),
            "severity": words("How bad", Severity::ALL.iter().map(|w| w.as_str())),
            "owner": words("Who acts", Owner::ALL.iter().map(|w| w.as_str())),
            "surface": words("Where it shows", Surface::ALL.iter().map(|w| w.as_str())),
            "confidence": words("How sure the text is this failure", Confidence::ALL.iter().map(|w| w.as_str())),
            "off": flag("Known but not searched unless asked for"),
            "since": text("Version it came with"),
            "rank": {
                "description": "The most specific reading of a record wins",
                "type": "integer", "minimum": 0, "maximum": RANK_MAX,
            },
            "category_from_cause": flag("An inner reason replaces the category"),
            "generic": flag("Boilerplate: gives way to any other reading of the same failure"),
            "reply": flag("Counts in a failure reply that names no connection"),
            "gathers": at_least(1, list("Instead of `when`: takes over failures of these signatures that strike several processes and folders within minutes", text("An id"))),
            "when": at_least(1, list("Alternatives; one suffices", reference("when"))),
            "veto": reference("veto"),
            "remedy": reference("remedy"),
            "url": text("Vendor's page"),
            "example": at_least(EXAMPLES_MIN, list("Texts that must match", reference("example"))),
            "counterexample": at_least(1, list("Texts that must not match", reference("counterexample"))),
        }),
    )
}

fn when() -> Value {
    let anchor = json!({
        "description": "A rare literal on one line",
        "type": "string", "minLength": 1, "pattern": "^[^\\r\\n]+$",
    });
    let anchors = format!("Literals of at least {ANCHOR_MIN} bytes; any one of them");
    table(
        "One way in which it matches; all conditions must hold",
        &["anchors"],
        json!({
            "anchors": at_least(1, list(&anchors, anchor)),
            "all": list("Further literals, all of which the text must hold", text("A literal")),
            "regex": pattern("A pattern the normalised text must match; named groups are captures"),
            "status": list("HTTP status; 4 stands for 400-499, 5 for 500-599", json!({ "type": "integer", "minimum": 0, "maximum": 65535 })),
            "context": words("Evidence of Integration Service it needs", ["none", "record", "job"]),
        }),
    )
}

fn reason() -> Value {
    table(
        "What a provider or identity service itself says",
        &["code", "category", "guard", "rank"],
        json!({
            "code": text("How `cause.code` names it; with `aadsts` the number found is appended"),
            "category": reference("signature/properties/category"),
            "guard": words("How it may stand in the text", ["oauth", "code", "sentence", "aadsts"]),
            "words": list("Words or sentences; any one; with the guard `code` a `*` at the end stands for the rest of the code", text("A word or sentence")),
            "aadsts": list("AADSTS numbers", json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX })),
            "all": list("Literals that must also be in the text", text("A literal")),
            "any": list("One of these literals must also be in the text", text("A literal")),
            "off": flag("Known but not heard unless asked for"),
            "rank": { "description": "The highest reason of a text wins", "type": "integer", "minimum": 0, "maximum": 255 },
        }),
    )
}

fn table(description: &str, required: &[&str], properties: Value) -> Value {
    json!({
        "description": description,
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

fn reference(definition: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{definition}") })
}

fn list(description: &str, items: Value) -> Value {
    json!({ "description": description, "type": "array", "items": items })
}

fn at_least(count: usize, mut list: Value) -> Value {
    list["minItems"] = json!(count);
    list
}

fn text(description: &str) -> Value {
    json!({ "description": description, "type": "string" })
}

fn pattern(description: &str) -> Value {
    json!({ "description": description, "type": "string", "maxLength": PATTERN_LIMIT })
}

fn flag(description: &str) -> Value {
    json!({ "description": description, "type": "boolean" })
}

fn words<'w>(description: &str, words: impl IntoIterator<Item = &'w str>) -> Value {
    json!({ "description": description, "type": "string", "enum": words.into_iter().collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::files::load::parse;
    use crate::rules::{RuleSet, samples};

    /// Why the schema rejects a value; implements the part of the standard that this schema uses.
    fn refused(root: &Value, schema: &Value, value: &Value) -> Option<String> {
        if let Some(target) = schema["$ref"].as_str() {
            let target = root.pointer(target.trim_start_matches('#')).unwrap();
            return refused(root, target, value);
        }
        let fits = match schema["type"].as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_u64(),
            "boolean" => value.is_boolean(),
            other => panic!("{other}"),
        };
        if !fits {
            return Some(format!("{value} is no {}", schema["type"]));
        }
        if let Some(words) = schema["enum"].as_array()
            && !words.contains(value)
        {
            return Some(format!("{value} is none of {words:?}"));
        }
        if let Some(pattern) = schema["pattern"].as_str()
            && !regex::Regex::new(pattern).unwrap().is_match(value.as_str().unwrap())
        {
            return Some(format!("{value} is not like {pattern}"));
        }
        let over = schema["maximum"].as_u64().is_some_and(|most| value.as_u64() > Some(most));
        let short = schema["minItems"]
            .as_u64()
            .is_some_and(|least| (value.as_array().unwrap().len() as u64) < least);
        if over || short {
            return Some(format!("{value} is too large or too short"));
        }
        let items = value.as_array().into_iter().flatten();
        if let Some(told) = items.filter_map(|item| refused(root, &schema["items"], item)).next() {
            return Some(told);
        }
        let members = value.as_object()?;
        let mut required = schema["required"].as_array().into_iter().flatten();
        if let Some(missing) = required.find(|key| !members.contains_key(key.as_str().unwrap())) {
            return Some(format!("{missing} is missing"));
        }
        members.iter().find_map(|(key, member)| {
            match (schema["properties"].get(key), schema["additionalProperties"].is_object()) {
                (Some(schema), _) => refused(root, schema, member),
                (None, true) => refused(root, &schema["additionalProperties"], member),
                (None, false) => Some(format!("{key} is unknown")),
            }
        })
    }

    fn both(text: &str) -> (bool, Option<String>) {
        let value: Value = toml::from_str(text).unwrap();
        let schema = schema();
        (parse("own.toml", text).is_ok(), refused(&schema, &schema, &value))
    }

    #[test]
    fn the_builtin_signatures_match_the_schema() {
        let texts = RuleSet::builtin_texts().into_iter().chain(samples::texts());
        for (file, text) in texts {
            assert_eq!(both(&text), (true, None), "{file}");
        }
    }

    #[test]
    fn loader_and_schema_agree_on_every_key() {
        let keys = [
            "id",
            "title",
            "category",
            "severity",
            "owner",
            "surface",
            "confidence",
            "since",
            "rank",
        ];
        for key in keys {
            let start = format!("{key} =");
            let without: String = samples::VIEW_DENIED
                .lines()
                .filter(|line| !line.starts_with(&start))
                .map(|line| format!("{line}\n"))
                .collect();
            let (loads, told) = both(&without);
            assert!(!loads && told.is_some(), "{key}: {loads} {told:?}");
            let misspelt = samples::VIEW_DENIED.replacen(&start, &format!("x{key} ="), 1);
            let (loads, told) = both(&misspelt);
            assert!(!loads && told.is_some(), "x{key}: {loads} {told:?}");
        }
        for (from, to) in [
            ("\"permission\"", "\"permision\""),
            ("rank = 85", "rank = \"85\""),
            ("anchors = [\"CNS1045\"]", "anchor = [\"CNS1045\"]"),
            ("[signature.remedy]", "[signature.remedies]"),
            ("en = \"Grant it.\"", "de = \"x\""),
        ] {
            let text = samples::VIEW_DENIED.replacen(from, to, 1);
            assert_ne!(text, samples::VIEW_DENIED, "{from}");
            let (loads, told) = both(&text);
            assert!(!loads && told.is_some(), "{to}: {loads} {told:?}");
        }
    }

    /// An editor would mark a key as an error that only the loader knows.
    #[test]
    fn the_schema_knows_every_key_of_the_loader() {
        let file = parse("own.toml", samples::VIEW_DENIED).unwrap();
        let written = serde_json::to_value(&file).unwrap();
        let schema = schema();
        for key in written["signature"][0].as_object().unwrap().keys() {
            assert!(!schema["$defs"]["signature"]["properties"][key].is_null(), "{key}");
        }
        for (table, key) in [
            ("when", "when"),
            ("veto", "veto"),
            ("remedy", "remedy"),
            ("example", "example"),
            ("counterexample", "counterexample"),
        ] {
            let value = &written["signature"][0][key];
            let value = value.get(0).unwrap_or(value);
            for key in value.as_object().unwrap().keys() {
                assert!(!schema["$defs"][table]["properties"][key].is_null(), "{table}.{key}");
            }
        }
        let reason = serde_json::to_value(parse("reasons.toml", REASON).unwrap()).unwrap();
        for key in reason["reason"][0].as_object().unwrap().keys() {
            assert!(!schema["$defs"]["reason"]["properties"][key].is_null(), "reason.{key}");
        }
    }

    const REASON: &str =
        "[[reason]]\ncode = \"x\"\ncategory = \"platform\"\nguard = \"code\"\nrank = 1\n";
}
