//! Fixed defects, each named after what a user saw.

use faultline::model::Digest;

use crate::cli::signatures::OWN;
use crate::support::{Env, Row, connection, digest_of, missing, report_of, scanner};

fn both_ways(one: &Digest, other: &Digest) -> [Digest; 2] {
    [(one, other), (other, one)].map(|(first, second)| {
        let mut whole = first.clone();
        whole.merge(second.clone());
        whole
    })
}

/// Two exports of one row differ only in its time or its writer. `time_quality` depended on which
/// of them was read first.
#[test]
fn the_order_of_two_exports_showed_in_the_quality_of_times() {
    let scanner = scanner();
    let row = Row::error(1, 5, missing(&connection(1)));
    let line = row.line() + "\n";
    let zoned = row.api().to_string();
    for (one, other) in [
        (zoned.clone(), zoned.replace(".204Z", ".204")),
        (line.clone(), line.replace("\"Default\"", "\"User\"")),
    ] {
        assert_ne!(one, other);
        let one = digest_of(&scanner, "one.json", one.as_bytes());
        let other = digest_of(&scanner, "two.json", other.as_bytes());
        let [forward, backward] = both_ways(&one, &other);
        assert_eq!(forward, backward);
        let report = report_of(&forward);
        assert_eq!((report.incidents.len(), report.occurrences.len()), (1, 1));
        assert_eq!(report.incidents[0].counts.records, 1, "copies of one row");
    }
}

/// A zip without a central directory has a member that claims 1.5 GB. Coverage counted 1.5 GB as
/// read from a file of a few bytes.
#[test]
fn a_damaged_member_claimed_more_than_its_archive_holds() {
    const CLAIMED: u32 = 1_500_000_000;
    let mut bytes = b"PK\x03\x04\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00".to_vec();
    bytes.extend(CLAIMED.to_le_bytes());
    bytes.extend(CLAIMED.to_le_bytes());
    bytes.extend([5, 0, 0, 0]);
    bytes.extend(b"a.log");
    bytes.extend(Row::error(1, 5, missing(&connection(1))).line().into_bytes());
    let env = Env::new();
    env.write("logs/cut.zip", &bytes);
    let outcome = env.scan(&["logs"]);
    assert_eq!(outcome.code, Some(3), "{}", outcome.stderr);
    let read = outcome.report["coverage"]["bytes"]["read"].as_u64();
    assert!(read.is_some_and(|read| read <= 2 * bytes.len() as u64), "{read:?}");
}

/// .NET writes its first and its last instant for "no time". The failure was reported as ongoing
/// since the year 0001.
#[test]
fn no_time_was_taken_for_the_year_0001() {
    let scanner = scanner();
    let row = Row::error(1, 5, missing(&connection(1)));
    let known = row.api().to_string();
    let first = report_of(&digest_of(&scanner, "a.json", known.as_bytes())).incidents[0].first_seen;
    assert!(first.is_some());
    for sentinel in ["0001-01-01T00:00:00", "9999-12-31T23:59:59.9999999Z"] {
        let mut timeless = row.api();
        timeless["TimeStamp"] = sentinel.into();
        timeless["RawMessage"] = serde_json::Value::Null;
        let text = format!("[{known},{timeless}]");
        let report = report_of(&digest_of(&scanner, "a.json", text.as_bytes()));
        assert_eq!(report.incidents[0].first_seen, first, "{sentinel}");
        assert_eq!(report.incidents[0].last_seen, first, "{sentinel}");
        assert_eq!(report.incidents[0].counts.records, 2, "{sentinel}: the row still counts");
    }
}

/// A grid exported from a Japanese page has Japanese level names. Its failures counted as mentions
/// and were not reported.
#[test]
fn levels_in_japanese_were_no_levels() {
    let message = missing(&connection(1)).replace('"', "\"\"");
    let head = "時刻,レベル,ロボット名,プロセス,ホスト名,ホスト ID,メッセージ";
    for (level, expected) in [("エラー", 1), ("致命的", 1), ("警告", 0), ("情報", 0)] {
        let row = format!("2026/11/20 1:00:00,{level},bot,Orders,BOT-1,D\\bot,\"{message}\"");
        let env = Env::new();
        env.write("logs/grid.csv", format!("{head}\r\n{row}\r\n"));
        let outcome = env.scan(&["logs"]);
        let incidents = outcome.report["incidents"].as_array().unwrap();
        assert_eq!(incidents.len(), expected, "{level}: {}", outcome.stdout);
    }
}

/// The headline of a message was cut before it was redacted: the first characters of a secret that
/// lay on the cut stayed in the digest, and so in the state.
#[test]
fn the_first_characters_of_a_secret_stayed_in_the_headline() {
    let scanner = scanner();
    for padding in 880..1000 {
        let front = missing(&connection(1));
        let dots = ".".repeat(padding - front.len());
        let message = format!("{front}{dots} password=Tr0ub4dor-and-more-of-it;");
        let row = Row::error(1, 5, message);
        let digest = digest_of(&scanner, "one.log", (row.line() + "\n").as_bytes());
        let hit = digest.hits.values().next().unwrap();
        assert!(!hit.headline.contains("Tr0"), "{padding}: {}", hit.headline);
        assert!(!hit.text.contains("Tr0"), "{padding}: {}", hit.text);
    }
}

/// A stored failure whose signature the run does not have vanished from the report.
#[test]
fn a_failure_whose_signature_was_removed_vanished() {
    let env = Env::new();
    env.write("own.toml", OWN);
    let asleep = Row::error(1, 5, "Send Mail: NW-GATEWAY-ASLEEP".to_string());
    env.write("logs/a.log", asleep.line() + "\n");
    env.write("logs/b.log", Row::info(2, 9).line() + "\n");
    let scan = |more: &[&str]| {
        let outcome = env.run(&[&["scan", "logs", "--state", "s.db", "-o", "out"], more].concat());
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        let report = std::fs::read(env.path("out/report.json")).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
        report["incidents"].as_array().unwrap().clone()
    };
    let before = scan(&["--signatures", "own.toml"]);
    assert_eq!(before[0]["signature"]["id"], "own-gateway");
    std::fs::remove_file(env.path("logs/a.log")).unwrap();
    let after = scan(&[]);
    assert_eq!(after.len(), 1, "{after:?}");
    assert_eq!(after[0]["signature"]["id"], "own-gateway");
    assert_eq!(after[0]["signature"]["title"], "own-gateway");
    assert_eq!(after[0]["category"], "platform");
    assert_eq!(after[0]["id"], before[0]["id"]);
}

/// `--fail-on` and the metrics counted muted and resolved incidents as open.
#[test]
fn an_incident_that_was_muted_or_resolved_still_failed_the_run() {
    let env = Env::new();
    let rows = [1, 2].map(|n| Row::error(n, 60 * n as u32, missing(&connection(n))).line());
    env.write("logs/a.log", rows.join("\n") + "\n");
    let scan = |classes: &[&str]| {
        let mut words = vec!["scan", "logs", "--state", "s.db", "-f", "json,prom", "-o", "out"];
        for class in classes {
            words.extend(["--fail-on", class]);
        }
        env.run(&words)
    };
    assert_eq!(scan(&["any"]).code, Some(1));
    let report = std::fs::read(env.path("out/report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    let ids: Vec<&str> =
        report["incidents"].as_array().unwrap().iter().map(|i| i["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 2);
    let state = ["--state", "s.db"];
    let mute = [&["mute", ids[0], "--until", "2999-01-01", "--reason", "known"], &state[..]];
    assert_eq!(env.run(&mute.concat()).code, Some(0));
    assert_eq!(scan(&["any"]).code, Some(1), "one of two is still open");
    let resolve = [&["resolve", ids[1], "--note", "renewed"], &state[..]];
    assert_eq!(env.run(&resolve.concat()).code, Some(0));
    let outcome = scan(&["any", "low", "new"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let metrics = std::fs::read_to_string(env.path("out/metrics.prom")).unwrap();
    assert!(!metrics.contains("faultline_incidents{"), "{metrics}");
    assert!(metrics.contains("faultline_closed_incidents{state=\"muted\"} 1"), "{metrics}");
    assert!(metrics.contains("faultline_closed_incidents{state=\"resolved\"} 1"), "{metrics}");
}
