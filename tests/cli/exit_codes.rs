//! The exit codes of the contract, and which one applies if several do.

use super::with_failures;
use crate::support::{Env, Row, execution_log, incidents, item};

#[test]
fn nothing_wrong_is_0() {
    let env = Env::new();
    env.write("a.log", execution_log(&[Row::info(1, 5), Row::info(1, 6)]));
    let outcome = env.scan(&["a.log"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.report["coverage"]["records"]["total"], 2);
    assert!(incidents(&outcome.report).is_empty());
}

#[test]
fn findings_alone_never_change_the_code() {
    let outcome = with_failures().scan(&["logs"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let found: Vec<_> = incidents(&outcome.report).into_values().collect();
    assert_eq!(found, [("conn-not-found".to_string(), 3, 3, 3)]);
}

#[test]
fn a_class_that_was_reached_is_1_and_beats_a_partial_run() {
    let env = with_failures();
    for class in ["any", "new", "high", "medium", "low"] {
        assert_eq!(env.scan(&["logs", "--fail-on", class]).code, Some(1), "{class}");
    }
    for class in ["critical", "regressed"] {
        assert_eq!(env.scan(&["logs", "--fail-on", class]).code, Some(0), "{class}");
    }
    env.write("logs/cut.gz", b"\x1f\x8b\x08\x00");
    assert_eq!(env.scan(&["logs", "--fail-on", "any"]).code, Some(1));
    assert_eq!(env.scan(&["logs", "--fail-on", "critical"]).code, Some(3));
}

#[test]
fn usage_errors_are_2_and_nothing_is_written() {
    let env = with_failures();
    for arguments in [
        &["scan"][..],
        &["scann", "logs"],
        &["scan", "logs", "--no-such-flag"],
        &["scan", "logs", "-o", "out", "--formats", "json,doc"],
        &["scan", "logs", "-o", "out", "--formats", ""],
        &["scan", "logs", "-o", "out", "--timezone", "Mars/Olympus"],
        &["scan", "logs", "-o", "out", "--since", "soon"],
        &["scan", "logs", "-o", "out", "--until", "2026-13-01"],
        &["scan", "logs", "-o", "out", "--encoding", "klingon"],
        &["scan", "logs", "-o", "out", "--include", "a[b"],
        &["scan", "logs", "-o", "out", "--folder-from-path", "(unclosed"],
        &["scan", "logs", "-o", "out", "--folder-from-path", "^no group/"],
        &["scan", "logs", "-o", "out", "--fail-on", "everything"],
        &["scan", "logs", "-o", "out", "-j", "many"],
        &["scan", "logs", "-o", "out", "--signatures", "missing.toml"],
    ] {
        let outcome = env.run(arguments);
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {}", outcome.stderr);
        assert!(!outcome.stderr.is_empty() && outcome.stdout.is_empty(), "{arguments:?}");
        assert!(!outcome.stderr.contains("\\x0a"), "{}", outcome.stderr);
        assert!(!env.path("out").exists(), "{arguments:?}");
        assert!(!env.path("faultline-report").exists(), "{arguments:?}");
    }
}

#[test]
fn no_path_that_exists_is_2() {
    let env = with_failures();
    for paths in [&["nowhere"][..], &["nowhere", "neither"], &["logs/x/y"]] {
        let outcome = env.scan(paths);
        assert_eq!(outcome.code, Some(2), "{paths:?}: {}", outcome.stderr);
        for path in paths {
            assert!(outcome.stderr.contains(path), "{path}: {}", outcome.stderr);
        }
        assert!(!env.path("out").exists());
    }
}

#[test]
fn one_of_several_paths_missing_is_3() {
    let env = with_failures();
    let outcome = env.scan(&["nowhere", "logs"]);
    assert_eq!(outcome.code, Some(3), "{}", outcome.stderr);
    assert_eq!(item(&outcome.report, "nowhere")["status"], "failed");
    assert_eq!(incidents(&outcome.report).len(), 1);
}

#[test]
fn an_inventory_that_is_missing_is_3() {
    let env = with_failures();
    for names in [&["--names", "nowhere.json"][..], &["--names", "nowhere", "--names", "logs"]] {
        let outcome = env.scan(&[&["logs"], names].concat());
        assert_eq!(outcome.code, Some(3), "{names:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("nowhere"), "{names:?}: {}", outcome.stderr);
        assert_eq!(incidents(&outcome.report).len(), 1);
    }
}

#[test]
fn outputs_that_cannot_be_written_are_4_and_beat_findings() {
    let env = with_failures();
    env.write("taken", "a file");
    let outcome = env.run(&["scan", "logs", "-o", "taken", "--fail-on", "any"]);
    assert_eq!(outcome.code, Some(4), "{}", outcome.stderr);
    let outcome = env.run(&["scan", "nowhere", "-o", "taken"]);
    assert_eq!(outcome.code, Some(2), "a usage error comes first: {}", outcome.stderr);
}

#[test]
fn help_and_version_are_0_on_standard_output() {
    let env = Env::new();
    for arguments in
        [&["--help"][..], &["-h"], &["scan", "--help"], &["signatures", "--help"], &["--version"]]
    {
        let outcome = env.run(arguments);
        assert_eq!(outcome.code, Some(0), "{arguments:?}");
        assert!(outcome.stdout.contains("faultline") && outcome.stderr.is_empty());
    }
    let help = env.run(&["scan", "--help"]).stdout;
    for flag in ["--out", "--formats", "--names", "--since", "--timezone", "--fail-on", "--lang"] {
        assert!(help.contains(flag), "{flag}");
    }
}
