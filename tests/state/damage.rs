//! A damaged state is refused, and no byte of it is changed.

use std::fs;
use std::io::Read;
use std::path::Path;

use faultline::model::Instant;
use faultline::state::{StateStore, sqlite_version};

use super::histories::Dice;
use super::{Library, cases, counted};
use crate::support::{Env, Outcome, Row, connection, execution_log, guid, missing, view_denied};

const ARGUMENTS: [&str; 6] = ["scan", "in", "--state", "state.db", "-o", "out"];

fn scan(env: &Env) -> Outcome {
    env.run(&ARGUMENTS)
}

fn written() -> Env {
    let env = Env::new();
    let row = |n: u32| Row::error(1, n * 9, missing(&connection(1)));
    env.write("in/a.log", execution_log(&[row(1), row(2)]));
    assert_eq!(scan(&env).code, Some(0));
    env
}

/// Exit code 6 with this message, and no byte of state or reports changed.
fn refused(env: &Env, word: &str) {
    let state = fs::read(env.path("state.db")).unwrap();
    let report = fs::read(env.path("out/report.json")).unwrap();
    let outcome = scan(env);
    assert_eq!(outcome.code, Some(6), "{}", outcome.stderr);
    assert!(outcome.stderr.contains(word), "{}", outcome.stderr);
    assert!(fs::read(env.path("state.db")).unwrap() == state, "{word}: the state was changed");
    assert!(fs::read(env.path("out/report.json")).unwrap() == report);
    for command in ["info", "check", "export"] {
        let outcome = env.run(&["state", command, "--state", "state.db"]);
        assert_eq!(outcome.code, Some(6), "{command}: {}", outcome.stderr);
    }
    assert!(fs::read(env.path("state.db")).unwrap() == state);
}

#[test]
fn the_linked_sqlite_has_no_known_way_to_lose_a_commit() {
    let parts: Vec<u32> = sqlite_version().split('.').map(|part| part.parse().unwrap()).collect();
    assert!(parts >= vec![3, 51, 3], "{parts:?}");
}

#[test]
fn f49_what_is_no_state_is_refused() {
    let env = written();
    let whole = fs::read(env.path("state.db")).unwrap();
    env.write("state.db", b"not a database at all, but long enough to be one: ".repeat(9));
    refused(&env, "not a database");
    env.write("state.db", &whole[..50]);
    refused(&env, "too short");
    env.write("state.db", &whole[..whole.len() / 2]);
    refused(&env, "cannot be used");
    let mut page = whole.clone();
    page[4096..8192].fill(0);
    env.write("state.db", page);
    refused(&env, "");
    env.write("state.db", vec![0; whole.len()]);
    refused(&env, "not a database");
}

#[test]
fn f49_an_empty_file_is_a_new_state() {
    let env = written();
    env.write("state.db", b"");
    let outcome = scan(&env);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.report["run"]["id"], "1");
}

#[test]
fn f50_newer_other_and_read_only_states_are_refused() {
    let env = written();
    let whole = fs::read(env.path("state.db")).unwrap();
    let mut newer = whole.clone();
    newer[60..64].copy_from_slice(&99_u32.to_be_bytes());
    env.write("state.db", newer);
    refused(&env, "version 99 of the tables and this program knows up to 5");
    let mut other = whole.clone();
    other[68..72].copy_from_slice(&7_u32.to_be_bytes());
    env.write("state.db", other);
    refused(&env, "another program");
    env.write("state.db", &whole);
    let mut rights = fs::metadata(env.path("state.db")).unwrap().permissions();
    rights.set_readonly(true);
    fs::set_permissions(env.path("state.db"), rights).unwrap();
    refused(&env, "read-only");
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_a_state() {
    use std::os::unix::fs::PermissionsExt;
    let env = written();
    let mode = fs::metadata(env.path("state.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(unix)]
#[test]
fn f49_a_link_that_leads_nowhere_is_no_new_state() {
    let env = written();
    let link = |to: &str| std::os::unix::fs::symlink(to, env.path("link.db")).unwrap();
    link("unmounted/state.db");
    for command in [&["scan", "in", "-o", "out"][..], &["state", "info"]] {
        let outcome = env.run(&[command, &["--state", "link.db"]].concat());
        assert_eq!(outcome.code, Some(6), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("leads nowhere"), "{}", outcome.stderr);
    }
    assert!(fs::symlink_metadata(env.path("link.db")).unwrap().is_symlink());
}

/// Network shares do not provide the shared memory that a write-ahead log needs.
#[test]
fn f57_a_state_needs_no_write_ahead_log() {
    let env = written();
    for name in ["state.db-wal", "state.db-shm", "state.db-journal"] {
        assert!(!env.path(name).exists(), "{name}");
    }
    let mut whole = fs::read(env.path("state.db")).unwrap();
    assert_eq!(whole[18..20], [1, 1], "written as with a rollback journal");
    // A state that another program switched to a write-ahead log is switched back or refused, and
    // never written with that log.
    whole[18..20].copy_from_slice(&[2, 2]);
    env.write("state.db", &whole);
    let outcome = scan(&env);
    assert!(matches!(outcome.code, Some(0 | 6)), "{}", outcome.stderr);
    assert!(!env.path("state.db-wal").exists());
    if outcome.code == Some(0) {
        assert_eq!(fs::read(env.path("state.db")).unwrap()[18..20], [1, 1]);
    }
}

/// Some network shares have no locks. All counts depend on a state being open in one process only.
#[cfg(feature = "failpoints")]
#[test]
fn f57_a_state_where_locks_are_unknown_is_refused() {
    let env = written();
    let state = fs::read(env.path("state.db")).unwrap();
    let report = fs::read(env.path("out/report.json")).unwrap();
    for command in [&ARGUMENTS[..4], &["state", "info", "--state", "state.db"]] {
        let words = [command, if command[0] == "scan" { &["-o", "out"] } else { &[] }].concat();
        let outcome = env.run_with(&words, |run| {
            run.env("FAULTLINE_FAILPOINT", "state-lock=fail");
        });
        assert_eq!(outcome.code, Some(6), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("knows no locks"), "{}", outcome.stderr);
    }
    assert!(fs::read(env.path("state.db")).unwrap() == state);
    assert!(fs::read(env.path("out/report.json")).unwrap() == report);
    // A read-only snapshot needs no lock.
    let rendered = env.run_with(&["report", "--state", "state.db", "-o", "again"], |run| {
        run.env("FAULTLINE_FAILPOINT", "state-lock=fail");
    });
    assert_eq!(rendered.code, Some(0), "{}", rendered.stderr);
}

#[test]
fn commands_need_a_state_that_is_there() {
    let env = Env::new();
    for command in [&["state", "info"][..], &["resolve", "FL-1", "--note", "x"]] {
        let outcome = env.run(command);
        assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
        let outcome = env.run(&[command, &["--state", "none.db"]].concat());
        assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
        assert!(!env.path("none.db").exists());
    }
}

/// What a state with some history reports; `None` if it cannot be opened.
fn exported(path: &Path) -> Option<String> {
    let state = StateStore::open(path, Instant(0)).ok()?;
    state.check().ok()?;
    Some(serde_json::to_string(&state.export().unwrap()).unwrap())
}

#[test]
fn f49_random_damage_is_detected_or_harmless() {
    let dir = tempfile::tempdir().unwrap();
    let library = Library::new(dir.path());
    for index in 0..3_u32 {
        let rows: Vec<Row> = (0..12)
            .map(|n| {
                let text =
                    if n % 2 == 0 { missing(&connection(1)) } else { view_denied(&guid(1, 2)) };
                Row::error(u64::from(n % 5), index * 200 + n * 7, text)
            })
            .collect();
        fs::create_dir_all(dir.path().join("in")).unwrap();
        fs::write(dir.path().join(format!("in/{index}.log")), execution_log(&rows)).unwrap();
        library.run_at(Instant(0).plus_seconds(1_773_500_000 + i64::from(index) * 86_400));
    }
    let whole = fs::read(&library.state).unwrap();
    let wanted = exported(&library.state).unwrap();
    let now = Instant(0).plus_seconds(1_773_900_000);
    let report = counted(&library.run_at(now));
    let path = dir.path().join("broken.db");
    let broken = Library { state: path.clone(), ..Library::new(dir.path()) };
    let mut dice = Dice(49);
    let (mut refused, mut harmless) = (0, 0);
    for case in 0..cases(1000) {
        let mut bytes = whole.clone();
        let at = dice.below(bytes.len() as u64) as usize;
        let length = 1 + dice.below(64) as usize;
        let end = (at + length).min(bytes.len());
        match dice.below(4) {
            0 => bytes[at] ^= 1 << dice.below(8),
            1 => bytes[at..end].fill(0),
            2 => bytes[at..end].iter_mut().for_each(|byte| *byte = dice.below(256) as u8),
            _ => bytes.truncate(at),
        }
        if bytes.is_empty() {
            continue;
        }
        fs::write(&path, &bytes).unwrap();
        match exported(&path) {
            None => {
                refused += 1;
                assert!(fs::read(&path).unwrap() == bytes, "case {case}: changed");
            }
            Some(exported) => {
                harmless += 1;
                assert_eq!(exported, wanted, "case {case}: damage at {at} passed for the truth");
                if harmless % 10 == 0 {
                    assert_eq!(counted(&broken.run_at(now)), report, "case {case}");
                }
            }
        }
    }
    assert!(refused > 300, "{refused} refused, {harmless} harmless");
}

/// Previous versions of the tables that can still be read.
const OLDER: [u32; 3] = [1, 3, 4];

/// A state that a previous version of the tables wrote: two runs over `/srv/exports/in`, and two
/// incidents of three and two failures, the first of which was resolved by hand in between.
fn older(env: &Env, version: u32) -> Vec<u8> {
    let name = format!("fixtures/state/version-{version}.db.gz");
    let compressed = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let mut whole = Vec::new();
    let compressed = fs::File::open(compressed).unwrap();
    flate2::read::GzDecoder::new(compressed).read_to_end(&mut whole).unwrap();
    env.write("state.db", &whole);
    whole
}

#[test]
fn f50_an_older_state_is_migrated_after_a_copy_was_made() {
    for version in OLDER {
        brought_up_to_date(version);
    }
}

fn brought_up_to_date(version: u32) {
    let env = Env::new();
    let before = older(&env, version);
    env.write("in/c.log", execution_log(&[Row::error(9, 600, missing(&connection(2)))]));
    let outcome = scan(&env);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(
        fs::read(env.path(&format!("state.db.v{version}"))).unwrap() == before,
        "the copy is not what was there"
    );
    assert_eq!(outcome.report["run"]["id"], "3");
    let all = outcome.report["incidents"].as_array().unwrap();
    let mut counts_and_states: Vec<(u64, &str)> = all
        .iter()
        .map(|i| (i["counts"]["occurrences"].as_u64().unwrap(), i["state"].as_str().unwrap()))
        .collect();
    counts_and_states.sort();
    assert_eq!(counts_and_states, [(3, "ongoing"), (3, "resolved")]);
    let checked = env.run(&["state", "check", "--state", "state.db"]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
}

#[test]
fn f50_reports_that_an_older_version_stored_are_shown() {
    let states = |env: &Env, run: &str| -> Vec<String> {
        let words = ["report", "--state", "state.db", "--run", run, "--out", "again", "-f", "json"];
        let outcome = env.run(&words);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        let again = fs::read(env.path("again/report.json")).unwrap();
        let again: serde_json::Value = serde_json::from_slice(&again).unwrap();
        let all = again["incidents"].as_array().unwrap();
        let mut states: Vec<String> =
            all.iter().map(|i| i["state"].as_str().unwrap().to_string()).collect();
        states.sort();
        states
    };
    // The last is the current version: a change in how it stores values must fail this test.
    for version in [3, 4, 5] {
        let env = Env::new();
        older(&env, version);
        assert_eq!(states(&env, "1"), ["new", "new"], "as it is, version {version}");
        env.write("in/c.log", execution_log(&[Row::error(9, 600, missing(&connection(2)))]));
        assert_eq!(scan(&env).code, Some(0));
        for (run, expected) in [("1", "new"), ("2", "ongoing"), ("3", "ongoing")] {
            assert_eq!(states(&env, run)[0], expected, "run {run} of version {version}");
        }
        let outcome = env.run(&["diff", "--state", "state.db", "2", "3"]);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        assert!(outcome.stdout.contains("FL-3G21Z9"), "{}", outcome.stdout);
    }
}

#[test]
fn f50_a_damaged_older_state_is_refused_and_left_as_it_is() {
    for version in OLDER {
        refused_as_it_is(version);
    }
}

fn refused_as_it_is(version: u32) {
    let env = Env::new();
    env.write("in/c.log", execution_log(&[Row::info(9, 600)]));
    let mut whole = older(&env, version);
    let at = whole.windows(15).position(|bytes| bytes == b"renewed by hand").unwrap();
    whole[at] = b'R';
    env.write("state.db", &whole);
    let outcome = scan(&env);
    assert_eq!(outcome.code, Some(6), "{}", outcome.stderr);
    assert!(fs::read(env.path("state.db")).unwrap() == whole);
    assert!(!env.path(&format!("state.db.v{version}")).exists());
}
