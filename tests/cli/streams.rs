//! Standard output and standard error: what is written to which, and what happens if a write fails.

use std::process::Stdio;

use serde_json::Value;

use super::with_failures;
use crate::support::{Env, Row, connection, execution_log, missing};

#[test]
fn one_machine_format_on_standard_output_and_nothing_else() {
    let env = with_failures();
    for (format, file) in
        [("json", "report.json"), ("csv", "incidents.csv"), ("ndjson", "occurrences.ndjson")]
    {
        let outcome = env.scan(&["logs", "--stdout", format, "-f", "json,csv,ndjson"]);
        assert_eq!(outcome.code, Some(0), "{format}: {}", outcome.stderr);
        assert!(outcome.stderr.is_empty(), "{format}: {}", outcome.stderr);
        assert_eq!(outcome.stdout.as_bytes(), outcome.files[file], "{format}");
    }
    let outcome = env.run(&["scan", "logs", "--stdout", "json", "-f", "csv", "-o", "other"]);
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(report["summary"]["incidents"], 1);
}

#[test]
fn quiet_says_only_what_went_wrong() {
    let env = with_failures();
    let quiet = env.scan(&["logs", "-q"]);
    assert!(quiet.stdout.is_empty() && quiet.stderr.is_empty(), "{}", quiet.stderr);
    env.write("logs/cut.gz", b"\x1f\x8b\x08\x00");
    let quiet = env.scan(&["logs", "-q"]);
    assert!(quiet.stdout.is_empty());
    assert!(quiet.stderr.contains("cut.gz"), "{}", quiet.stderr);
}

#[test]
fn problems_of_one_kind_are_printed_twenty_times_and_then_counted() {
    let env = with_failures();
    for number in 0..25 {
        env.write(&format!("logs/cut{number:02}.gz"), b"\x1f\x8b\x08\x00");
    }
    let outcome = env.scan(&["logs"]);
    assert_eq!(outcome.code, Some(3));
    let printed = outcome.stderr.lines().filter(|line| line.contains("cut")).count();
    assert_eq!(printed, 20, "{}", outcome.stderr);
    let last = outcome.stderr.lines().last().unwrap();
    assert!(last.contains("5 more of open.truncated-stream"), "{last}");
    assert_eq!(outcome.report["diagnostics"].as_array().unwrap().len(), 25);
}

#[test]
fn no_progress_and_no_colour_in_a_pipe() {
    let env = with_failures();
    for arguments in [&["logs"][..], &["logs", "--progress", "auto"], &["logs", "-v"]] {
        let outcome = env.scan(arguments);
        assert!(outcome.stderr.is_empty(), "{arguments:?}: {}", outcome.stderr);
        assert!(!outcome.stdout.contains('\x1b'), "{arguments:?}: {}", outcome.stdout);
        assert!(!outcome.stdout.contains('\r'), "{arguments:?}: {}", outcome.stdout);
    }
}

#[test]
fn the_summary_says_what_failed_and_what_to_open() {
    let outcome = with_failures().scan(&["logs"]);
    for words in ["FL-", "high", "Coverage: complete", "report.html"] {
        assert!(outcome.stdout.contains(words), "{words}: {}", outcome.stdout);
    }
}

#[test]
fn the_language_follows_the_flag_then_the_locale_and_files_follow_the_flag_only() {
    let env = with_failures();
    let japanese = |text: &str| text.chars().any(|c| ('\u{3041}'..='\u{30fe}').contains(&c));
    let summary = |files: &std::collections::BTreeMap<String, Vec<u8>>| {
        String::from_utf8(files["summary.md"].clone()).unwrap()
    };
    let arguments = ["scan", "logs", "-o", "out"];
    let of_locale = env.run_with(&arguments, |c| {
        c.env("LANG", "ja_JP.UTF-8");
    });
    assert!(japanese(&of_locale.stdout) && !japanese(&summary(&of_locale.files)));
    let flagged = env.scan(&["logs", "--lang", "ja"]);
    assert!(japanese(&flagged.stdout) && japanese(&summary(&flagged.files)));
    let english = env.run_with(&[&arguments[..], &["--lang", "en"]].concat(), |c| {
        c.env("LANG", "ja_JP.UTF-8");
    });
    assert!(!japanese(&english.stdout));
}

#[test]
fn log_text_cannot_reach_the_terminal_as_control() {
    let env = Env::new();
    let text = format!(
        "\u{1b}]0;owned\u{7}\u{202e}\r\nCoverage: forged\u{9b}31m {}",
        missing(&connection(1))
    );
    env.write("a.log", execution_log(&[Row { job: 1, ..Row::error(1, 1, text) }]));
    let outcome = env.scan(&["a.log"]);
    let control = |c: char| c.is_control() && c != '\n';
    assert!(!outcome.stdout.contains(control), "{:?}", outcome.stdout);
    assert!(!outcome.stdout.contains('\u{202e}'), "{:?}", outcome.stdout);
    assert!(!outcome.stdout.contains("\nCoverage: forged"), "{}", outcome.stdout);
}

#[test]
fn a_reader_that_stops_early_ends_the_run_quietly() {
    let env = with_failures();
    let arguments = ["scan", "logs", "-o", "out"];
    let mut child =
        env.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let outcome = env.outcome(&arguments, child.wait_with_output().unwrap());
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(outcome.stderr.is_empty(), "{}", outcome.stderr);
    assert!(outcome.files.contains_key("report.json"));

    let arguments = ["signatures", "list"];
    let mut child =
        env.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let outcome = env.outcome(&arguments, child.wait_with_output().unwrap());
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_full_standard_output_is_4() {
        let env = with_failures();
        for arguments in [&["scan", "logs", "-o", "out"][..], &["signatures", "anchors"]] {
            let full = File::options().write(true).open("/dev/full").unwrap();
            let outcome = env.run_with(arguments, |command| {
                command.stdout(full);
            });
            assert_eq!(outcome.code, Some(4), "{arguments:?}: {}", outcome.stderr);
            assert!(outcome.stderr.contains("standard output"), "{}", outcome.stderr);
        }
    }

    #[test]
    fn a_full_standard_error_stops_nothing() {
        let env = with_failures();
        env.write("logs/cut.gz", b"\x1f\x8b\x08\x00");
        let full = File::options().write(true).open("/dev/full").unwrap();
        let status = env.command(&["scan", "logs", "-o", "out"]).stderr(full).output().unwrap();
        assert_eq!(status.status.code(), Some(3));
        assert!(env.path("out/report.json").exists());
    }

    /// The output of `scan` on a terminal, recorded by `script` of util-linux; `None` if it is not
    /// installed.
    fn on_a_terminal(env: &Env, no_colour: bool) -> Option<String> {
        let program = env.command::<&str>(&[]).get_program().to_os_string();
        let program = program.into_string().unwrap();
        let mut command = Command::new("script");
        command.args(["-qec", &format!("{program} scan logs -o out --progress never")]);
        command.arg("/dev/null").current_dir(env.root()).stdin(Stdio::null());
        command.env("TERM", "xterm").env_remove("NO_COLOR");
        if no_colour {
            command.env("NO_COLOR", "1");
        }
        let output = command.output().ok()?;
        Some(String::from_utf8(output.stdout).unwrap()).filter(|shown| shown.contains("FL-"))
    }

    #[test]
    fn colour_is_for_terminals_and_can_be_refused() {
        let env = with_failures();
        let Some(coloured) = on_a_terminal(&env, false) else { return };
        assert!(coloured.contains("\x1b["), "{coloured:?}");
        let plain = on_a_terminal(&env, true).unwrap();
        assert!(!plain.contains("\x1b["), "{plain:?}");
    }
}
