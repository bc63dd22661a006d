//! `doctor`: its predictions of a run, compared with that run.

use crate::support::{Env, Outcome, Row, execution_log, gzip, logs_csv, zip};

fn doctor(env: &Env, arguments: &[&str]) -> Outcome {
    env.run(&[&["doctor"], arguments].concat())
}

/// The output line of a topic.
fn line<'o>(outcome: &'o Outcome, topic: &str) -> &'o str {
    let of = |line: &&str| line.split_whitespace().nth(1) == Some(topic);
    let found = outcome.stdout.lines().find(of);
    found.unwrap_or_else(|| panic!("no {topic} in {}{}", outcome.stdout, outcome.stderr))
}

fn good() -> Env {
    let env = Env::new();
    let log = execution_log(&[Row::info(1, 1), Row::info(1, 2)]);
    env.write("logs/a.log", &log);
    env.write("logs/b.zip", zip(&[("R1/b.log", &log), ("R2/c.log", &gzip(&log))]));
    env
}

#[test]
fn a_good_input_is_0_and_nothing_is_written() {
    let env = good();
    let outcome = doctor(&env, &["logs", "-o", "reports/night"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stdout);
    assert!(!outcome.stdout.contains("BAD"), "{}", outcome.stdout);
    assert!(
        line(&outcome, "inputs").contains("2 files")
            && line(&outcome, "inputs").contains("3 sources")
    );
    assert!(outcome.stdout.contains("3 execution-log (utf-8)"), "{}", outcome.stdout);
    assert!(line(&outcome, "zone").contains("has a zone"));
    assert!(line(&outcome, "output").contains("can be made"));
    for topic in ["account", "clock", "config", "signatures", "disk"] {
        line(&outcome, topic);
    }
    assert!(outcome.stdout.ends_with("end with exit code 0.\n"), "{}", outcome.stdout);
    assert_eq!(std::fs::read_dir(env.root()).unwrap().count(), 1, "only the logs");
    let ja = doctor(&env, &["logs", "--lang", "ja"]);
    assert!(ja.stdout.contains("終了コード 0"), "{}", ja.stdout);
}

#[test]
fn what_will_not_be_read_is_3_as_in_a_scan() {
    for (name, bytes, reason) in [
        ("x.7z", b"7z\xbc\xaf\x27\x1c\0\x04".to_vec(), "is not supported"),
        ("cut.zip", b"PK\x03\x04cut".to_vec(), "damaged"),
        ("page.json", b"<!DOCTYPE html><html>login".to_vec(), "HTML"),
        ("tafel.csv", b"Zeit,Ebene,Text\n2026-03-14 07:14:09,Error,boom\n".to_vec(), "header"),
    ] {
        let env = good();
        env.write(&format!("logs/{name}"), bytes);
        let outcome = doctor(&env, &["logs", "-o", "out"]);
        let scanned = env.scan(&["logs"]);
        assert_eq!((outcome.code, scanned.code), (Some(3), Some(3)), "{name}: {}", outcome.stdout);
        assert!(line(&outcome, "unread").starts_with("BAD"), "{name}: {}", outcome.stdout);
        let ja = doctor(&env, &["logs", "-o", "out", "--lang", "ja"]);
        let translated = ja.stdout.lines().find(|line| line.contains(&format!("{name}: ")));
        let translated = translated.unwrap_or_else(|| panic!("{name}: {}", ja.stdout));
        assert!(translated.contains('。') && translated.contains(reason), "{translated}");
        let details = outcome.stdout.lines().find(|line| line.contains(&format!("{name}: ")));
        assert!(details.is_some_and(|line| line.contains(reason)), "{name}: {}", outcome.stdout);
    }
    let env = good();
    env.write("logs/readme.txt", "nothing of ours");
    let outcome = doctor(&env, &["logs", "logs/gone.log"]);
    assert_eq!(outcome.code, Some(3), "{}", outcome.stdout);
    assert!(line(&outcome, "skipped").starts_with("note"));
    assert!(outcome.stdout.contains("gone.log: not found"), "{}", outcome.stdout);
}

#[test]
fn zones_and_encodings_that_are_assumed_are_reported() {
    let env = good();
    env.write("logs/grid.csv", logs_csv(&[Row::info(1, 5)]));
    let text = "Time,Level,Process,Message\r\n2026-03-14 07:00:00,Info,Caf\u{e9},ok\r\n";
    let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(text);
    env.write("logs/old.csv", &bytes);
    let outcome = doctor(&env, &["logs", "--timezone", "Asia/Tokyo"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stdout);
    let zone = line(&outcome, "zone");
    assert!(zone.starts_with("note") && zone.contains("2 sources") && zone.contains("Asia/Tokyo"));
    assert!(line(&outcome, "encoding").contains("a guess"));
    assert_eq!(doctor(&env, &["logs", "--strict"]).code, Some(3));
    assert_eq!(env.scan(&["logs", "--strict"]).code, Some(3));
}

#[test]
fn mistakes_are_2_and_a_bad_output_directory_is_4() {
    let env = good();
    env.write("bad.toml", "[[signature]]\nid = 7\n");
    for arguments in
        [&["logs", "--signatures", "bad.toml"][..], &["gone"], &[], &["logs", "--timezone", "Mars"]]
    {
        let outcome = doctor(&env, arguments);
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {}", outcome.stdout);
        assert_eq!(env.scan(arguments).code, Some(2), "{arguments:?}");
    }
    env.write("taken", "mine");
    for out in ["taken", "taken/below"] {
        let outcome = doctor(&env, &["logs", "-o", out]);
        assert_eq!(outcome.code, Some(4), "{out}: {}", outcome.stdout);
        assert!(line(&outcome, "output").starts_with("BAD"));
    }
    let outcome = doctor(&env, &["logs", "--names", "inventory"]);
    assert_eq!(
        (outcome.code, env.scan(&["logs", "--names", "inventory"]).code),
        (Some(3), Some(3))
    );
}

#[test]
fn the_settings_file_is_that_of_the_scan() {
    let env = good();
    env.write("etc/faultline.toml", "paths = ['../logs']\nout = '../taken'\n");
    env.write("taken", "mine");
    let outcome = doctor(&env, &["--config", "etc/faultline.toml"]);
    assert_eq!(outcome.code, Some(4), "{}", outcome.stdout);
    assert!(line(&outcome, "config").contains("etc/faultline.toml"));
    assert!(line(&outcome, "inputs").contains("2 files"));
}

#[cfg(unix)]
#[test]
fn rights_are_those_of_the_account() {
    use std::os::unix::fs::PermissionsExt;
    let env = good();
    let secret = env.write("logs/secret.log", "x");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o000)).unwrap();
    let outcome = doctor(&env, &["logs"]);
    // Permissions do not restrict root, and `doctor` says so.
    if outcome.stdout.contains("may read everything") {
        assert!(line(&outcome, "account").contains("root"), "{}", outcome.stdout);
    } else {
        assert_eq!(outcome.code, Some(3), "{}", outcome.stdout);
        assert!(outcome.stdout.contains("secret.log"), "{}", outcome.stdout);
    }
}

#[test]
fn files_from_the_future_are_reported() {
    let env = good();
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(86_400);
    let file = std::fs::File::options().append(true).open(env.path("logs/a.log")).unwrap();
    file.set_modified(later).unwrap();
    let outcome = doctor(&env, &["logs"]);
    assert!(outcome.stdout.contains("dated in the future"), "{}", outcome.stdout);
    assert_eq!(outcome.code, Some(0));
}

#[test]
fn a_state_is_inspected_and_not_created() {
    let env = good();
    let arguments = ["logs", "-o", "out", "--state", "past/nights.state"];
    let first = doctor(&env, &arguments);
    assert_eq!(first.code, Some(0), "{}", first.stdout);
    assert!(line(&first, "state").contains("does not exist yet"), "{}", first.stdout);
    assert!(!env.path("past").exists());
    assert_eq!(env.scan(&["logs", "--state", "past/nights.state"]).code, Some(0));
    let before = std::fs::read(env.path("past/nights.state")).unwrap();
    let second = doctor(&env, &arguments);
    assert!(
        line(&second, "state").contains("holds 2 sources and no incidents"),
        "{}",
        second.stdout
    );
    assert_eq!(std::fs::read(env.path("past/nights.state")).unwrap(), before);
    let without = doctor(&env, &[&arguments[..], &["--no-state"]].concat());
    assert!(!without.stdout.contains("nights.state"), "{}", without.stdout);
}

#[test]
fn a_state_that_cannot_be_used_is_the_code_of_the_scan() {
    let env = good();
    env.write("bad.state", b"this is no database, and longer than a header has to be: ".repeat(4));
    let checked = doctor(&env, &["logs", "-o", "out", "--state", "bad.state"]);
    let scanned = env.scan(&["logs", "--state", "bad.state"]);
    assert_eq!((checked.code, scanned.code), (Some(6), Some(6)), "{}", checked.stdout);
    assert!(line(&checked, "state").starts_with("BAD"), "{}", checked.stdout);
    env.write("plain", "no directory");
    let checked = doctor(&env, &["logs", "-o", "out", "--state", "plain/x.state"]);
    let scanned = env.scan(&["logs", "--state", "plain/x.state"]);
    assert_eq!((checked.code, scanned.code), (Some(4), Some(4)), "{}", scanned.stderr);
    assert!(line(&checked, "state").contains("plain/x.state"), "{}", checked.stdout);
    assert!(!line(&checked, "state").contains("output"), "{}", checked.stdout);
    env.write("mutes.toml", "[[mute]]\nid = 3\n");
    let checked = doctor(&env, &["logs", "-o", "out", "--state", "good.state"]);
    let scanned = env.scan(&["logs", "--state", "good.state"]);
    assert_eq!((checked.code, scanned.code), (Some(2), Some(2)), "{}", checked.stdout);
    assert!(line(&checked, "mutes").starts_with("BAD"), "{}", checked.stdout);
}
