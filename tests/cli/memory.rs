//! What does not fit into `--max-memory` is not read, and is named.

use std::process::{Child, Stdio};

use serde_json::Value;

use crate::support::{Env, Row, connection, execution_log, incidents, missing};

/// Failures, each with a job and a connection of its own.
fn failures(env: &Env, files: u64, each: u64) {
    for file in 0..files {
        let row = |n: u64| {
            let number = file * each + n;
            Row::error(number, (n % 3000) as u32, missing(&connection(number)))
        };
        let rows: Vec<Row> = (0..each).map(row).collect();
        env.write(&format!("in/{file:02}.log"), execution_log(&rows));
    }
}

/// The peak resident memory of a process, in KiB.
#[cfg(target_os = "linux")]
fn peak(child: &mut Child) -> u64 {
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let about = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
        let about = about.unwrap_or_default();
        let line = about.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let words = line.and_then(|line| line.split_whitespace().next());
        peak = words.map_or(peak, |number| number.parse().unwrap());
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    peak
}

#[cfg(target_os = "linux")]
#[test]
fn f30_f59_more_than_fits_is_named_and_never_taken() {
    let env = Env::new();
    failures(&env, 8, 900);
    for (ceiling, bites) in [(128, true), (1024, false)] {
        let size = format!("{ceiling}MiB");
        let words = ["scan", "in", "-o", "out", "-j", "2", "--max-memory", &size];
        let mut command = env.command(&words);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let peak = peak(&mut child);
        let outcome = env.outcome(&words, child.wait_with_output().unwrap());
        assert!(peak > 0 && peak <= ceiling << 10, "{peak} KiB with {size}");
        let is_reported = outcome.stderr.contains("warning[scan.limit-memory]");
        assert_eq!(is_reported, bites, "{}", outcome.stderr);
        assert_eq!(outcome.code, Some(if bites { 3 } else { 0 }));
        let sources = &outcome.report["coverage"]["sources"];
        let unread = sources["partial"].as_u64().unwrap() + sources["failed"].as_u64().unwrap();
        assert_eq!(unread > 0, bites);
        let all = outcome.report["summary"]["occurrences"].as_u64().unwrap();
        assert_eq!(all < 7200, bites, "{all}");
        assert!(all > 500, "{all} is less than there is room for");
    }
}

/// Copies in overlapping exports are one failure each and are charged once, and a state that stores
/// them must not hold all of them in memory.
#[cfg(target_os = "linux")]
#[test]
fn f30_copies_take_no_memory_where_a_state_keeps_them() {
    let env = Env::new();
    failures(&env, 1, 1500);
    for copy in 1..120 {
        std::fs::copy(env.path("in/00.log"), env.path(&format!("in/copy-{copy}.log"))).unwrap();
    }
    let size = ["--state", "state.db", "--max-memory", "256MiB"];
    let words = [&["scan", "in", "-o", "out", "-j", "2"], &size[..]].concat();
    let mut command = env.command(&words);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let peak = peak(&mut child);
    let outcome = env.outcome(&words, child.wait_with_output().unwrap());
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.report["summary"]["occurrences"], 1500);
    assert!(peak > 0 && peak <= 256 << 10, "{peak} KiB");
}

/// A later run with enough memory reads the rest, and nothing is counted twice.
#[test]
fn f30_with_a_state_a_later_run_reads_the_rest() {
    let env = Env::new();
    failures(&env, 9, 700);
    let scan_with = |size: &str| {
        let state = ["--state", "state.db", "--max-memory", size];
        env.scan(&[&["in"], &state[..]].concat())
    };
    let first = scan_with("96MiB");
    assert_eq!(first.code, Some(3), "{}", first.stderr);
    let second = scan_with("2GiB");
    assert_eq!(second.code, Some(0), "{}", second.stderr);
    let incident_map = |report: &Value| incidents(report);
    assert_eq!(incident_map(&second.report), incident_map(&env.scan(&["in"]).report));
    assert_eq!(second.report["summary"]["by_state"].get("regressed"), None);
}

/// The buffers of many threads would take all memory before anything is found.
#[test]
fn a_low_memory_limit_leaves_memory_for_results() {
    let env = Env::new();
    failures(&env, 8, 100);
    let outcome = env.scan(&["in", "-j", "64", "--max-memory", "96MiB"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.report["summary"]["occurrences"], 800);
}

#[test]
fn a_size_that_is_none_is_a_mistake() {
    let env = Env::new();
    failures(&env, 1, 3);
    for size in ["much", "1MiB", "1.5G"] {
        let outcome = env.scan(&["in", "--max-memory", size]);
        assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("--max-memory"), "{}", outcome.stderr);
    }
}

/// If the user account or its container is limited and no option sets a limit, the run stays within
/// that limit and is not killed.
#[cfg(target_os = "linux")]
#[test]
fn f59_a_limit_of_the_account_is_respected() {
    let env = Env::new();
    failures(&env, 8, 1250);
    let program = env.command::<&str>(&[]).get_program().to_os_string();
    let words = ["scan", "in", "-o", "out", "-j", "1"];
    let outcome = |kib: &str| {
        let limited = format!("ulimit -v {kib}; exec \"$0\" \"$@\"");
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &limited]).arg(&program).args(words).current_dir(env.root());
        env.outcome(&words, command.output().unwrap())
    };
    let tight = outcome("400000");
    assert_eq!(tight.code, Some(3), "{}", tight.stderr);
    assert!(tight.stderr.contains("warning[scan.limit-memory]"), "{}", tight.stderr);
    let some = tight.report["summary"]["occurrences"].as_u64().unwrap();
    assert!((500..10_000).contains(&some), "{some}");
    assert_eq!(outcome("unlimited").report["summary"]["occurrences"], 10_000);
}
