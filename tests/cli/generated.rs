//! Completions, the manual, and the JSON Schemas, compared with what the program writes.

use serde_json::Value;

use super::with_failures;
use crate::support::{Env, json_schema};

fn printed(arguments: &[&str]) -> String {
    let outcome = Env::new().run(arguments);
    assert_eq!(outcome.code, Some(0), "{arguments:?}: {}", outcome.stderr);
    outcome.stdout
}

fn schema(of: &str) -> Value {
    serde_json::from_str(&printed(&["schema", of])).unwrap()
}

#[test]
fn reports_are_what_their_schema_says() {
    let schema = schema("report");
    let report = with_failures().scan(&["logs"]).report;
    json_schema::check(&schema, &report).unwrap();
    let corpora = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/corpora");
    let mut seen = 0;
    for corpus in std::fs::read_dir(corpora).unwrap() {
        let exports = corpus.unwrap().path().join("exports");
        let outcome = Env::new().scan(&[exports.to_str().unwrap()]);
        if !outcome.report.is_null() {
            json_schema::check(&schema, &outcome.report).unwrap();
            seen += outcome.report["incidents"].as_array().unwrap().len();
        }
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn a_report_that_is_not_one_is_told_by_the_schema() {
    let schema = schema("report");
    let good = with_failures().scan(&["logs"]).report;
    for (pointer, bad) in [
        ("/incidents/0/severity", "dreadful".into()),
        ("/incidents/0/first_seen", 7.into()),
        ("/incidents/0/counts/jobs", "three".into()),
        ("/incidents/0/connection/id", "mail".into()),
        ("/coverage", Value::Null),
    ] {
        let mut report = good.clone();
        *report.pointer_mut(pointer).unwrap() = bad;
        let found = json_schema::check(&schema, &report).unwrap_err();
        assert!(found.contains(pointer), "{pointer}: {found}");
    }
    let mut report = good;
    report["incidents"][0].as_object_mut().unwrap().remove("owner");
    assert!(json_schema::check(&schema, &report).unwrap_err().contains("owner"));
}

#[test]
fn the_schema_of_settings_has_every_key() {
    let schema = schema("config");
    let shown = printed(&["config", "show"]);
    let keys = shown.lines().map(|line| line.trim_start_matches("# ").split(' ').next().unwrap());
    for key in keys {
        assert!(schema["properties"][key]["description"].is_string(), "{key}");
    }
    let good = serde_json::json!({ "quiet": true, "names": ["a"], "lang": "ja", "threads": 2 });
    json_schema::check(&schema, &good).unwrap();
    let bad = serde_json::json!({ "quiet": 1 });
    assert!(json_schema::check(&schema, &bad).is_err());
    assert!(json_schema::check(&schema, &serde_json::json!({ "formts": "json" })).is_err());
}

#[test]
fn completions_know_commands_and_options() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = printed(&["completions", shell]);
        for word in ["timezone", "signatures", "scan"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(Env::new().run(&["completions", "cmd"]).code, Some(2));
}

#[test]
fn a_page_for_each_command() {
    assert!(printed(&["man"]).contains(".TH faultline 1"));
    let scan = printed(&["man", "scan"]);
    assert!(scan.contains("timezone"), "{scan}");
    assert!(printed(&["man", "signatures", "list"]).contains("json"));
    assert_eq!(Env::new().run(&["man", "nothing"]).code, Some(2));
}
