//! Changes to files between runs, one kind per test.

use std::fs;

use serde_json::Value;

use crate::support::{
    Env, Outcome, Row, connection, execution_log, gzip, incidents, item, logs_csv, missing,
    odata_page, zip,
};

fn rows(from: u32, count: u32) -> Vec<Row> {
    (from..from + count)
        .map(|n| Row::error(u64::from(n % 3), n * 5, missing(&connection(1))))
        .collect()
}

fn log(from: u32, count: u32) -> Vec<u8> {
    execution_log(&rows(from, count))
}

fn scan(env: &Env) -> Outcome {
    env.run(&["scan", "in", "--state", "state.db", "-o", "out"])
}

fn occurrences(outcome: &Outcome) -> u64 {
    outcome.report["summary"]["occurrences"].as_u64().unwrap()
}

fn statuses(outcome: &Outcome, source: &str) -> (String, String) {
    let row = item(&outcome.report, source);
    let text = |name: &str| row[name].as_str().unwrap().to_string();
    (text("status"), text("reason"))
}

#[test]
fn a_first_run_with_a_state_reports_what_a_run_without_one_reports() {
    let env = Env::new();
    env.write("in/a.log", log(1, 5));
    env.write("in/b.zip", zip(&[("x/a.log", &log(3, 5)), ("none.txt", b"nothing")]));
    env.write("in/c.csv", logs_csv(&rows(20, 3)));
    let alone = env.run(&["scan", "in", "-o", "plain"]);
    let with = scan(&env);
    for part in
        ["coverage", "summary", "connections", "neighbours", "mentions", "unmatched", "diagnostics"]
    {
        assert_eq!(with.report[part], alone.report[part], "{part}");
    }
    assert_eq!(incidents(&with.report), incidents(&alone.report));
    assert_eq!(alone.report["incidents"][0]["history"], Value::Null);
}

#[test]
fn an_unchanged_source_is_not_read_and_counts_the_same() {
    let env = Env::new();
    env.write("in/a.log", log(1, 5));
    env.write("in/b.log.gz", gzip(&log(10, 5)));
    let first = scan(&env);
    let second = scan(&env);
    assert_eq!(second.code, Some(0));
    assert_eq!(statuses(&second, "a.log").0, "unchanged");
    assert_eq!(second.report["coverage"]["sources"]["unchanged"], 2);
    assert_eq!(second.report["coverage"]["sources"]["complete"], 0);
    assert_eq!(incidents(&second.report), incidents(&first.report));
    // The file was not read again: it has no read permission. This proves nothing for root, who may
    // read it.
    assert_eq!(second.report["coverage"]["records"], first.report["coverage"]["records"]);
}

#[test]
fn f53_same_length_and_time_with_other_ends_is_read_again() {
    let env = Env::new();
    let path = env.write("in/a.log", log(1, 4));
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    assert_eq!(occurrences(&scan(&env)), 4);
    let changed = execution_log(&[rows(1, 3), rows(7, 1)].concat());
    assert_eq!(changed.len() as u64, fs::metadata(&path).unwrap().len());
    fs::write(&path, changed).unwrap();
    fs::File::options().append(true).open(&path).unwrap().set_modified(time).unwrap();
    let second = scan(&env);
    assert_eq!(statuses(&second, "a.log").0, "complete");
    assert_eq!(occurrences(&second), 5, "the row that was there before stays known");
}

#[test]
fn f55_a_moved_root_is_known_again() {
    let env = Env::new();
    env.write("in/r1/a.log", log(1, 4));
    let first = scan(&env);
    fs::rename(env.path("in"), env.path("moved")).unwrap();
    let second = env.run(&["scan", "moved", "--state", "state.db", "-o", "out"]);
    assert_eq!(statuses(&second, "r1/a.log").0, "unchanged");
    assert_eq!(incidents(&second.report), incidents(&first.report));
    let sample = &second.report["incidents"][0]["samples"][0]["source"];
    assert_eq!(sample, "r1/a.log");
}

#[test]
fn f51_rotation_by_rename_keeps_both() {
    let env = Env::new();
    env.write("in/a.log", log(1, 4));
    scan(&env);
    fs::rename(env.path("in/a.log"), env.path("in/a.1.log")).unwrap();
    env.write("in/a.log", log(50, 2));
    let second = scan(&env);
    assert_eq!(occurrences(&second), 6);
    assert_eq!(statuses(&second, "a.1.log").0, "unchanged");
    assert_eq!(statuses(&second, "a.log").0, "complete");
    // On the next day the numbers of the rotated files increase.
    fs::rename(env.path("in/a.1.log"), env.path("in/a.2.log")).unwrap();
    fs::rename(env.path("in/a.log"), env.path("in/a.1.log")).unwrap();
    let third = scan(&env);
    assert_eq!(third.report["coverage"]["sources"]["unchanged"], 2);
    assert_eq!(occurrences(&third), 6);
}

#[test]
fn f51_rotation_with_a_limited_count_drops_the_oldest_file_and_none_of_its_results() {
    let env = Env::new();
    for (n, name) in ["a.log.2", "a.log.1", "a.log"].iter().enumerate() {
        env.write(&format!("in/{name}"), log(1 + 20 * n as u32, 4));
    }
    assert_eq!(occurrences(&scan(&env)), 12);
    for index in 1..4 {
        fs::rename(env.path("in/a.log.1"), env.path("in/a.log.2")).unwrap();
        fs::rename(env.path("in/a.log"), env.path("in/a.log.1")).unwrap();
        env.write("in/a.log", log(100 * index, 4));
        let rotated = scan(&env);
        assert_eq!(rotated.code, Some(0), "{}", rotated.stderr);
        assert_eq!(occurrences(&rotated), 12 + 4 * u64::from(index));
        assert_eq!(rotated.report["coverage"]["sources"]["unchanged"], 2);
    }
}

#[test]
fn f51_a_compressed_day_replaces_the_plain_one() {
    let env = Env::new();
    env.write("in/a.log", log(1, 4));
    scan(&env);
    fs::remove_file(env.path("in/a.log")).unwrap();
    env.write("in/a.log.gz", gzip(&log(1, 4)));
    let second = scan(&env);
    assert_eq!(occurrences(&second), 4);
    let info = env.run(&["state", "export", "--state", "state.db"]);
    let state: Value = serde_json::from_str(&info.stdout).unwrap();
    assert_eq!(state["sources"].as_array().unwrap().len(), 1, "the plain one is told by the other");
}

#[test]
fn f51_equal_rows_of_one_source_stay_distinct_when_it_grows() {
    let env = Env::new();
    let row = rows(1, 1);
    env.write("in/a.log", execution_log(&[row.clone(), row.clone()].concat()));
    let first = scan(&env);
    assert_eq!(first.report["incidents"][0]["counts"]["records"], 2);
    env.write("in/a.log", execution_log(&[row.clone(), row.clone(), row].concat()));
    let second = scan(&env);
    assert_eq!(second.report["incidents"][0]["counts"]["records"], 3);
    let alone = env.run(&["scan", "in", "-o", "plain"]);
    assert_eq!(incidents(&second.report), incidents(&alone.report));
}

#[test]
fn f18_f52_half_a_record_waits_and_counts_once() {
    let env = Env::new();
    let whole = log(1, 4);
    // At every offset in the last record, also directly after an inner brace.
    let last = whole.len() - rows(4, 1)[0].line().len() - 2;
    for cut in (last + 1..whole.len()).step_by(37) {
        let env_state = format!("state{cut}.db");
        let arguments = ["scan", "in", "--state", &env_state, "-o", "out"];
        env.write("in/a.log", &whole[..cut]);
        let first = env.run(&arguments);
        assert_eq!(first.code, Some(0), "cut at {cut}: {}", first.stderr);
        assert_eq!(statuses(&first, "a.log").0, "complete", "cut at {cut}");
        assert_eq!(occurrences(&first), 3, "cut at {cut}");
        env.write("in/a.log", [&whole[..], &rows(9, 1)[0].line().into_bytes(), b"\r\n"].concat());
        let second = env.run(&arguments);
        assert_eq!(occurrences(&second), 5, "cut at {cut}");
    }
}

#[test]
fn f4_a_removed_or_unreadable_source_keeps_its_results() {
    let env = Env::new();
    env.write("in/a.log", log(1, 4));
    env.write("in/b.log", log(40, 1));
    scan(&env);
    fs::remove_file(env.path("in/a.log")).unwrap();
    let second = scan(&env);
    assert_eq!(second.report["coverage"]["sources"]["found"], 1);
    assert_eq!(occurrences(&second), 5);
    // The file returns with more rows.
    env.write("in/a.log", log(1, 6));
    assert_eq!(occurrences(&scan(&env)), 7);
}

#[test]
fn f7_a_root_that_was_emptied_is_reported() {
    let env = Env::new();
    env.write("in/a.log", log(1, 4));
    scan(&env);
    fs::remove_file(env.path("in/a.log")).unwrap();
    let second = scan(&env);
    assert_eq!(second.code, Some(3), "{}", second.stderr);
    assert!(second.stderr.contains("walk.emptied"), "{}", second.stderr);
    assert_eq!(occurrences(&second), 4);
}

#[test]
fn f32_a_late_record_updates_an_old_incident() {
    let env = Env::new();
    env.write("in/a.log", log(100, 2));
    let first = scan(&env);
    let id = first.report["incidents"][0]["id"].clone();
    env.write("in/late.log", log(1, 2));
    let second = scan(&env);
    let incident = &second.report["incidents"][0];
    assert_eq!(incident["id"], id);
    assert_eq!(incident["counts"]["occurrences"], 4);
    assert_eq!(incident["state"], "ongoing");
    assert!(incident["first_seen"].as_str() < first.report["incidents"][0]["first_seen"].as_str());
}

#[test]
fn overlapping_pages_of_one_name_count_once() {
    let env = Env::new();
    let page = |from: u32| {
        let api: Vec<Value> = rows(from, 5).iter().map(Row::api).collect();
        odata_page("RobotLogs", &api, None)
    };
    env.write("in/logs.json", page(1));
    scan(&env);
    env.write("in/logs.json", page(4));
    let second = scan(&env);
    assert_eq!(occurrences(&second), 8);
    env.write("in/logs.json", page(7));
    assert_eq!(occurrences(&scan(&env)), 11);
}

#[test]
fn f54_the_clock_decides_nothing() {
    let env = Env::new();
    let path = env.write("in/a.log", log(1, 4));
    scan(&env);
    // Modified in the future, in the past, and again at the same instant with more rows.
    for (hours, count) in [(90_000_i64, 5), (-90_000, 6), (-90_000, 7)] {
        fs::write(&path, log(1, count)).unwrap();
        let now = std::time::SystemTime::now();
        let shift = std::time::Duration::from_secs(hours.unsigned_abs() * 3600);
        let time = if hours > 0 { now + shift } else { std::time::UNIX_EPOCH + shift / 1000 };
        fs::File::options().append(true).open(&path).unwrap().set_modified(time).unwrap();
        assert_eq!(occurrences(&scan(&env)), u64::from(count));
    }
}

#[test]
fn the_state_itself_is_no_input() {
    let env = Env::new();
    env.write("in/a.log", log(1, 4));
    let arguments = ["scan", "in", "--state", "in/state.db", "-o", "out"];
    for _ in 0..2 {
        let outcome = env.run(&arguments);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        assert_eq!(outcome.report["coverage"]["sources"]["found"], 1);
    }
}

#[test]
fn f29_other_signatures_read_again_and_say_what_they_cannot() {
    let env = Env::new();
    env.write("in/a.log", log(1, 4));
    env.write("in/gone.log", log(50, 2));
    scan(&env);
    fs::remove_file(env.path("in/gone.log")).unwrap();
    let arguments =
        ["scan", "in", "--state", "state.db", "-o", "out", "--timezone", "Asia/Tokyo", "-v"];
    let second = env.run(&arguments);
    assert_eq!(statuses(&second, "a.log").0, "complete", "read again");
    assert_eq!(occurrences(&second), 6);
    assert!(second.stderr.contains("state.other-settings"), "{}", second.stderr);
}

#[test]
fn secrets_are_never_stored() {
    let env = Env::new();
    env.write("in/a.log", log(1, 1));
    let arguments = ["scan", "in", "--state", "state.db", "-o", "out", "--no-redact"];
    let outcome = env.run(&arguments);
    assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
    assert!(!env.path("state.db").exists());
}

#[test]
fn a_window_selects_what_is_reported_and_not_what_is_stored() {
    let env = Env::new();
    env.write("in/a.log", log(1, 4));
    let window = ["--since", "2026-03-14T07:00:12Z"];
    let windowed =
        env.run(&[&["scan", "in", "--state", "state.db", "-o", "out"][..], &window].concat());
    let alone = env.run(&[&["scan", "in", "-o", "plain"][..], &window].concat());
    assert_eq!(incidents(&windowed.report), incidents(&alone.report));
    assert_eq!(occurrences(&windowed), 2);
    assert_eq!(occurrences(&scan(&env)), 4);
}

#[test]
fn an_incident_that_recurs_after_it_was_resolved_is_regressed_also_in_diff() {
    let env = Env::new();
    env.write("in/a.log", log(1, 3));
    let first = scan(&env);
    let id = first.report["incidents"][0]["id"].as_str().unwrap().to_string();
    let resolved = env.run(&["resolve", &id, "--note", "renewed", "--state", "state.db"]);
    assert_eq!(resolved.code, Some(0), "{}", resolved.stderr);
    let state = |outcome: &Outcome| outcome.report["incidents"][0]["state"].clone();
    assert_eq!(state(&scan(&env)), "resolved");
    fs::rename(env.path("out"), env.path("before")).unwrap();
    // A failure after the incident was resolved, in whatever year this test runs.
    let later = Row::error(1, 1000, missing(&connection(1))).line().replace("2026-", "2099-");
    env.write("in/b.log", later + "\r\n");
    let gated =
        env.run(&["scan", "in", "--state", "state.db", "-o", "out", "--fail-on", "regressed"]);
    assert_eq!(gated.code, Some(1), "{}", gated.stderr);
    assert_eq!(state(&gated), "regressed");
    let diff = env.run(&["diff", "before", "out", "--format", "json"]);
    let changes: Value = serde_json::from_str(&diff.stdout).unwrap();
    assert_eq!(changes["summary"]["regressed"], 1, "{changes:#}");
    assert_eq!(changes["changes"][0]["id"], id.as_str());
    assert!(env.run(&["diff", "before", "out"]).stdout.contains("Regressed (1)"));
}

/// A page whose continuation is missing is partial in every run, whether it is read again or not.
#[test]
fn a_page_whose_rest_is_missing_is_partial_in_every_run() {
    let env = Env::new();
    let rows: Vec<Value> = rows(1, 2).iter().map(Row::api).collect();
    let page = |next| odata_page("RobotLogs", &rows, next);
    env.write("in/page.json", page(Some("https://orchestrator.example/next")));
    for index in 1..=3 {
        let outcome = scan(&env);
        assert_eq!(outcome.code, Some(3), "night {index}: {}", outcome.stderr);
        assert_eq!(statuses(&outcome, "page.json").0, "partial", "night {index}");
        assert!(outcome.stderr.contains("format.incomplete-page"), "night {index}");
    }
    env.write("in/rest.json", page(None));
    let outcome = scan(&env);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(statuses(&outcome, "page.json").0, "unchanged");
}
