//! `faultline signatures`, and the user's own signature files in a scan.

use serde_json::Value;

use super::with_failures;
use crate::support::{Env, Row, execution_log};

pub const OWN: &str = r#"
[[signature]]
id = "own-gateway"
title = { en = "The gateway of the mail connection sleeps", ja = "ゲートウェイ" }
category = "platform"
severity = "medium"
owner = "connection-owner"
surface = "runtime"
confidence = "high"
since = "0.1.0"
rank = 70

[[signature.when]]
anchors = ["NW-GATEWAY-ASLEEP"]

[signature.remedy]
summary = { en = "Wake the gateway.", ja = "ゲートウェイを起動してください。" }

[[signature.example]]
text = "Send Mail: NW-GATEWAY-ASLEEP"

[[signature.example]]
text = "NW-GATEWAY-ASLEEP after 5 tries"

[[signature.counterexample]]
text = "the gateway fell asleep"
"#;

#[test]
fn list_shows_every_signature_once() {
    let env = Env::new();
    let list = env.run(&["signatures", "list"]);
    let json = env.run(&["signatures", "list", "--format", "json"]);
    assert_eq!((list.code, json.code), (Some(0), Some(0)));
    let all: Vec<Value> = serde_json::from_str(&json.stdout).unwrap();
    assert!(all.len() > 50);
    let ids: Vec<&str> = all.iter().map(|s| s["id"].as_str().unwrap()).collect();
    assert!(ids.is_sorted());
    let listed: Vec<&str> =
        list.stdout.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(listed, ids);
}

#[test]
fn show_prints_everything_about_one() {
    let env = Env::new();
    let shown = env.run(&["signatures", "show", "conn-view-denied"]);
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    for words in ["conn-view-denied", "permission", "Connections.View permission", "https://"] {
        assert!(shown.stdout.contains(words), "{words}: {}", shown.stdout);
    }
    let unknown = env.run(&["signatures", "show", "conn-view-deny"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.contains("conn-view-deny"), "{}", unknown.stderr);
}

#[test]
fn the_built_in_signatures_are_valid() {
    let env = Env::new();
    let checked = env.run(&["signatures", "check"]);
    assert_eq!(checked.code, Some(0), "{}", checked.stdout);
    assert!(checked.stdout.contains(", no errors, no warnings"), "{}", checked.stdout);
    let tested = env.run(&["signatures", "test"]);
    assert_eq!(tested.code, Some(0), "{}", tested.stdout);
    assert!(tested.stdout.contains(" passed, 0 failed"), "{}", tested.stdout);
}

#[test]
fn anchors_are_literals_for_other_tools() {
    let anchors = Env::new().run(&["signatures", "anchors"]);
    assert_eq!(anchors.code, Some(0));
    let lines: Vec<&str> = anchors.stdout.lines().collect();
    assert!(lines.len() > 100 && lines.contains(&"DAP-GE-3000"));
    assert!(lines.windows(2).all(|pair| pair[0] < pair[1]), "sorted, each once");
    assert!(lines.iter().all(|line| line.len() >= 6), "a short literal is no anchor");
}

#[test]
fn an_own_signature_is_searched_too() {
    let env = with_failures();
    env.write("own/gateway.toml", OWN);
    env.write("own/README.md", "no signatures");
    env.write("logs/b.log", execution_log(&[Row::error(9, 9, "Send Mail: NW-GATEWAY-ASLEEP")]));
    for own in ["own", "own/gateway.toml"] {
        let outcome = env.scan(&["logs", "--signatures", own]);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        let incidents = outcome.report["incidents"].as_array().unwrap();
        let ids: Vec<_> =
            incidents.iter().map(|i| i["signature"]["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["conn-not-found", "own-gateway"]);
    }
    let tested = env.run(&["signatures", "test", "own-", "--signatures", "own"]);
    assert!(tested.stdout.starts_with("3 passed, 0 failed"), "{}", tested.stdout);
    assert_eq!(env.run(&["signatures", "check", "own"]).code, Some(0));
}

#[test]
fn an_own_signature_with_a_known_id_replaces_it() {
    let env = with_failures();
    let anchor = "is invalid or you do not have access to it";
    let own = OWN
        .replace("own-gateway", "conn-not-found")
        .replace("severity = \"medium\"", "severity = \"critical\"")
        .replace("NW-GATEWAY-ASLEEP", anchor);
    env.write("own.toml", &own);
    let outcome = env.scan(&["logs", "--signatures", "own.toml"]);
    let incident = &outcome.report["incidents"][0];
    assert_eq!(
        (&incident["signature"]["id"], &incident["severity"]),
        (&"conn-not-found".into(), &"critical".into())
    );
    assert_eq!(incident["remediation"]["summary"], "Wake the gateway.");
    let built_in = env.scan(&["logs"]).report["signatures"].clone();
    assert_eq!(outcome.report["signatures"]["count"], built_in["count"]);
    assert_ne!(outcome.report["signatures"]["hash"], built_in["hash"]);
}

#[test]
fn a_signature_can_be_turned_off() {
    let env = with_failures();
    let own =
        OWN.replace("own-gateway", "conn-not-found").replace("rank = 70", "rank = 70\noff = true");
    env.write("own.toml", own);
    let outcome = env.scan(&["logs", "--signatures", "own.toml"]);
    let incidents = outcome.report["incidents"].as_array().unwrap();
    assert!(incidents.iter().all(|i| i["signature"]["id"] != "conn-not-found"), "{incidents:#?}");
    assert!(env.run(&["signatures", "list", "--signatures", "own.toml"]).stdout.contains("(off)"));
}

#[test]
fn a_set_that_cannot_be_loaded_whole_stops_the_run() {
    let env = with_failures();
    let line_of =
        |text: &str, word: &str| text.lines().position(|line| line.contains(word)).unwrap() + 1;
    let misspelt = OWN.replace("severity =", "severty =");
    let look_around_regex = OWN.replace(
        "anchors = [\"NW-GATEWAY-ASLEEP\"]",
        "anchors = [\"NW-GATEWAY-ASLEEP\"]\nregex = '(?=x)y'",
    );
    let cut = &OWN[..OWN.find("[[signature.when]]").unwrap() + 8];
    for (name, text, line_suffix) in [
        ("misspelt", misspelt.as_str(), format!(":{}", line_of(&misspelt, "severty"))),
        ("look-around", &look_around_regex, format!(":{}", line_of(&look_around_regex, "(?=x)y"))),
        ("cut", cut, format!(":{}", cut.lines().count())),
        ("not-toml", "signature: yes\n", ":1".to_string()),
        ("empty", "", String::new()),
        ("comment-only", "# later\n", String::new()),
    ] {
        let file = format!("own/{name}.toml");
        env.write(&file, text);
        let outcome = env.scan(&["logs", "--signatures", &file]);
        assert_eq!(outcome.code, Some(2), "{name}: {}", outcome.stderr);
        let location = format!("{file}{line_suffix}");
        assert!(outcome.stderr.contains(&location), "{location}: {}", outcome.stderr);
        assert!(!env.path("out").exists(), "{name}");
        let checked = env.run(&["signatures", "check", &file]);
        assert_eq!(checked.code, Some(2), "{name}: {}", checked.stdout);
    }
}

#[test]
fn a_folder_without_signature_files_and_an_id_given_twice_stop_the_run() {
    let env = with_failures();
    std::fs::create_dir(env.path("none")).unwrap();
    env.write("twice/a.toml", OWN);
    env.write("twice/b.toml", OWN);
    for (own, expected) in [("none", "none"), ("twice", "own-gateway"), ("nowhere.toml", "nowhere")]
    {
        let outcome = env.scan(&["logs", "--signatures", own]);
        assert_eq!(outcome.code, Some(2), "{own}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(expected), "{own}: {}", outcome.stderr);
    }
}
