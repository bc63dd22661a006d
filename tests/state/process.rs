//! Concurrent runs, and runs that are interrupted.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant as Clock};

use serde_json::Value;

use crate::support::{Env, Row, connection, execution_log, incidents, missing};

const ARGUMENTS: [&str; 6] = ["scan", "in", "--state", "state.db", "-o", "out"];

fn rows(from: u32, count: u32) -> Vec<u8> {
    let row = |n: u32| Row::error(u64::from(n % 7), n * 5, missing(&connection(1)));
    execution_log(&(from..from + count).map(row).collect::<Vec<_>>())
}

/// A run that waits for a pipe to which nothing is written.
#[cfg(unix)]
fn waiting(env: &Env) -> Child {
    let made = std::process::Command::new("mkfifo").arg(env.path("pipe")).status().unwrap();
    assert!(made.success());
    let mut command =
        env.command(&["scan", "in", "pipe", "--state", "state.db", "-o", "out", "-j", "1"]);
    let child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let begun = Clock::now();
    while !env.path("state.db").exists() && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(300));
    child
}

#[cfg(unix)]
#[test]
fn f47_f62_the_second_answers_at_once_and_names_the_first() {
    let env = Env::new();
    env.write("in/a.log", rows(1, 5));
    let mut first = waiting(&env);
    let begun = Clock::now();
    let second = env.run(&ARGUMENTS);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(second.code, Some(5), "{}", second.stderr);
    assert!(second.stderr.contains(&format!("process {}", first.id())), "{}", second.stderr);
    assert!(second.stderr.contains("since 20"), "{}", second.stderr);
    assert!(!env.path("out/report.json").exists());
    let info = env.run(&["state", "info", "--state", "state.db"]);
    assert_eq!(info.code, Some(5), "{}", info.stderr);
    // A lock ends with its process, however the process ends.
    first.kill().unwrap();
    first.wait().unwrap();
    let third = env.run(&ARGUMENTS);
    assert_eq!(third.code, Some(0), "{}", third.stderr);
    assert_eq!(third.report["summary"]["occurrences"], 5);
}

#[cfg(unix)]
#[test]
fn f47_another_name_of_the_state_finds_the_same_lock() {
    let env = Env::new();
    env.write("in/a.log", rows(1, 5));
    let mut first = waiting(&env);
    std::os::unix::fs::symlink("state.db", env.path("link.db")).unwrap();
    let second = env.run(&["scan", "in", "--state", "link.db", "-o", "out"]);
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(second.code, Some(5), "{}", second.stderr);
}

#[test]
fn f47_many_at_once_lose_and_double_nothing() {
    let env = Env::new();
    env.write("in/a.log", rows(1, 40));
    for _ in 0..4 {
        let start = || {
            let mut command = env.command(&ARGUMENTS);
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let children: Vec<Child> = (0..4).map(|_| start()).collect();
        let codes: Vec<Option<i32>> = children
            .into_iter()
            .map(|child| child.wait_with_output().unwrap().status.code())
            .collect();
        assert!(codes.iter().all(|code| matches!(code, Some(0 | 5))), "{codes:?}");
        assert!(codes.contains(&Some(0)), "{codes:?}");
    }
    let last = env.run(&ARGUMENTS);
    assert_eq!(last.report["summary"]["occurrences"], 40);
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    let sent = std::process::Command::new("kill")
        .args([&format!("-{name}"), &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// A named pipe is read first or last, in an order that the test does not control; plain files are
/// finished.
#[cfg(unix)]
#[test]
fn f58_a_signal_stops_within_a_second_and_the_next_run_continues() {
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let env = Env::new();
        env.write("in/a.log", rows(1, 9));
        // Endless input, so that the run is still reading when the signal arrives.
        let line = rows(1000, 1);
        let mut command =
            env.command(&["scan", "in", "-", "--state", "state.db", "-o", "out", "-j", "1"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let feeder = std::thread::spawn(move || {
            use std::io::Write;
            while input.write_all(&line).is_ok() {}
        });
        std::thread::sleep(Duration::from_millis(700));
        let begun = Clock::now();
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        let stopped = begun.elapsed();
        feeder.join().unwrap();
        let words = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{name}: {words}");
        assert!(stopped < Duration::from_secs(1), "{name}: {stopped:?}");
        assert!(words.contains("interrupted"), "{words}");
        assert!(!env.path("out/report.json").exists(), "nothing is told of half a run");
        let next = env.run(&ARGUMENTS);
        assert_eq!(next.code, Some(0), "{}", next.stderr);
        assert_eq!(next.report["summary"]["occurrences"], 9);
        assert_eq!(next.report["summary"]["by_state"]["new"], 1);
    }
}

#[cfg(unix)]
#[test]
fn f58_the_second_signal_ends_at_once() {
    let env = Env::new();
    env.write("in/a.log", rows(1, 9));
    let mut child = waiting(&env);
    signal(&child, "TERM");
    std::thread::sleep(Duration::from_millis(200));
    assert!(child.try_wait().unwrap().is_none(), "a run that waits for a pipe cannot look around");
    let begun = Clock::now();
    signal(&child, "TERM");
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(143));
    assert!(begun.elapsed() < Duration::from_secs(1));
}

#[test]
fn f62_a_missed_run_is_caught_up() {
    let env = Env::new();
    env.write("in/1.log", rows(1, 3));
    env.run(&ARGUMENTS);
    // Two days without a run.
    env.write("in/2.log", rows(100, 3));
    env.write("in/3.log", rows(200, 3));
    let caught_up = env.run(&ARGUMENTS);
    let alone = env.run(&["scan", "in", "-o", "plain"]);
    assert_eq!(incidents(&caught_up.report), incidents(&alone.report));
    assert_eq!(caught_up.report["coverage"]["sources"]["unchanged"], 1);
    assert_ne!(caught_up.report["summary"]["occurrences"], Value::from(3));
}

#[test]
fn f47_runs_with_states_of_their_own_share_one_output() {
    let env = Env::new();
    env.write("in/a.log", rows(1, 40));
    for _ in 0..6 {
        let start = |n: u32| {
            let state = format!("state-{n}.db");
            let mut command = env.command(&["scan", "in", "--state", &state, "-o", "out"]);
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let children: Vec<Child> = (0..5).map(start).collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            let words = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(0), "{words}");
        }
        let report = std::fs::read(env.path("out/report.json")).unwrap();
        let report: Value = serde_json::from_slice(&report).unwrap();
        assert_eq!(report["summary"]["occurrences"], 40);
    }
}

/// A limit on the size of files, at many values: what could not be written is reported, and the
/// next run equals one without a limit.
#[cfg(unix)]
#[test]
fn f35_f61_a_file_that_may_not_grow_is_reported_and_stops_nothing_else() {
    let env = Env::new();
    env.write("in/a.log", rows(1, 40));
    let wanted = env.run(&["scan", "in", "-o", "plain"]);
    let mut failed = 0;
    for blocks in [1, 8, 32, 64, 96, 128, 4096] {
        let program = env.command::<&str>(&[]).get_program().to_os_string();
        let limited = format!("ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let output = std::process::Command::new("sh")
            .args(["-c", &limited])
            .arg(program)
            .args(ARGUMENTS)
            .current_dir(env.root())
            .output()
            .unwrap();
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(
            matches!(output.status.code(), Some(0 | 4)),
            "{blocks}: {:?} {words}",
            output.status
        );
        if output.status.code() == Some(4) {
            failed += 1;
            assert!(words.contains("cannot write") || words.contains("not be written"), "{words}");
        }
        let next = env.run(&ARGUMENTS);
        assert_eq!(next.code, Some(0), "{blocks}: {}", next.stderr);
        assert_eq!(incidents(&next.report), incidents(&wanted.report), "{blocks}");
        assert!(!next.files.keys().any(|name| name.contains(".tmp")));
        std::fs::remove_file(env.path("state.db")).unwrap();
    }
    assert!(failed > 3, "only {failed} limits were met");
}
