//! Options that change what is found: window, zone, encoding, folders, names, redaction.

use serde_json::json;

use crate::support::{
    Env, Row, connection, envelope, execution_log, guid, incidents, item, logs_csv, missing,
    odata_page, view_denied,
};

/// One failure of a job of its own at 07:01, 07:02 … 07:05 UTC each.
fn five_minutes() -> Env {
    let env = Env::new();
    let rows: Vec<Row> =
        (1..=5).map(|n| Row::error(n, n as u32 * 60, missing(&connection(1)))).collect();
    env.write("a.log", execution_log(&rows));
    env.write("csv/a.csv", logs_csv(&rows));
    env
}

fn occurrences(env: &Env, arguments: &[&str]) -> u64 {
    let outcome = env.scan(arguments);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    outcome.report["summary"]["occurrences"].as_u64().unwrap()
}

#[test]
fn the_window_is_half_open() {
    let env = five_minutes();
    // The times of the rows have 204 ms.
    for (since, until, wanted) in [
        ("2026-03-14T07:02:00Z", "2026-03-14T07:04:00Z", 2),
        ("2026-03-14T07:02:00.204Z", "2026-03-14T07:04:00.204Z", 2),
        ("2026-03-14T07:02:00.205Z", "2026-03-14T07:04:00.205Z", 2),
        ("2026-03-14T16:02:00+09:00", "2026-03-14T16:03:30+09:00", 2),
        ("2026-03-14", "2026-03-15", 5),
        ("2026-03-13", "2026-03-14", 0),
    ] {
        let got = occurrences(&env, &["a.log", "--since", since, "--until", until]);
        assert_eq!(got, wanted, "{since} {until}");
    }
    assert_eq!(occurrences(&env, &["a.log", "--since", "1h"]), 0);
    assert_eq!(occurrences(&env, &["a.log", "--since", "5000w"]), 5);
}

#[test]
fn a_zone_moves_only_times_that_carry_none() {
    let env = five_minutes();
    let first = |arguments: &[&str]| {
        let report = env.scan(arguments).report;
        report["coverage"]["first_time"].as_str().unwrap().to_string()
    };
    assert_eq!(first(&["csv"]), "2026-03-14T07:01:00.204Z");
    assert_eq!(first(&["csv", "--timezone", "Asia/Tokyo"]), "2026-03-13T22:01:00.204Z");
    assert_eq!(first(&["csv", "--timezone", "-03:30"]), "2026-03-14T10:31:00.204Z");
    assert_eq!(first(&["a.log", "--timezone", "Asia/Tokyo"]), "2026-03-14T07:01:00.204Z");
}

#[test]
fn an_encoding_that_is_given_is_used() {
    let env = Env::new();
    let text = "Time,Level,Process,Message\r\n2026-03-14 07:00:00,Error,請求,\
                コネクションは現在非アクティブ状態です。\r\n";
    let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(text);
    env.write("a.csv", &bytes);
    for arguments in [&["a.csv", "--encoding", "cp932"][..], &["a.csv"]] {
        let outcome = env.scan(arguments);
        assert_eq!(item(&outcome.report, "a.csv")["encoding"], "shift_jis");
        assert_eq!(outcome.report["incidents"][0]["signature"]["id"], "conn-inactive");
        assert_eq!(outcome.report["incidents"][0]["processes"][0]["name"], "請求");
    }
}

#[test]
fn folders_come_from_an_option_or_the_path_where_records_carry_none() {
    let env = Env::new();
    let csv = logs_csv(&[Row::error(1, 1, missing(&connection(1)))]);
    env.write("exports/Finance/a.csv", csv);
    let folder = |arguments: &[&str]| {
        let report = env.scan(&[&["exports"], arguments].concat()).report;
        let folder = &report["incidents"][0]["job_folders"][0];
        (folder["path"].as_str().unwrap().to_string(), folder["source"].clone())
    };
    assert_eq!(folder(&["--folder", "Shared/R1"]), ("Shared/R1".into(), json!("option")));
    let pattern = "^(?<folder>[^/]+)/";
    assert_eq!(folder(&["--folder-from-path", pattern]), ("Finance".into(), json!("path")));
}

#[test]
fn inventories_name_connections_and_add_no_failures() {
    let env = Env::new();
    let folder = guid(0xf01d, 7);
    env.write(
        "logs/a.log",
        execution_log(&[
            Row::error(1, 1, missing(&connection(1))),
            Row::error(2, 9, view_denied(&folder)),
        ]),
    );
    let rows = [json!({
        "Id": connection(1), "Name": "Outlook – Nordwind", "State": "Enabled",
        "ConnectorKey": "uipath-microsoft-outlook365", "ConnectorName": "Microsoft Outlook 365",
        "Folder": "Shared/Mail", "FolderKey": folder,
    })];
    env.write("names/connections.json", envelope("ConnectionList", json!(rows)));
    env.write("names/other.log", execution_log(&[Row::error(3, 9, missing(&connection(2)))]));
    let folders = [json!({
        "Key": folder, "DisplayName": "Mail", "FullyQualifiedName": "Shared/Mail", "Id": 41,
    })];
    env.write("names/folders.json", odata_page("Folders", &folders, None));
    let outcome = env.scan(&["logs", "--names", "names"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let report = &outcome.report;
    assert_eq!(incidents(report).len(), 2);
    let of = |signature: &str| {
        let list = report["incidents"].as_array().unwrap();
        list.iter().find(|incident| incident["signature"]["id"] == signature).unwrap()
    };
    assert_eq!(of("conn-not-found")["connection"]["name"], "Outlook – Nordwind");
    assert_eq!(of("conn-view-denied")["connection_folder"]["path"], "Shared/Mail");
    assert_eq!(item(report, "--names/connections.json")["kind"], "connections-json");
}

#[test]
fn secrets_are_stored_only_on_request() {
    let env = Env::new();
    let secret = "hunter2-Zx9";
    let text = format!("password={secret} {}", missing(&connection(1)));
    env.write("a.log", execution_log(&[Row::error(1, 1, text)]));
    let shows = |outcome: &crate::support::Outcome| {
        outcome.files.values().any(|file| String::from_utf8_lossy(file).contains(secret))
    };
    let formats = ["-f", "json,csv,html,md,ndjson,prom"];
    let redacted = env.scan(&[&["a.log"], &formats[..]].concat());
    assert!(!shows(&redacted) && !redacted.stdout.contains(secret));
    assert!(shows(&env.scan(&[&["a.log", "--no-redact"], &formats[..]].concat())));
    assert_eq!(redacted.report["incidents"][0]["signature"]["id"], "conn-not-found");
}

#[test]
fn guesses_make_a_strict_run_partial() {
    let env = Env::new();
    let text = "Time,Level,Process,Message\r\n2026-03-14 07:00:00,Info,Caf\u{e9},ok\r\n";
    let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(text);
    env.write("a.csv", &bytes);
    assert_eq!(env.scan(&["a.csv"]).code, Some(0));
    let strict = env.scan(&["a.csv", "--strict"]);
    assert_eq!(strict.code, Some(3), "{}", strict.stderr);
}

#[test]
fn settings_come_from_the_environment_where_no_flag_is_given() {
    let env = five_minutes();
    let with_zone = |arguments: &[&str]| {
        let arguments = [&["scan"], arguments, &["-o", "out"]].concat();
        let outcome = env.run_with(&arguments, |command| {
            command.env("FAULTLINE_TIMEZONE", "Asia/Tokyo");
        });
        outcome.report["window"]["timezone_assumed"].as_str().unwrap().to_string()
    };
    assert_eq!(with_zone(&["csv"]), "Asia/Tokyo");
    assert_eq!(with_zone(&["csv", "--timezone", "UTC"]), "UTC");
}
