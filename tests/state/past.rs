//! `show`, `report` and `diff` show, render and compare any run that the state stores, and what
//! users noted of an incident since.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Env, Outcome, Row, connection, execution_log, guid, missing};

const ALL: &str = "json,csv,html,md,ndjson,prom";

fn scan(env: &Env) -> Outcome {
    let outcome = env.run(&["scan", "in", "--state", "state.db", "-f", ALL, "-o", "out"]);
    assert!(matches!(outcome.code, Some(0 | 3)), "{}", outcome.stderr);
    outcome
}

/// The log of one day, with a failure of each of these connections.
fn write_day(env: &Env, day: u32, connections: &[u64]) {
    let rows = connections.iter().enumerate();
    let rows: Vec<Row> = rows
        .map(|(n, which)| {
            let job = u64::from(day) * 100 + n as u64;
            Row::error(job, day * 1000 + 60 * n as u32, missing(&connection(*which)))
        })
        .collect();
    env.write(&format!("in/2026-03-{day:02}_Execution.log"), execution_log(&rows));
}

fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    let named = entries.map(|e| (e.file_name().into_string().unwrap(), e.path()));
    named.map(|(name, path)| (name, fs::read(path).unwrap())).collect()
}

/// Three runs, whose reports are also in `night-1` to `night-3`.
fn three_runs() -> Env {
    let env = Env::new();
    for (day, connections) in [(1, &[1, 1, 2][..]), (2, &[1, 3]), (3, &[1, 1, 4])] {
        write_day(&env, day, connections);
        scan(&env);
        fs::rename(env.path("out"), env.path(&format!("night-{day}"))).unwrap();
    }
    env
}

fn id(env: &Env, directory: &str, connection: &str) -> String {
    let report = fs::read(env.path(directory).join("report.json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    let all = report["incidents"].as_array().unwrap();
    let it = all.iter().find(|i| i["connection"]["id"] == connection).unwrap();
    it["id"].as_str().unwrap().to_string()
}

fn stdout_of(env: &Env, arguments: &[&str]) -> String {
    let outcome = env.run(arguments);
    assert_eq!(outcome.code, Some(0), "{arguments:?}: {}", outcome.stderr);
    outcome.stdout
}

fn refused(env: &Env, arguments: &[&str], word: &str) {
    let outcome = env.run(arguments);
    assert_eq!(outcome.code, Some(2), "{arguments:?}: {}", outcome.stdout);
    assert!(outcome.stderr.contains(word), "{word}: {}", outcome.stderr);
}

#[test]
fn every_run_is_rendered_again_byte_for_byte() {
    let env = three_runs();
    for run in ["1", "2", "3"] {
        let given = ["report", "--state", "state.db", "--run", run, "-f", ALL, "-o", "again", "-q"];
        assert_eq!(stdout_of(&env, &given), "");
        assert!(files(&env.path("again")) == files(&env.path(&format!("night-{run}"))), "{run}");
    }
    // Without `--run` it is the last run, and without `-o` the default report directory.
    stdout_of(&env, &["report", "--state", "state.db", "-f", ALL, "-q"]);
    assert!(files(&env.path("faultline-report")) == files(&env.path("night-3")));
    let json = stdout_of(&env, &["report", "--state", "state.db", "--stdout", "json"]);
    assert!(json.as_bytes() == files(&env.path("night-3"))["report.json"]);
    let japanese = stdout_of(&env, &["report", "--state", "state.db", "--lang", "ja", "-o", "ja"]);
    assert!(japanese.contains("コネクション"), "{japanese}");
}

#[test]
fn an_incident_is_shown_from_the_state_as_from_its_report() {
    let env = three_runs();
    let (first, last) = (id(&env, "night-1", &connection(1)), id(&env, "night-3", &connection(4)));
    let job = guid(0x10b, 300);
    for (which, directory, id) in [("1", "night-1", &first), ("3", "night-3", &last)] {
        for more in [&[][..], &["--occurrences"], &["--raw", "--context", "2"], &["--lang", "ja"]] {
            let state = ["show", id, "--state", "state.db", "--run", which];
            let report = ["show", id, "--from", directory];
            let shown = stdout_of(&env, &[&state[..], more].concat());
            assert_eq!(shown, stdout_of(&env, &[&report[..], more].concat()), "{more:?}");
            assert!(!shown.is_empty());
        }
    }
    assert_eq!(
        stdout_of(&env, &["show", "--job", &job, "--state", "state.db"]),
        stdout_of(&env, &["show", "--job", &job, "--from", "night-3"])
    );
    refused(&env, &["show", &last, "--state", "state.db", "--run", "1"], "run 1 of");
}

#[test]
fn any_two_runs_are_compared_as_their_reports_are() {
    let env = three_runs();
    let json = |sides: &[&str]| -> Value {
        let text = stdout_of(&env, &[&["diff"], sides, &["--format", "json"]].concat());
        serde_json::from_str(&text).unwrap()
    };
    for (a, b) in [("1", "2"), ("2", "3"), ("1", "3"), ("3", "1")] {
        let directories = [&*format!("night-{a}"), &*format!("night-{b}")];
        assert_eq!(json(&[a, b, "--state", "state.db"]), json(&directories), "{a} {b}");
    }
    assert_eq!(json(&["--state", "state.db"]), json(&["night-2", "night-3"]));
    assert_eq!(json(&["1", "--state", "state.db"]), json(&["night-1", "night-3"]));
    // A report on disk and a run of the state.
    assert_eq!(json(&["night-1", "3", "--state", "state.db"]), json(&["night-1", "night-3"]));
    let text = stdout_of(&env, &["diff", "1", "3", "--state", "state.db"]);
    assert!(text.contains("run 1 of") && text.contains("New (2)"), "{text}");
}

#[test]
fn what_was_not_read_makes_runs_incomparable() {
    let env = Env::new();
    write_day(&env, 1, &[1, 2]);
    scan(&env);
    // Another state, whose run has no source of the first one.
    fs::remove_file(env.path("in/2026-03-01_Execution.log")).unwrap();
    env.write("in/other/2026-03-02_Execution.log", execution_log(&[Row::info(7, 9)]));
    let fresh = env.run(&["scan", "in", "--state", "other.db", "-o", "out"]);
    assert_eq!(fresh.code, Some(0), "{}", fresh.stderr);
    let shown = stdout_of(&env, &["report", "--state", "state.db", "--stdout", "json"]);
    env.write("one/report.json", shown);
    let text = stdout_of(&env, &["diff", "one", "1", "--state", "other.db"]);
    assert!(text.contains("Not comparable (2)") && text.contains("has no source like"), "{text}");
}

#[test]
fn a_run_is_named_by_its_number_or_a_time() {
    let env = three_runs();
    let last = files(&env.path("night-3"))["report.json"].clone();
    let today = {
        let report: Value = serde_json::from_slice(&last).unwrap();
        report["run"]["started_at"].as_str().unwrap()[..10].to_string()
    };
    for word in ["3", &today, "0s", "2999-01-01T00:00:00Z"] {
        let shown =
            stdout_of(&env, &["report", "--state", "state.db", "--run", word, "--stdout", "json"]);
        assert!(shown.as_bytes() == last, "{word}");
    }
    let state = |word| ["report", "--state", "state.db", "--run", word];
    refused(&env, &state("4"), "run 4 not found in ");
    refused(&env, &state("2020-01-01"), "no run of");
    refused(&env, &state("yesterday"), "\"yesterday\" is neither an existing path nor a run");
    refused(&env, &["report", "--state", "gone.db"], "state not found: gone.db");
    refused(&env, &["report", "--run", "1"], "--state FILE");
    refused(
        &env,
        &["report", "--from", "night-1", "--state", "state.db"],
        "--from cannot be used with",
    );
    refused(&env, &["diff", "night-1"], "name both");
    refused(&env, &["diff", "night-1", "night-9"], "cannot read");
}

#[test]
fn a_state_in_the_settings_is_asked_and_a_typed_path_wins() {
    let env = three_runs();
    env.write("faultline.toml", "state = 'state.db'\nout = 'night-1'\n");
    let json = |arguments: &[&str]| -> Value {
        let text = stdout_of(&env, &[&["report", "--stdout", "json"], arguments].concat());
        serde_json::from_str(&text).unwrap()
    };
    assert_eq!(json(&[])["run"]["id"], "3");
    assert_eq!(json(&["--run", "2"])["run"]["id"], "2");
    assert_eq!(json(&["--from", "night-1"])["run"]["id"], "1");
    let diff: Value =
        serde_json::from_str(&stdout_of(&env, &["diff", "--format", "json"])).unwrap();
    assert_eq!((&diff["before"]["run"], &diff["after"]["run"]), (&"2".into(), &"3".into()));
    // A path that exists is a report, whatever its name.
    fs::rename(env.path("night-1"), env.path("2")).unwrap();
    let diff: Value =
        serde_json::from_str(&stdout_of(&env, &["diff", "2", "3", "--format", "json"])).unwrap();
    assert_eq!(diff["before"]["run"], "1");
}

#[test]
fn manual_changes_are_shown_and_the_next_run_reports_them() {
    let env = three_runs();
    let (muted, resolved) =
        (id(&env, "night-3", &connection(1)), id(&env, "night-3", &connection(4)));
    let state = ["--state", "state.db"];
    let show = |id: &str| stdout_of(&env, &[&["show", id][..], &state].concat());
    let before = show(&muted);
    let mute = ["mute", &muted, "--until", "2999-01-01", "--reason", "known\u{1b}[31m"];
    stdout_of(&env, &[&mute[..], &state].concat());
    stdout_of(&env, &[&["resolve", &resolved, "--note", "renewed"][..], &state].concat());
    let after = show(&muted);
    assert!(after.starts_with(&before));
    let news = &after[before.len()..];
    assert!(news.contains("Muted since then, until 2999-01-01") && news.contains("known"));
    assert!(!news.contains('\u{1b}'), "{news:?}");
    assert!(show(&resolved).contains("Resolved by hand since then: renewed"));
    // The published report of the run does not change.
    let json = stdout_of(&env, &["report", "--state", "state.db", "--stdout", "json"]);
    assert!(json.as_bytes() == files(&env.path("night-3"))["report.json"]);

    scan(&env);
    assert!(!show(&muted).contains("since then") && !show(&resolved).contains("since then"));
    let diff = stdout_of(&env, &["diff", "--state", "state.db"]);
    assert!(diff.contains("Gone (1)") && diff.contains(&resolved), "{diff}");
    stdout_of(&env, &[&["unmute", &muted][..], &state].concat());
    assert!(show(&muted).contains("No longer muted"));
}

#[test]
fn looking_needs_no_lock_and_changes_nothing() {
    let env = three_runs();
    let before = fs::read(env.path("state.db")).unwrap();
    fs::remove_file(env.path("state.db.lock")).unwrap();
    let held = fs::File::create(env.path("state.db.lock")).unwrap();
    held.lock().unwrap();
    let locked = env.run(&["scan", "in", "--state", "state.db", "-o", "out"]);
    assert_eq!(locked.code, Some(5), "{}", locked.stderr);
    stdout_of(&env, &["report", "--state", "state.db", "-o", "again"]);
    stdout_of(&env, &["diff", "--state", "state.db"]);
    assert!(fs::read(env.path("state.db")).unwrap() == before);
}

#[test]
fn damage_and_other_databases_are_refused() {
    let env = three_runs();
    let whole = fs::read(env.path("state.db")).unwrap();
    env.write("cut.db", &whole[..whole.len() / 2]);
    env.write("text.db", "no database, but long enough to look like something else. ".repeat(9));
    for state in ["cut.db", "text.db"] {
        for command in [&["report"][..], &["diff"], &["show", "FL-AAAAAA"]] {
            let outcome = env.run(&[command, &["--state", state]].concat());
            assert_eq!(outcome.code, Some(6), "{command:?} {state}: {}", outcome.stderr);
        }
    }
}

#[test]
fn pruning_removes_reports_of_runs_before_the_day() {
    let env = three_runs();
    stdout_of(&env, &["state", "prune", "--before", "2026-03-02", "--state", "state.db"]);
    // The runs took place today, after that date.
    stdout_of(&env, &["report", "--state", "state.db", "--run", "1", "-o", "again"]);
    let checked = stdout_of(&env, &["state", "check", "--state", "state.db"]);
    assert!(checked.contains("checked, no damage"), "{checked}");
}

/// The error tells the user the location in one line, and nothing is scanned.
#[test]
fn mutes_that_cannot_be_read_are_a_mistake() {
    let env = Env::new();
    env.write("in/a.log", execution_log(&[Row::error(1, 9, missing(&connection(1)))]));
    let scan = || env.run(&["scan", "in", "--state", "state.db", "-o", "out"]);
    assert_eq!(scan().code, Some(0));
    let texts: [(&[u8], &str); 3] = [
        (b"# ours\n\n[[mute]]\nid FL-000001\n", "mutes.toml: line 4: "),
        (b"# \xff\n", "mutes.toml: cannot be read: "),
        (b"[[mute]]\nid = \"FL-000001\"\n", "without until"),
    ];
    for (text, expected) in texts {
        env.write("mutes.toml", text);
        let outcome = scan();
        assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
        assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
        assert!(!outcome.stderr.contains("\\x"), "{}", outcome.stderr);
        assert_eq!(outcome.report["run"]["id"], Value::Null);
    }
}
