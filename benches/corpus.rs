//! Measures a whole scan of each form of export, from bytes to digest; one row in a thousand is a
//! failure. The numbers of records and failures are compared with the expected ones before a time
//! is printed.
//!
//! `cargo bench --bench corpus -- --write DIR [BYTES] [EVERY]` instead writes the corpora, and the
//! expected numbers next to them, for `peers.py` and `instructions.sh`.

#![allow(clippy::print_stdout, reason = "a bench tells what it measured")]

#[allow(dead_code, reason = "each bench uses a part")]
mod support;

use std::hint::black_box;
use std::path::Path;

use faultline::model::{Digest, SourceKey};
use faultline::open::Limits;
use faultline::read::{BLOCK, NoObserver, ReadSettings};
use faultline::redact::Redaction;
use faultline::rules::RuleSet;
use faultline::scan::{RANGE, ScanSettings, SourceScanner};
use support::{Form, fastest, rows_with_failures};

const FORMS: [(&str, Form); 4] = [
    ("log.log", Form::ExecutionLog),
    ("grid.csv", Form::Csv),
    ("lines.jsonl", Form::Ndjson),
    ("page.json", Form::Odata),
];

/// Bytes of each form, and the number of rows of which one is a failure.
const BYTES: usize = 64 << 20;
const EVERY: u64 = 1_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--write") {
        let dir = arguments.get(at + 1).ok_or("--write needs a directory")?;
        let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<u64>().ok());
        let bytes = number(at + 2).map_or(BYTES, |bytes| bytes as usize);
        return write(Path::new(dir), bytes, number(at + 3).unwrap_or(EVERY));
    }
    let pack = RuleSet::builtin()?;
    for (name, form) in FORMS {
        let (text, records, failures) = rows_with_failures(form, BYTES, EVERY);
        let digest = scan(&pack, name, &text);
        let item = digest.coverage.values().next().ok_or("no source")?;
        assert_eq!((item.records, item.matched), (records, failures), "{name}");
        let speed = fastest(text.len(), || {
            black_box(scan(&pack, name, black_box(&text)));
        });
        println!("{name}: {speed:.2} GB/s, {records} records, {failures} failures");
    }
    Ok(())
}

fn scan(pack: &RuleSet, name: &str, text: &[u8]) -> Digest {
    let settings = ScanSettings {
        read: ReadSettings {
            zone: jiff::tz::TimeZone::UTC,
            encoding: None,
            limits: Limits::default(),
            block: BLOCK,
        },
        since: None,
        until: None,
        redaction: Redaction::default(),
        defers_cut_record: false,
        memory: u64::MAX,
        range: RANGE,
    };
    SourceScanner::new(pack, settings).stream(&SourceKey::new(name), &mut &text[..], &NoObserver)
}

/// Writes each form to a file, and to `truth.json` the numbers of records and failures per file.
fn write(dir: &Path, bytes: usize, every: u64) -> Result<(), Box<dyn std::error::Error>> {
    std::fs::create_dir_all(dir)?;
    let mut truth = serde_json::Map::new();
    for (name, form) in FORMS {
        let (text, records, failures) = rows_with_failures(form, bytes, every);
        std::fs::write(dir.join(name), text)?;
        let counts = serde_json::json!({ "records": records, "failures": failures });
        truth.insert(name.to_string(), counts);
    }
    std::fs::write(dir.join("truth.json"), serde_json::to_vec_pretty(&truth)?)?;
    Ok(())
}
