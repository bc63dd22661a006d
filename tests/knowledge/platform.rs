//! Failures of the platform in several processes and folders within minutes are one incident of the
//! platform, and of no connection.

use serde_json::Value;

use crate::support::{Env, Row, connection, execution_log};

/// The message that the platform did not answer for this connection.
fn unanswered(number: u64) -> String {
    format!(
        "Get Account: GET https://cloud.example.com/acme/prod/connections_/api/v1/connections/{} \
         Status Code: 503\r\nin Main.xaml\r\n    at ConnectorActivity \"Get Account\"",
        connection(number)
    )
}

/// Rows of jobs that ran in this folder.
fn log(folder: &str, rows: &[Row]) -> Vec<u8> {
    String::from_utf8(execution_log(rows)).unwrap().replace("218844", folder).into_bytes()
}

fn incidents(report: &Value) -> &[Value] {
    report["incidents"].as_array().unwrap()
}

fn incident_rows(report: &Value) -> Vec<(String, u64, bool)> {
    incidents(report)
        .iter()
        .map(|incident| {
            let signature = incident["signature"]["id"].as_str().unwrap().to_string();
            let jobs = incident["counts"]["jobs"].as_u64().unwrap();
            (signature, jobs, incident["connection"]["id"].is_string())
        })
        .collect()
}

fn struck(env: &Env) {
    let rows = [Row::error(1, 9, unanswered(1)), Row::error(2, 70, unanswered(2))];
    env.write("logs/finance.log", log("218844", &rows));
}

#[test]
fn several_processes_and_folders_within_minutes() {
    let env = Env::new();
    struck(&env);
    env.write("logs/sales.log", log("218845", &[Row::error(3, 500, unanswered(3))]));
    let report = env.scan(&["logs"]).report;
    assert_eq!(incident_rows(&report), [("platform-incident".to_string(), 3, false)]);
    let incident = &incidents(&report)[0];
    for (part, wanted) in [("category", "platform"), ("severity", "high"), ("owner", "uipath")] {
        assert_eq!(incident[part], wanted, "{part}");
    }
    let folders = incident["job_folders"].as_array().unwrap();
    assert_eq!(folders.len(), 2, "{folders:?}");
    assert!(incident["why"]["grouped"].as_str().unwrap().contains("not to blame"), "{incident}");
    let rows = report["connections"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["connection"]["id"].is_null()), "{rows:?}");

    let again = env.run(&["report", "--from", "out", "--lang", "ja", "-o", "ja"]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    let page = std::fs::read_to_string(env.path("ja/report.json")).unwrap();
    assert!(page.contains("使われたコネクションが原因ではありません"), "{page}");
}

#[test]
fn it_is_shown_and_has_no_text_to_test() {
    let env = Env::new();
    let shown = env.run(&["signatures", "show", "platform-incident", "--lang", "en"]).stdout;
    assert!(shown.contains("gathers  conn-resolve-transient, is-dependency"), "{shown}");
    let tested = env.run(&["signatures", "test", "platform-incident"]);
    assert_eq!(tested.code, Some(2));
    assert!(tested.stderr.contains("reads no text"), "{}", tested.stderr);
}

#[test]
fn less_stays_with_the_connections() {
    let alone = ("is-dependency".to_string(), 1, true);
    for (folder, second) in [("218844", 500), ("218845", 700)] {
        let env = Env::new();
        struck(&env);
        env.write("logs/sales.log", log(folder, &[Row::error(3, second, unanswered(3))]));
        assert_eq!(
            incident_rows(&env.scan(&["logs"]).report),
            vec![alone.clone(); 3],
            "{folder} {second}"
        );
    }
    // When the signature is off, it gathers nothing.
    let env = Env::new();
    struck(&env);
    env.write("logs/sales.log", log("218845", &[Row::error(3, 500, unanswered(3))]));
    let report = env.scan(&["logs", "--ignore", "platform-"]).report;
    assert_eq!(incident_rows(&report), vec![alone; 3]);
}

#[test]
fn what_a_later_run_adds_gives_what_one_run_gives() {
    let env = Env::new();
    struck(&env);
    let first = env.scan(&["logs", "--state", "state.db"]);
    assert_eq!(incident_rows(&first.report).len(), 2);
    env.write("logs/sales.log", log("218845", &[Row::error(3, 500, unanswered(3))]));
    let second = env.scan(&["logs", "--state", "state.db"]).report;
    let whole = env.scan(&["logs"]).report;
    assert_eq!(incident_rows(&second), incident_rows(&whole));
    for part in ["id", "fingerprint", "counts", "first_seen", "by_day", "why"] {
        assert_eq!(incidents(&second)[0][part], incidents(&whole)[0][part], "{part}");
    }
}
