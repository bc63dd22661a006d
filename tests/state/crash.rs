//! A run that is killed at any step of commit and publish, and then repeated, gives the same result
//! as an undisturbed one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::cases;
use super::histories::Dice;
use crate::support::{
    Env, Outcome, Row, connection, execution_log, gzip, missing, normalised, odata_page,
};

const ARGUMENTS: [&str; 6] = ["scan", "in", "--state", "mem/state.db", "-o", "out"];

/// A first run, and the changes before the second one: grown, rotated, new, removed and copied
/// files.
fn first_run(env: &Env) {
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

/// The prepared second run in a directory of its own.
fn again(prepared: &Env) -> Env {
    let env = Env::new();
    copy(prepared.root(), env.root());
    env
}

fn results(outcome: &Outcome) -> BTreeMap<String, String> {
    normalised(outcome)
}

fn prepared() -> (Env, BTreeMap<String, String>) {
    let prepared = Env::new();
    first_run(&prepared);
    let undisturbed = again(&prepared);
    let outcome = undisturbed.run(&ARGUMENTS);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.report["summary"]["by_state"]["new"], 1);
    (prepared, results(&outcome))
}

/// True if the run was killed.
fn run_to(env: &Env, point: &str) -> bool {
    let mut command = env.command(&ARGUMENTS);
    let output = command.env("FAULTLINE_FAILPOINT", point).output().unwrap();
    output.status.code().is_none()
}

/// True if the last run in the state is marked as published; then there is nothing to repeat.
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
        // The published files must be those of that run.
        true => env.outcome(&ARGUMENTS, env.command(&["--version"]).output().unwrap()),
    };
    assert_eq!(outcome.code, Some(0), "{how}: {}", outcome.stderr);
    let mine = results(&outcome);
    assert_eq!(mine.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "{how}");
    for (name, text) in wanted {
        assert_eq!(&mine[name], text, "{how}: {name}");
    }
    // Without a directory lock, leftovers may belong to another run, and stay for a day.
    assert!(cfg!(not(unix)) || left_over(env).is_empty(), "{how}");
}

/// Files that were staged next to the reports and never renamed.
fn left_over(env: &Env) -> Vec<String> {
    std::fs::read_dir(env.path("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains(".tmp-"))
        .collect()
}

/// Failpoints at which a run can be killed or fail.
const FAILPOINTS: [&str; 8] = [
    "state-lock",
    "state-create",
    "state-begin",
    "state-source",
    "state-commit",
    "state-committed",
    "publish-write",
    "publish-rename",
];

/// Tries every execution of every failpoint, until one is not reached, and returns the number of
/// executions. The state is written while files are staged, so that only the executions of one
/// failpoint have a fixed order.
fn every_step(mut reached: impl FnMut(&str) -> bool) -> u64 {
    let mut steps = 0;
    for failpoint in FAILPOINTS {
        let passings = (1..).map(|nth| format!("{failpoint}:{nth}"));
        steps += passings.take_while(|step| reached(step)).count() as u64;
    }
    steps
}

#[test]
fn every_failpoint_is_tried() {
    fn failpoints_in(dir: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                failpoints_in(&path, found);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let after = text.split("fail_point!(\"").skip(1);
            found.extend(after.map(|rest| rest.split('"').next().unwrap().to_string()));
        }
    }
    let mut found = BTreeSet::new();
    failpoints_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert_eq!(found, FAILPOINTS.map(str::to_string).into());
}

#[test]
fn f37_f46_killed_at_every_step_and_run_again() {
    let (prepared, wanted) = prepared();
    let points = every_step(|step| {
        let env = again(&prepared);
        let killed = run_to(&env, &format!("{step}=kill"));
        if killed {
            equals(&env, 2, &wanted, &format!("killed at {step}"));
        }
        killed
    });
    assert!(points > 25, "only {points} steps");
    // Killed twice, at different failpoints.
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
fn f46_a_first_run_killed_at_every_step_and_run_again() {
    let fresh = Env::new();
    let row = |n: u32| Row::error(1, n * 9, missing(&connection(1)));
    fresh.write("in/a.log", execution_log(&[row(1), row(2)]));
    let whole = again(&fresh);
    let outcome = whole.run(&ARGUMENTS);
    let wanted = results(&outcome);
    let points = every_step(|step| {
        let env = again(&fresh);
        let killed = run_to(&env, &format!("{step}=kill"));
        if killed {
            equals(&env, 1, &wanted, &format!("killed at {step}"));
        }
        killed
    });
    assert!(points > 15, "only {points} steps");
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
        // It does not matter whether the process ended by itself.
        let _ = child.kill();
        child.wait().unwrap();
        equals(&env, 2, &wanted, &format!("case {case}"));
    }
}

/// If the disk is full or a write fails at any step, the exit code is 4 and nothing changes.
#[test]
fn f35_f48_failing_at_every_step_and_run_again() {
    let (prepared, wanted) = prepared();
    let before = std::fs::read(prepared.path("out/report.json")).unwrap();
    let failed = every_step(|step| {
        let env = again(&prepared);
        let mut command: Command = env.command(&ARGUMENTS);
        let output = command.env("FAULTLINE_FAILPOINT", format!("{step}=fail")).output().unwrap();
        let code = output.status.code();
        if code == Some(0) {
            return false;
        }
        let words = String::from_utf8(output.stderr).unwrap();
        let locked = !words.contains("knows no locks");
        assert_eq!(code, Some(if locked { 4 } else { 6 }), "{step}: {words}");
        assert!(!words.contains("panicked"), "{words}");
        // Files that were staged while the state could not be written are removed.
        assert_eq!(left_over(&env), [""; 0], "{step}: {words}");
        if words.contains("state") {
            let now = std::fs::read(env.path("out/report.json")).unwrap();
            // A failure of the last steps, which only mark the published files, is reported as
            // such.
            assert_eq!(now != before, words.contains("reports were written"), "{step}: {words}");
        }
        equals(&env, 2, &wanted, &format!("failed at {step}"));
        true
    });
    assert!(failed > 25, "only {failed} steps");
}
