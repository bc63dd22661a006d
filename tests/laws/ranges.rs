//! Several threads read a large plain file in ranges. The result is the same wherever the ranges
//! begin, in any format and encoding, for intact and damaged files, and also where the start of a
//! range was guessed wrong.

use faultline::model::{Digest, SourceKey, SourceUse};
use faultline::read::{BLOCK, NoObserver, Task};
use faultline::scan::WHOLE;
use proptest::prelude::*;
use proptest::sample::Index;

use super::reading::{damage, damaged, fell_over, sources};
use super::{Named, cases, named, rows};
use crate::support::{Row, execution_log, logs_csv, odata_page, scanner};

/// The digest of a file that is read in ranges of `range` bytes.
fn in_ranges((name, bytes): &Named, range: u64, block: usize) -> Digest {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let mut scanner = scanner();
    scanner.settings.read.block = block;
    scanner.settings.range = range;
    let task = Task {
        number: 0,
        key: SourceKey::new(name),
        path: file.path().to_path_buf(),
        size: bytes.len() as u64,
        purpose: SourceUse::Records,
        stdin: false,
        pipe: false,
    };
    scanner.file(&task, &NoObserver)
}

/// Repeats the rows after more text than the head from which the format is detected.
fn long(rows: &[Row]) -> Vec<Row> {
    let mut long: Vec<Row> = (0..160).map(|n| Row::info(1 + n % 3, n as u32)).collect();
    for turn in 0..4 {
        long.extend_from_slice(rows);
        long.extend((0..40).map(|n| Row::info(1 + n % 3, turn * 40 + n as u32)));
    }
    long
}

/// Messages that look like the start of a record in each format.
fn misleading() -> Vec<Row> {
    let message = "connection-1\r\n2026-03-14 08:00:00,Error,P,x\r\n08:14:03.2217 Info {\"a\":1}\r\n\
                   {\"message\":\"x\",\"level\":\"Error\"},{\"JobKey\":\"1\"}\r\n";
    (0..300).map(|n| Row::new("Error", 1, n, message.repeat(1 + n as usize % 3))).collect()
}

fn read_whole(source: &Named) -> Digest {
    let whole = in_ranges(source, WHOLE, BLOCK);
    assert!(!fell_over(&whole));
    whole
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn ranges_never_show(
        rows in rows(),
        which in any::<Index>(),
        range in prop::sample::select(vec![300_u64, 1_000, 7_001, 30_000]),
        block in prop::sample::select(vec![61_usize, 500, 4096]),
    ) {
        let sources = sources(&long(&rows));
        let source = &sources[which.index(sources.len())];
        prop_assert_eq!(in_ranges(source, range, block), read_whole(source));
    }

    #[test]
    fn ranges_never_show_in_damaged_sources(
        rows in rows(),
        which in any::<Index>(),
        damages in prop::collection::vec(damage(), 1..4),
        range in prop::sample::select(vec![300_u64, 1_000, 7_001, 30_000]),
    ) {
        let sources = sources(&long(&rows));
        let (name, bytes) = &sources[which.index(sources.len())];
        let source = named(name, damaged(bytes, &damages));
        prop_assert_eq!(in_ranges(&source, range, 500), read_whole(&source));
    }
}

#[test]
fn a_wrong_guess_costs_no_record() {
    let rows = misleading();
    let api: Vec<_> = rows.iter().map(Row::api).collect();
    let pretty = serde_json::to_vec_pretty(&serde_json::json!({ "value": api })).unwrap();
    let nested: Vec<_> = api
        .iter()
        .map(|row| serde_json::json!({ "Rows": [row, row], "Message": row["Message"] }))
        .collect();
    let sources = [
        named("a.log", execution_log(&rows)),
        named("a.csv", logs_csv(&rows)),
        named("a.json", odata_page("RobotLogs", &api, Some("next"))),
        named("pretty.json", pretty),
        named("nested.json", odata_page("RobotLogs", &nested, None)),
    ];
    for source in &sources {
        let whole = read_whole(source);
        assert!(whole.coverage.values().next().unwrap().records >= 300, "{}", source.0);
        for range in [100, 999, 5_000] {
            assert_eq!(in_ranges(source, range, 700), whole, "{} by {range}", source.0);
        }
    }
}

#[test]
fn a_range_that_begins_outside_the_rows_is_read_all_the_same() {
    let rows: Vec<Row> = (0..400).map(|n| Row::info(1 + n % 3, n as u32)).collect();
    let api: Vec<_> = rows.iter().map(Row::api).collect();
    let page = odata_page("RobotLogs", &api, None);
    let closed = |at: usize| {
        let mut page = page.clone();
        let comma = at + page[at..].windows(3).position(|three| three == b"},{").unwrap() + 1;
        page.insert(comma, b']');
        page
    };
    let single: Vec<_> = api.iter().map(|row| row.to_string() + "\n").collect();
    let objects = [page.as_slice(), b"\n", single.concat().as_bytes()].concat();
    let sources = [
        named("early.json", closed(9_000)),
        named("late.json", closed(page.len() / 2)),
        named("objects.json", objects),
        named("pages.json", [page.as_slice(), b"\n", &page].concat()),
    ];
    for source in &sources {
        for range in [300, 999, 5_000] {
            let whole = read_whole(source);
            assert_eq!(in_ranges(source, range, 500), whole, "{} by {range}", source.0);
        }
    }
}

#[test]
fn an_encoding_that_shows_late_is_the_same_in_every_range() {
    let mut text = execution_log(&(0..400).map(|n| Row::info(1, n)).collect::<Vec<_>>());
    let japanese = "08:14:03.2217 Error {\"message\":\"接続フォルダーに対する権限がありません\",\
                    \"level\":\"Error\",\"timeStamp\":\"2026-03-14T08:14:03.2217+09:00\"}\r\n";
    let (legacy, _, _) = encoding_rs::SHIFT_JIS.encode(japanese);
    for late in [japanese.as_bytes(), &legacy] {
        text.extend((0..200).flat_map(|_| late.iter().copied()));
        let source = named("late.log", text.clone());
        assert_eq!(in_ranges(&source, 2_000, 700), read_whole(&source));
    }
}
