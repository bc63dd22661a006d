//! Killed at any step of commit and publish, and run again: the same as if nothing had happened.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::cases;
use super::histories::Dice;
use crate::support::{
    Env, Outcome, Row, connection, execution_log, gzip, missing, normalised, odata_page,
};

const ARGUMENTS: [&str; 6] = ["scan", "in", "--state", "mem/state.db", "-o", "out"];

/// A first night, and what the second one finds: grown, rotated, new, gone and copied files.
fn first_night(env: &Env) {
    let rows = |from: u32| -> Vec<Row> {
        (from..from + 6)
            .map(|n| Row::error(u64::from(n % 4), n * 9, missing(&connection(1))))
            .collect()
    };
    env.write("in/r1/a.log", execution_log(&rows(1)));
    env.write("in/r1/b.log", execution_log(&rows(10)));
    env.write("in/r2/gone.log", execution_log(&rows(20)));
    let outcome = env.run(&ARGUMENTS);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let both = [rows(1), rows(30)].concat();
    env.write("in/r1/a.log", execution_log(&both));
    std::fs::rename(env.path("in/r1/b.log"), env.path("in/r1/b.1.log")).unwrap();
    env.write("in/r1/b.log", execution_log(&rows(40)));
    std::fs::remove_file(env.path("in/r2/gone.log")).unwrap();
    env.write("in/r3/copy.log.gz", gzip(&execution_log(&rows(30))));
    let second = |n: u32| Row::error(7, n, missing(&connection(2)));
    let page: Vec<_> = (900..903).map(|n| second(n * 3).api()).collect();
    env.write("in/r3/page.json", odata_page("RobotLogs", &page, None));
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
            let times = entry.metadata().unwrap().modified().unwrap();
            std::fs::File::options()
                .append(true)
                .open(&target)
                .unwrap()
                .set_modified(times)
                .unwrap();
        }
    }
}

/// The prepared second night in a directory of its own.
fn again(prepared: &Env) -> Env {
    let env = Env::new();
    copy(prepared.root(), env.root());
    env
}

fn told(outcome: &Outcome) -> BTreeMap<String, String> {
    normalised(outcome)
}

fn prepared() -> (Env, BTreeMap<String, String>) {
    let prepared = Env::new();
    first_night(&prepared);
    let undisturbed = again(&prepared);
    let outcome = undisturbed.run(&ARGUMENTS);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.report["summary"]["by_state"]["new"], 1);
    (prepared, told(&outcome))
}

/// True when the run was killed.
fn run_to(env: &Env, point: &str) -> bool {
    let mut command = env.command(&ARGUMENTS);
    let output = command.env("FAULTLINE_FAILPOINT", point).output().unwrap();
    output.status.code().is_none()
}

/// True when the last run the state knows has its mark: then there is nothing to go on with.
fn is_published(env: &Env, run: u64) -> bool {
    let output = env.command(&["state", "info", "--state", "mem/state.db"]).output().unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    let runs = words.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let last = runs.skip_while(|words| words.first() != Some(&"runs")).nth(1);
    last.is_some_and(|words| words[0] == run.to_string() && words[2] == "published:")
}

fn equals(env: &Env, run: u64, wanted: &BTreeMap<String, String>, how: &str) {
    let done = is_published(env, run);
    let outcome = match done {
        false => env.run(&ARGUMENTS),
        // What was published must be it.
        true => env.outcome(&ARGUMENTS, env.command(&["--version"]).output().unwrap()),
    };
    assert_eq!(outcome.code, Some(0), "{how}: {}", outcome.stderr);
    let mine = told(&outcome);
    assert_eq!(mine.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "{how}");
    for (name, text) in wanted {
        assert_eq!(&mine[name], text, "{how}: {name}");
    }
    let left: Vec<String> = std::fs::read_dir(env.path("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains(".tmp-"))
        .collect();
    assert!(left.is_empty(), "{how}: {left:?}");
}

#[test]
fn f37_f46_killed_at_every_step_and_run_again() {
    let (prepared, wanted) = prepared();
    let mut points = 0;
    for point in 1.. {
        let env = again(&prepared);
        if !run_to(&env, &format!("any:{point}=kill")) {
            break;
        }
        points += 1;
        equals(&env, 2, &wanted, &format!("killed at step {point}"));
    }
    assert!(points > 25, "only {points} steps");
    // Killed twice, at places that differ.
    let mut dice = Dice(46);
    for case in 0..cases(150) {
        let env = again(&prepared);
        let (one, other) = (1 + dice.below(points), 1 + dice.below(points));
        for point in [one, other] {
            if !is_published(&env, 2) {
                run_to(&env, &format!("any:{point}=kill"));
            }
        }
        equals(&env, 2, &wanted, &format!("case {case}: killed at {one}, then at {other}"));
    }
}

#[test]
fn f46_a_first_night_killed_at_every_step_and_run_again() {
    let fresh = Env::new();
    let row = |n: u32| Row::error(1, n * 9, missing(&connection(1)));
    fresh.write("in/a.log", execution_log(&[row(1), row(2)]));
    let whole = again(&fresh);
    let outcome = whole.run(&ARGUMENTS);
    let wanted = told(&outcome);
    for point in 1.. {
        let env = again(&fresh);
        if !run_to(&env, &format!("any:{point}=kill")) {
            assert!(point > 15, "only {point} steps");
            break;
        }
        equals(&env, 1, &wanted, &format!("killed at step {point}"));
    }
}

#[test]
fn f46_killed_at_random_times_and_run_again() {
    let (prepared, wanted) = prepared();
    let mut dice = Dice(4646);
    for case in 0..cases(300) {
        let env = again(&prepared);
        let mut child =
            env.command(&ARGUMENTS).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(dice.below(120_000)));
        // Whether it ended by itself does not matter.
        let _ = child.kill();
        child.wait().unwrap();
        equals(&env, 2, &wanted, &format!("case {case}"));
    }
}

/// The disk is full, or something cannot be written, at any step: exit 4, and nothing advanced.
#[test]
fn f35_f48_failing_at_every_step_and_run_again() {
    let (prepared, wanted) = prepared();
    let before = std::fs::read(prepared.path("out/report.json")).unwrap();
    let mut failed = 0;
    for point in 1.. {
        let env = again(&prepared);
        let mut command: Command = env.command(&ARGUMENTS);
        let output =
            command.env("FAULTLINE_FAILPOINT", format!("any:{point}=fail")).output().unwrap();
        let code = output.status.code();
        if code == Some(0) {
            break;
        }
        failed += 1;
        let words = String::from_utf8(output.stderr).unwrap();
        let locked = !words.contains("knows no locks");
        assert_eq!(code, Some(if locked { 4 } else { 6 }), "step {point}: {words}");
        assert!(!words.contains("panicked"), "{words}");
        if words.contains("state") {
            let now = std::fs::read(env.path("out/report.json")).unwrap();
            let mine = now == before;
            // The last steps only mark what is in place already.
            assert!(mine || failed > 20, "step {point}: {words}");
        }
        equals(&env, 2, &wanted, &format!("failed at step {point}"));
    }
    assert!(failed > 25, "only {failed} steps");
}
