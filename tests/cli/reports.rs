//! Saved reports: rendered again, in the other language, and compared.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::with_failures;
use crate::support::{Env, Outcome, Row, connection, execution_log, guid, missing, view_denied};

const ALL: &str = "json,csv,html,md,ndjson,prom";

fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|e| (e.file_name().into_string().unwrap(), std::fs::read(e.path()).unwrap()))
        .collect()
}

/// Every corpus, scanned into `en` and `ja`.
fn corpora() -> Vec<Env> {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/corpora");
    let scanned = |entry: std::fs::DirEntry| {
        let (env, exports) = (Env::new(), entry.path().join("exports"));
        for lang in ["en", "ja"] {
            let exports = exports.to_str().unwrap();
            let outcome = env.run(&["scan", exports, "-f", ALL, "--lang", lang, "-o", lang]);
            assert!(matches!(outcome.code, Some(0 | 3)), "{}", outcome.stderr);
        }
        env
    };
    let entries = std::fs::read_dir(corpora).unwrap().map(|entry| entry.unwrap());
    entries.filter(|entry| entry.path().join("exports").exists()).map(scanned).collect()
}

/// Removes what differs between runs: the object `run` of the report, and the line in other files
/// that shows it.
fn without_run(files: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, String> {
    let report: Value = serde_json::from_slice(&files["report.json"]).unwrap();
    let finished = report["run"]["finished_at"].as_str().unwrap().to_string();
    let run = regex::Regex::new(r#"(?s)"run": \{.*?\n  \},"#).unwrap();
    files
        .into_iter()
        .map(|(name, bytes)| {
            let text = String::from_utf8(bytes).unwrap().replace(&finished, "FINISHED");
            (name, run.replace(&text, "").into_owned())
        })
        .collect()
}

#[test]
fn rendered_again_the_files_are_the_same_and_in_the_other_language_those_of_a_scan() {
    let corpora = corpora();
    assert!(corpora.len() > 1);
    for env in corpora {
        for (from, to) in [("en", "en"), ("ja", "ja"), ("en", "ja"), ("ja", "en")] {
            let out = format!("{from}-{to}");
            let given = ["report", "--from", from, "--lang", to, "-f", ALL, "-o", &out, "-q"];
            let outcome = env.run(&given);
            assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
            assert_eq!((&*outcome.stdout, &*outcome.stderr), ("", ""));
            let (rendered, scanned) = (files(&env.path(&out)), files(&env.path(to)));
            if from == to {
                assert!(rendered == scanned, "{out}: not the same bytes");
            } else {
                assert_eq!(without_run(rendered), without_run(scanned), "{out}");
            }
        }
    }
}

#[test]
fn without_a_language_a_report_keeps_its_own() {
    let env = with_failures();
    env.run(&["scan", "logs", "--lang", "ja", "-f", ALL, "-o", "out"]);
    let before = files(&env.path("out"));
    let outcome = env.run(&["report", "--from", "out/report.json", "-f", ALL]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(files(&env.path("out")) == before);
}

#[test]
fn occurrences_come_from_the_table_that_belongs_to_the_report() {
    let env = with_failures();
    env.scan(&["logs"]);
    let csv = files(&env.path("out"));
    let again = |arguments: &[&str]| env.run(&[&["report", "--from", "out"], arguments].concat());
    assert_eq!(again(&["-f", "csv,ndjson", "-o", "new"]).code, Some(0));
    assert_eq!(files(&env.path("new"))["occurrences.csv"], csv["occurrences.csv"]);

    // A table of another run is not used.
    env.write("logs/more.log", execution_log(&[Row::error(7, 9, missing(&connection(1)))]));
    env.command(&["scan", "logs", "-f", "json", "-o", "out"]).output().unwrap();
    let outcome = again(&["-f", "csv", "-o", "stale"]);
    assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("occurrences.csv"), "{}", outcome.stderr);
    assert!(!env.path("stale").exists());
    assert_eq!(again(&["-f", "json,md,prom", "-o", "stale"]).code, Some(0));
    assert_eq!(again(&["--stdout", "ndjson"]).code, Some(2));
    let json = again(&["--stdout", "json"]).stdout;
    assert_eq!(json.as_bytes(), files(&env.path("out"))["report.json"]);
}

#[test]
fn what_is_no_report_is_refused() {
    let env = with_failures();
    env.write("other/report.json", "{\"schema_version\": \"9.0\"}");
    env.write("cut/report.json", "{\"schema_version\": \"1.0\", \"run\"");
    for from in ["gone", "other", "cut", "logs"] {
        for arguments in [&["report", "--from", from][..], &["diff", from, from]] {
            let outcome = env.run(arguments);
            assert_eq!(outcome.code, Some(2), "{arguments:?}: {}", outcome.stderr);
            assert!(outcome.stderr.contains(from), "{}", outcome.stderr);
        }
    }
}

/// Two runs: connections 1 and 2 fail in both, 1 less often in the second; 3 fails only in the
/// first, 4 only in the second.
fn two_runs() -> Env {
    let env = Env::new();
    let log = |connections: &[u64]| {
        let rows = connections.iter().enumerate();
        let rows: Vec<Row> = rows
            .map(|(n, which)| Row::error(n as u64, 60 * n as u32, missing(&connection(*which))))
            .collect();
        execution_log(&rows)
    };
    env.write("first/2026-03-13_Execution.log", log(&[1, 1, 1, 2, 3]));
    env.write("second/2026-03-14_Execution.log", log(&[1, 2, 2, 4]));
    env
}

fn compared(env: &Env) -> (Outcome, BTreeMap<u64, String>) {
    for day in ["first", "second"] {
        assert!(matches!(env.run(&["scan", day, "-o", &format!("{day}-out")]).code, Some(0 | 3)));
    }
    let outcome = env.run(&["diff", "first-out", "second-out", "--format", "json"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let value: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let of = |change: &Value| {
        let id = change["connection"]["id"].as_str().unwrap();
        let which = (1..=9).find(|n| connection(*n) == id).unwrap();
        (which, change["change"].as_str().unwrap().to_string())
    };
    let changes = value["changes"].as_array().unwrap().iter().map(of).collect();
    (outcome, changes)
}

fn changes(words: &[(u64, &str)]) -> BTreeMap<u64, String> {
    words.iter().map(|(which, change)| (*which, (*change).to_string())).collect()
}

#[test]
fn what_became_of_each_incident() {
    let env = two_runs();
    let (_, found) = compared(&env);
    assert_eq!(found, changes(&[(1, "eased"), (2, "grown"), (3, "gone"), (4, "new")]));
    let same = env.run(&["diff", "first-out", "first-out/report.json"]);
    assert!(same.stdout.contains("As before (3)"), "{}", same.stdout);
    let text = env.run(&["diff", "first-out", "second-out"]).stdout;
    for line in ["New (1)", "Grown (1)", "Eased (1)", "Gone (1)", "3 → 1 (3 → 1 jobs)"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let ja = env.run(&["diff", "first-out", "second-out", "--lang", "ja"]).stdout;
    assert!(ja.contains("解消 (1)"), "{ja}");
}

#[test]
fn a_source_that_was_not_read_proves_nothing() {
    // The same run, but on one side the robot's file is missing or cut.
    let env = two_runs();
    let second = env.path("second/2026-03-14_Execution.log");
    std::fs::rename(&second, env.path("second/other.log")).unwrap();
    let (outcome, found) = compared(&env);
    let because = "2026-03-13_Execution.log";
    assert!(outcome.stdout.contains(because) && outcome.stdout.contains("\"missing\""));
    let not = "not-comparable";
    assert_eq!(found, changes(&[(1, not), (2, not), (3, not), (4, not)]));

    let env = two_runs();
    let cut = env.path("second/2026-03-14_Execution.log");
    let bytes = std::fs::read(&cut).unwrap();
    std::fs::write(&cut, [&bytes[..], b"07:09:00.1 Error {\"message\":\"cut"].concat()).unwrap();
    let (_, found) = compared(&env);
    assert_eq!(found, changes(&[(1, not), (2, "grown"), (3, not), (4, "new")]));
    let text = env.run(&["diff", "first-out", "second-out"]).stdout;
    assert!(text.contains("because B read 2026-03-13_Execution.log only in part"), "{text}");
}

#[test]
fn reports_that_were_made_differently_are_cautioned_about() {
    let env = with_failures();
    env.run(&["scan", "logs", "-o", "a"]);
    env.run(&["scan", "logs", "-o", "b", "--timezone", "Asia/Tokyo", "--since", "2026-01-01"]);
    let outcome = env.run(&["diff", "a", "b", "--format", "json"]);
    let value: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(value["cautions"], serde_json::json!(["window", "zone"]));
}

#[test]
fn an_incident_that_got_another_identity_is_joined_by_its_jobs() {
    let env = Env::new();
    let disabled = "Copy Row: Connection is disabled. Please enable the connection to continue. Error \
                    code: DAP-GE-3005.";
    let rows: Vec<Row> = (1..=3).map(|job| Row::error(job, 60 * job as u32, disabled)).collect();
    for logs in ["one", "two"] {
        env.write(&format!("{logs}/robots/2026-03-14_Execution.log"), execution_log(&rows));
    }
    // The bindings of two of the three jobs name the connection.
    let id = connection(7);
    let jobs: Vec<Value> = (1..=2)
        .map(|job| {
            let mut row = crate::support::job_row(job, "Faulted", 60 * job as u32, "");
            let binding = serde_json::json!({ "Properties": { "connectionId": id } });
            row["ResourceOverwrites"] =
                serde_json::json!({ format!("Connection.{id}"): binding }).to_string().into();
            row
        })
        .collect();
    env.write("two/orchestrator/jobs.json", crate::support::odata_page("Jobs", &jobs, None));
    for logs in ["one", "two"] {
        env.run(&["scan", logs, "-o", &format!("{logs}-out")]);
    }
    let changes = |a: &str, b: &str| {
        let outcome = env.run(&["diff", a, b, "--format", "json"]);
        let value: Value = serde_json::from_str(&outcome.stdout).unwrap();
        (value["summary"]["gone"].clone(), value["cautions"].clone())
    };
    assert_eq!(changes("one-out", "two-out"), (0.into(), serde_json::json!([])));
    assert_eq!(changes("two-out", "one-out").0, serde_json::json!(0));
    std::fs::remove_file(env.path("one-out/occurrences.csv")).unwrap();
    assert_eq!(changes("one-out", "two-out").1, serde_json::json!(["ids-alone"]));
}

#[test]
fn log_text_reaches_the_terminal_escaped() {
    let env = Env::new();
    let folder = guid(0xf01d, 7);
    let rows = [serde_json::json!({
        "Key": folder, "DisplayName": "x", "FullyQualifiedName": "Bad\u{1b}[2J", "Id": 41,
    })];
    env.write("logs/folders.json", crate::support::odata_page("Folders", &rows, None));
    env.write("logs/a.log", execution_log(&[Row::error(1, 9, view_denied(&folder))]));
    env.scan(&["logs"]);
    for arguments in [&["diff", "out", "out"][..], &["report", "--from", "out"]] {
        let outcome = env.run(arguments);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        assert!(!outcome.stdout.contains('\u{1b}'), "{}", outcome.stdout);
    }
}
