//! What a pruned state retains.

use std::fs;

use crate::support::{Env, Outcome, Row, connection, execution_log, missing};

const ARGUMENTS: [&str; 6] = ["scan", "in", "--state", "state.db", "-o", "out"];
const PRUNE: [&str; 6] = ["state", "prune", "--before", "2026-03-20", "--state", "state.db"];

/// Rows of a day in March.
fn day(day: u32, from: u32, count: u32) -> Vec<u8> {
    let rows: Vec<Row> = (from..from + count)
        .map(|n| Row::error(u64::from(n % 3), n * 5, missing(&connection(1))))
        .collect();
    let text = String::from_utf8(execution_log(&rows)).unwrap();
    text.replace("2026-03-14", &format!("2026-03-{day:02}")).into_bytes()
}

/// Failures per day: those in the report and those that were pruned.
fn days(outcome: &Outcome) -> Vec<(String, u64)> {
    let incident = &outcome.report["incidents"][0];
    let by_day = incident["by_day"].as_object().unwrap();
    by_day.iter().map(|(day, count)| (day.clone(), count.as_u64().unwrap())).collect()
}

fn three_runs_env() -> Env {
    let env = Env::new();
    env.write("in/14.log", day(14, 1, 40));
    env.write("in/16.log", day(16, 100, 7));
    env.run(&ARGUMENTS);
    env.write("in/25.log", day(25, 200, 3));
    let outcome = env.run(&ARGUMENTS);
    assert_eq!(outcome.report["summary"]["occurrences"], 50);
    fs::remove_file(env.path("in/14.log")).unwrap();
    fs::remove_file(env.path("in/16.log")).unwrap();
    env
}

#[test]
fn f56_pruning_removes_evidence_and_keeps_daily_counts() {
    let env = three_runs_env();
    let before = env.run(&ARGUMENTS);
    let whole = days(&before);
    let id = before.report["incidents"][0]["id"].clone();
    let pruned = env.run(&PRUNE);
    assert_eq!(pruned.code, Some(0), "{}", pruned.stderr);
    assert!(pruned.stdout.starts_with("2 removed sources"), "{}", pruned.stdout);
    let info = env.run(&["state", "info", "--state", "state.db"]).stdout;
    assert!(info.contains("sources    1,"), "{info}");
    // Pruning twice changes nothing.
    assert_eq!(env.run(&PRUNE).code, Some(0));
    let after = env.run(&ARGUMENTS);
    assert_eq!(after.code, Some(0), "{}", after.stderr);
    assert_eq!(after.report["incidents"][0]["id"], id);
    assert_eq!(after.report["incidents"][0]["state"], "ongoing");
    assert_eq!(after.report["incidents"][0]["history"]["folded"], 47);
    assert_eq!(days(&after), whole[2..]);
    let exported = env.run(&["state", "export", "--state", "state.db"]).stdout;
    let exported: serde_json::Value = serde_json::from_str(&exported).unwrap();
    let folded = &exported["folded"][id.as_str().unwrap()]["by_day"];
    assert_eq!(folded["2026-03-14"], 40);
    assert_eq!(folded["2026-03-16"], 7);
    // The file of a pruned day returns from a backup and is not reported again.
    env.write("in/back.log", day(14, 1, 40));
    let back = env.run(&ARGUMENTS);
    assert_eq!(days(&back), days(&after));
    assert_eq!(env.run(&["state", "check", "--state", "state.db"]).code, Some(0));
}

#[cfg(feature = "failpoints")]
#[test]
fn f46_f56_killed_while_it_is_pruned() {
    let wanted = {
        let env = three_runs_env();
        env.run(&PRUNE);
        days(&env.run(&ARGUMENTS))
    };
    for point in 1.. {
        let env = three_runs_env();
        let mut command = env.command(&PRUNE);
        let output =
            command.env("FAULTLINE_FAILPOINT", format!("any:{point}=kill")).output().unwrap();
        if output.status.code().is_some() {
            assert!(point > 3, "only {point} steps");
            break;
        }
        let again = env.run(&PRUNE);
        assert_eq!(again.code, Some(0), "killed at step {point}: {}", again.stderr);
        assert_eq!(days(&env.run(&ARGUMENTS)), wanted, "killed at step {point}");
    }
}

#[test]
fn changes_of_a_state_are_reported_in_either_language() {
    let env = three_runs_env();
    let stdout_of = |command: &[&str]| {
        let outcome = env.run(&[command, &["--state", "state.db"][..]].concat());
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        outcome.stdout
    };
    assert!(stdout_of(&["state", "check", "--lang", "en"]).contains("checked, no damage"));
    assert!(stdout_of(&["state", "check", "--lang", "ja"]).contains("破損はありません"));
    let prune = ["state", "prune", "--before", "2026-03-16"];
    let ja = stdout_of(&[&prune[..], &["--lang", "ja"]].concat());
    assert!(ja.contains("2026-03-16T00:00:00.000Z より前の障害は、日ごとの合計"), "{ja}");
    let en = stdout_of(&[&prune[..], &["--lang", "en"]].concat());
    assert!(en.contains("before 2026-03-16T00:00:00.000Z are stored as counts per day"), "{en}");
}
