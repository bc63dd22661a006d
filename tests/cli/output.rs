//! The output directory: any subset of files, published completely or not at all, and never read as
//! input.

use std::time::{Duration, Instant};

use super::with_failures;
use crate::support::{Env, Row, execution_log, incidents, normalised};

const CSV: [&str; 4] = ["connections.csv", "coverage.csv", "incidents.csv", "occurrences.csv"];

#[test]
fn any_subset_of_formats_works_alone() {
    let env = with_failures();
    for (formats, wanted) in [
        ("json", &["report.json"][..]),
        ("csv", &CSV),
        ("html", &["report.html"]),
        ("md", &["summary.md"]),
        ("ndjson", &["occurrences.ndjson"]),
        ("prom", &["metrics.prom"]),
        ("md,json", &["report.json", "summary.md"]),
    ] {
        let out = format!("out-{formats}");
        let outcome = env.run(&["scan", "logs", "-f", formats, "-o", &out]);
        assert_eq!(outcome.code, Some(0), "{formats}: {}", outcome.stderr);
        assert_eq!(outcome.files.keys().collect::<Vec<_>>(), wanted, "{formats}");
        assert!(outcome.files.values().all(|file| !file.is_empty()), "{formats}");
    }
}

#[test]
fn a_bad_output_directory_is_reported_before_the_scan() {
    let env = with_failures();
    let many: Vec<Row> = (0..20_000).map(|n| Row::info(1, n % 3000)).collect();
    env.write("logs/long.log", execution_log(&many));
    env.write("taken", "mine");
    for out in ["taken", "taken/below"] {
        let begun = Instant::now();
        let outcome = env.run(&["scan", "logs", "-o", out]);
        assert_eq!(outcome.code, Some(4), "{out}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(out), "{}", outcome.stderr);
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        assert_eq!(std::fs::read_to_string(env.path("taken")).unwrap(), "mine");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_directory_is_4() {
    let outcome = with_failures().run(&["scan", "logs", "-o", "/proc/faultline"]);
    assert_eq!(outcome.code, Some(4), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("/proc/faultline"), "{}", outcome.stderr);
}

#[test]
fn a_failed_run_leaves_previous_reports_unchanged() {
    let env = with_failures();
    let before = env.scan(&["logs", "-f", "json,csv"]).files;
    std::fs::create_dir(env.path("out/summary.md")).unwrap();
    env.write("logs/more.log", execution_log(&[Row::info(9, 1)]));
    let outcome = env.scan(&["logs"]);
    assert_eq!(outcome.code, Some(4), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("summary.md"), "{}", outcome.stderr);
    assert_eq!(outcome.files, before);
}

#[test]
fn its_own_report_is_never_input_and_twice_gives_the_same_bytes() {
    let env = with_failures();
    let arguments = ["scan", ".", "-o", "reports", "-f", "json,csv,html,md,ndjson,prom"];
    let first = env.run(&arguments);
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    let second = env.run(&arguments);
    assert_eq!(normalised(&first), normalised(&second));
    assert_eq!(second.report["coverage"]["sources"]["found"], 1);
}

#[test]
fn reports_may_go_where_the_logs_are_or_above_them() {
    let env = with_failures();
    let alone = incidents(&env.scan(&["logs"]).report);
    assert_eq!(alone.len(), 1);
    for out in [".", "logs"] {
        for run in ["first", "second"] {
            env.write(&format!("{out}/.report.json.tmp-4711"), "half");
            let outcome = env.run(&["scan", "logs", "-o", out]);
            assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
            assert_eq!(outcome.report["coverage"]["sources"]["found"], 1, "{run} into {out}");
            assert_eq!(incidents(&outcome.report), alone, "{run} into {out}");
        }
    }
}

#[test]
fn previous_reports_elsewhere_in_the_tree_are_not_exports() {
    let env = with_failures();
    let formats = "json,csv,html,md,ndjson,prom";
    let alone = env.run(&["scan", "logs", "-o", "logs/monday", "-f", formats]);
    let outcome = env.run(&["scan", "logs", "-o", "tuesday", "-f", formats]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.report["coverage"]["sources"]["skipped"], 9);
    assert_eq!(incidents(&outcome.report), incidents(&alone.report));
}

#[test]
fn the_output_directory_may_hold_other_files() {
    let env = with_failures();
    env.write("out/notes.txt", "mine");
    let outcome = env.scan(&["logs"]);
    assert_eq!(outcome.code, Some(0));
    assert_eq!(outcome.files["notes.txt"], b"mine");
    assert!(!outcome.files.keys().any(|name| name.contains(".tmp")));
}

#[test]
fn plain_csv_has_neither_mark_nor_guard() {
    let env = Env::new();
    env.write("=1+1.log", execution_log(&[Row::info(1, 1)]));
    let guarded = env.scan(&["."]).files;
    let plain = env.scan(&[".", "--csv-plain"]).files;
    for name in CSV {
        assert!(guarded[name].starts_with(b"\xef\xbb\xbf"), "{name}");
        assert!(!plain[name].starts_with(b"\xef\xbb\xbf"), "{name}");
    }
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert!(text(&guarded["coverage.csv"]).contains("\r\n'=1+1.log,"));
    assert!(text(&plain["coverage.csv"]).contains("\r\n=1+1.log,"));
}

#[cfg(unix)]
#[test]
fn a_report_that_is_a_link_is_replaced() {
    let env = with_failures();
    env.write("precious", "mine");
    std::fs::create_dir(env.path("out")).unwrap();
    std::os::unix::fs::symlink(env.path("precious"), env.path("out/report.json")).unwrap();
    assert_eq!(env.scan(&["logs"]).code, Some(0));
    assert_eq!(std::fs::read_to_string(env.path("precious")).unwrap(), "mine");
}
