//! Malicious signature files: each is refused quickly, with a location and a remedy, and no scan
//! runs with fewer signatures than were requested.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::with_failures;
use crate::support::Env;

/// A valid table.
fn table(id: &str) -> String {
    format!(
        r#"
[[signature]]
id = "{id}"
title = {{ en = "Own", ja = "独自" }}
category = "platform"
severity = "medium"
owner = "connection-owner"
surface = "runtime"
confidence = "high"
since = "0.1.0"
rank = 70
[[signature.when]]
anchors = ["OWN-{id}"]
[signature.remedy]
summary = {{ en = "Do it.", ja = "対処します。" }}
[[signature.example]]
text = "x OWN-{id} y"
[[signature.example]]
text = "OWN-{id} again"
[[signature.counterexample]]
text = "nothing of it"
"#
    )
}

fn with_pattern(pattern: &str) -> String {
    let anchors = "anchors = [\"OWN-own\"]";
    table("own").replace(anchors, &format!("{anchors}\nregex = '{pattern}'"))
}

/// Scan and check both refuse the file, with this location and this message.
fn refused(env: &Env, name: &str, location: &str, expected: &str) {
    let file = format!("own/{name}.toml");
    let began = Instant::now();
    for arguments in [
        ["scan", "logs", "-o", "out", "--signatures", &file].as_slice(),
        &["signatures", "check", &file],
    ] {
        let outcome = env.run(arguments);
        let output = format!("{}{}", outcome.stdout, outcome.stderr);
        assert_eq!(outcome.code, Some(2), "{name}: {output}");
        let wanted = format!("{file}{location}");
        assert!(output.contains(&wanted), "{name}: {wanted} is not in {}", head(&output));
        assert!(output.contains(expected), "{name}: {expected} is not in {}", head(&output));
        assert!(output.len() < 4_000, "{name}: {} bytes of message", output.len());
    }
    assert!(!env.path("out").exists(), "{name}");
    assert!(began.elapsed() < Duration::from_secs(30), "{name} took {:?}", began.elapsed());
}

fn head(text: &str) -> &str {
    &text[..text.char_indices().nth(1_000).map_or(text.len(), |(at, _)| at)]
}

#[test]
fn patterns_that_cost_too_much_are_refused_with_their_line() {
    let env = with_failures();
    let long = "a".repeat(10 << 20);
    for (name, pattern, expected) in [
        ("nested", "(a+)+$", "repeats a repetition"),
        ("nested-deeper", "x(?:(?:[a-z]*)*)*y", "repeats a repetition"),
        ("huge-repeat", "(?:a{1000}){1000}", "repeat less often"),
        ("huge-count", "a{4294967295}", "repeat less often"),
        ("classes", r"(?:\w{200}){200}", "repeat less often"),
        ("ten-megabytes", &long, "into `anchors`"),
        ("look-around", "(?<!x)y", "look-around"),
        ("back-reference", r"(x)\1", "backreferences"),
        ("open", "(", "unclosed group"),
        ("deep", &"(".repeat(600), "regex"),
    ] {
        let text = with_pattern(pattern);
        let line = text.lines().position(|line| line.starts_with("regex")).unwrap() + 1;
        env.write(&format!("own/{name}.toml"), &text);
        refused(&env, name, &format!(":{line}:10: "), expected);
    }
}

#[test]
fn tables_that_are_wrong_are_refused_with_their_position() {
    let env = with_failures();
    let location = |text: &str, word: &str| {
        let line = text.lines().position(|line| line.contains(word)).unwrap();
        let column = text.lines().nth(line).unwrap().find(word).unwrap();
        format!(":{}:{}: ", line + 1, column + 1)
    };
    let good = table("own");
    let misspelt = good.replace("severity =", "severty =");
    let word = good.replace("\"platform\"", "\"platfrom\"");
    let rank = good.replace("rank = 70", "rank = 700");
    let high = good.replace("rank = 70", "rank = \"steep\"");
    let number = good.replace("anchors = [\"OWN-own\"]", "anchors = 4711");
    let twice = good.clone() + &good;
    let second = good.lines().count() + 3;
    let dotted = format!("{}x = 1\n", "a.".repeat(5_000));
    let nested = format!("x = {}1{}\n", "[".repeat(100_000), "]".repeat(100_000));
    let inline = format!("x = {}1{}\n", "{ a = ".repeat(20_000), " }".repeat(20_000));
    for (name, text, location, expected) in [
        ("misspelt", &misspelt, location(&misspelt, "severty"), "did you mean `severity`?"),
        ("word", &word, location(&word, "\"platfrom\""), "did you mean `platform`?"),
        (
            "rank",
            &rank,
            location(&rank, "700"),
            "`rank` is the number `700`, but must be a whole number",
        ),
        ("rank-in-words", &high, location(&high, "\"steep\""), "`rank` is the text \"steep\""),
        (
            "list",
            &number,
            location(&number, "4711"),
            "`anchors` is the number `4711`, but must be a list",
        ),
        ("one-byte", &good.replace("\"OWN-own\"", "\"O\""), ":3:1: ".to_string(), "shorter than 6"),
        ("twice", &twice, format!(":{second}:1"), "own"),
        ("empty", &String::new(), ": ".to_string(), "neither a signature nor a reason"),
        ("dotted", &dotted, ": ".to_string(), "nested too deeply"),
        ("nested", &nested, ":1:".to_string(), "nested too deeply"),
        ("inline", &inline, ":1:".to_string(), "nested too deeply"),
        ("no-anchor", &good.replace("[\"OWN-own\"]", "[]"), ":3:1: ".to_string(), "no anchors"),
        (
            "short-anchor",
            &good.replace("\"OWN-own\"", "\"OWN\""),
            ":3:1: ".to_string(),
            "shorter than 6",
        ),
    ] {
        env.write(&format!("own/{name}.toml"), text);
        refused(&env, name, &location, expected);
    }
}

#[test]
fn files_that_cannot_be_read_are_refused() {
    let env = with_failures();
    let mut latin = table("own").into_bytes();
    latin.extend(b"# caf\xe9\n");
    env.write("own/latin.toml", &latin);
    let line = latin.iter().filter(|byte| **byte == b'\n').count();
    refused(&env, "latin", &format!(":{line}:6: "), "save the file as UTF-8");
    let wide: Vec<u8> = table("own").encode_utf16().flat_map(u16::to_le_bytes).collect();
    env.write("own/wide.toml", [b"\xff\xfe".to_vec(), wide].concat());
    refused(&env, "wide", ":1:1: ", "UTF-16");
    env.write("own/large.toml", vec![b'#'; (32 << 20) + 1]);
    refused(&env, "large", ": ", "the limit of 32 MiB");
    refused(&env, "gone", "", "No such file");
    // A directory whose name looks like that of a file is read as a directory.
    env.write("own/folder.toml/own.toml", table("own").replace("severity =", "severty ="));
    refused(&env, "folder", "/own.toml:6:1: ", "did you mean `severity`?");
    std::fs::create_dir(env.path("own/bare.toml")).unwrap();
    refused(&env, "bare", "", "no signature files (*.toml) in");
    // A byte order mark, which some editors write, is not an error.
    env.write("own/marked.toml", format!("\u{feff}{}", table("own")));
    assert_eq!(env.run(&["signatures", "check", "own/marked.toml"]).code, Some(0));
}

#[test]
fn a_set_has_a_size() {
    let env = with_failures();
    let mut text = String::new();
    for number in 0..20_001 {
        text.push_str(&table(&format!("own-{number:06}")));
    }
    env.write("own/many.toml", &text);
    let outcome = env.run(&["scan", "logs", "-o", "out", "--signatures", "own/many.toml"]);
    assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("exceed the limit of 20,000"), "{}", outcome.stderr);
    assert!(!env.path("out").exists());
}

/// Loading is linear; an optimised build takes less than a second.
#[test]
fn ten_thousand_signatures_load() {
    let env = with_failures();
    let mut text = String::new();
    for number in 0..10_000 {
        let id = format!("own-{number:05}");
        let pattern = format!(
            "anchors = [\"OWN-{id}\"]\nregex = '(?i)OWN-{id}|gateway {number} of (?P<host>[\\w.]+)'"
        );
        let table = table(&id).replace(&format!("anchors = [\"OWN-{id}\"]"), &pattern);
        let _ = writeln!(text, "{table}");
    }
    env.write("own.toml", &text);
    let began = Instant::now();
    let outcome = env.scan(&["logs", "--signatures", "own.toml"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(outcome.report["signatures"]["count"].as_u64() > Some(10_000));
    let limit = if cfg!(debug_assertions) { 60 } else { 4 };
    assert!(began.elapsed() < Duration::from_secs(limit), "{:?}", began.elapsed());
}
