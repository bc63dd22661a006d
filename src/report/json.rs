//! report.json and occurrences.ndjson: the report for programs, in the terms of the contract. Text is
//! not escaped beyond JSON; a program that shows it must escape it.

use schemars::generate::SchemaSettings;

use crate::model::Report;
use crate::report::style::{RenderError, Style};

/// report.json: indented, ends with a line end.
pub fn render_report(report: &Report, _: &Style) -> Result<Vec<u8>, RenderError> {
    let mut out = serde_json::to_vec_pretty(report)?;
    out.push(b'\n');
    Ok(out)
}

/// occurrences.ndjson: one occurrence per line.
pub fn render_occurrences(report: &Report, _: &Style) -> Result<Vec<u8>, RenderError> {
    let mut out = Vec::new();
    for occurrence in &report.occurrences {
        serde_json::to_writer(&mut out, occurrence)?;
        out.push(b'\n');
    }
    Ok(out)
}

/// The JSON Schema of report.json, derived from the types that are serialized.
pub fn schema() -> serde_json::Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<Report>().to_value()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::report::sample;

    #[test]
    fn has_the_order_and_the_names_of_the_contract() {
        let out = render_report(&sample::rich(), &Style::default()).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.starts_with(
                "{\n  \"schema_version\": \"1.1\",\n  \"lang\": \"en\",\n  \"run\": {"
            )
        );
        assert!(text.ends_with("}\n"));
        let value: Value = serde_json::from_str(&text).unwrap();
        let names: Vec<&String> = value.as_object().unwrap().keys().collect();
        let expected = "schema_version lang run signatures window coverage summary incidents \
                        connections neighbours mentions unmatched unmatched_rest diagnostics";
        assert_eq!(names, expected.split(' ').collect::<Vec<_>>());
        let first = &value["incidents"][0];
        assert_eq!(first["owner"], "connection-owner");
        assert_eq!(first["connection"]["attribution"], "exact");
        assert_eq!(first["samples"][0]["message"], sample::HOSTILE);
    }

    #[test]
    fn times_are_rfc_3339_everywhere() {
        let value: Value =
            serde_json::from_slice(&render_report(&sample::rich(), &Style::default()).unwrap())
                .unwrap();
        for pointer in [
            "/coverage/first_time",
            "/coverage/items/0/first_time",
            "/incidents/0/first_seen",
            "/incidents/0/samples/0/time",
            "/connections/0/first_seen",
            "/neighbours/0/first_seen",
            "/unmatched/0/sample/time",
        ] {
            assert_eq!(value.pointer(pointer).unwrap(), "2026-03-14T07:14:09.000Z", "{pointer}");
        }
        assert!(value.pointer("/incidents/2/first_seen").unwrap().is_null());
    }

    #[test]
    fn one_occurrence_per_line() {
        let out = render_occurrences(&sample::rich(), &Style::default()).unwrap();
        let lines: Vec<&str> = std::str::from_utf8(&out).unwrap().lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].contains("\"time\":\"2026-03-14T07:14:09.000Z\""));
        assert!(lines[1].contains("\"time\":null"));
    }
}
