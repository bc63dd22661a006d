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
fn an_invalid_report_fails_the_schema() {
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

/// A valid signature file as JSON.
fn signature_file() -> Value {
    let text = include_str!("../../signatures/README.md");
    let table = text.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    toml::from_str(table).unwrap()
}

#[test]
fn the_builtin_signatures_match_their_schema() {
    let schema = schema("signature");
    json_schema::check(&schema, &signature_file()).unwrap();
    let mut files = 0;
    let signatures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("signatures");
    for entry in std::fs::read_dir(signatures).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let file: Value = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            json_schema::check(&schema, &file).unwrap_or_else(|e| panic!("{path:?}: {e}"));
            files += 1;
        }
    }
    assert!(files > 10, "{files}");
}

/// Loader and schema reject the same mistakes, or an editor would accept what the program refuses.
#[test]
fn the_schema_rejects_what_the_loader_rejects() {
    let schema = schema("signature");
    let env = Env::new();
    let mut mistakes: Vec<(String, Value)> = Vec::new();
    let required = "id title category severity owner surface confidence since rank remedy";
    for key in required.split(' ') {
        let mut file = signature_file();
        let signature = file["signature"][0].as_object_mut().unwrap();
        let value = signature.remove(key).unwrap();
        mistakes.push((format!("without {key}"), file.clone()));
        file["signature"][0][format!("x{key}")] = value;
        mistakes.push((format!("x{key}"), file));
    }
    for (pointer, bad) in [
        ("/signature/0/category", "permision".into()),
        ("/signature/0/rank", "85".into()),
        ("/signature/0/rank", 101.into()),
        ("/signature/0/title", serde_json::json!({ "de": "x" })),
        ("/signature/0/when/0", serde_json::json!({ "anchor": ["CNS1045"] })),
        ("/signature/0/example", serde_json::json!([])),
    ] {
        let mut file = signature_file();
        *file.pointer_mut(pointer).unwrap() = bad;
        mistakes.push((pointer.to_string(), file));
    }
    for (what, file) in mistakes {
        json_schema::check(&schema, &file).expect_err(&what);
        env.write("own.toml", toml::to_string(&file).unwrap().as_bytes());
        let checked = env.run(&["signatures", "check", "own.toml"]);
        assert_ne!(checked.code, Some(0), "{what}: {}", checked.stdout);
    }
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
