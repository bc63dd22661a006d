//! Fixed defects, each named after what a user saw.

use faultline::model::Digest;

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
    for (level, told) in [("エラー", 1), ("致命的", 1), ("警告", 0), ("情報", 0)] {
        let row = format!("2026/11/20 1:00:00,{level},bot,Orders,BOT-1,D\\bot,\"{message}\"");
        let env = Env::new();
        env.write("logs/grid.csv", format!("{head}\r\n{row}\r\n"));
        let outcome = env.scan(&["logs"]);
        let incidents = outcome.report["incidents"].as_array().unwrap();
        assert_eq!(incidents.len(), told, "{level}: {}", outcome.stdout);
    }
}
