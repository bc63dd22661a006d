//! The prefilter misses nothing: every example of every signature, in every form in which exports
//! write it, is found with the prefilter exactly as by parsing every record.

use std::collections::BTreeMap;

use faultline::format::{BlockEnd, Detected, FrameKind, Frames, ReadContext, TimeRules, detect};
use faultline::model::Record;
use faultline::rules::Judgement;
use serde_json::Value;

use crate::support::{Row, digest_of, execution_log, logs_csv, scanner, shared_rule_set};

/// Hits by signature and process, and mentions by signature.
type Found = (BTreeMap<(String, String), u64>, BTreeMap<String, u64>);

/// Parses every record of a source.
fn read_all(bytes: &[u8]) -> Vec<Record> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let text = text.trim_start_matches('\u{feff}');
    let Detected::Format { mut format, .. } = detect(text.as_bytes()) else {
        panic!("no format");
    };
    let context =
        ReadContext { times: TimeRules::default(), directory: String::new(), is_global: false };
    let mut frames = Frames::default();
    frames.begin(&[], true);
    format.cut(text.as_bytes(), BlockEnd::Nothing, &mut frames);
    let mut records = Vec::new();
    for frame in frames.wanted() {
        if matches!(frame.kind, FrameKind::Record { .. }) {
            let parsed = format.read(&text[frame.start..frame.end], &context).unwrap();
            records.extend(parsed.record);
        }
    }
    records
}

fn by_brute_force(bytes: &[u8]) -> Found {
    let (mut hits, mut mentions) = Found::default();
    for record in read_all(bytes) {
        match shared_rule_set().judge(&record) {
            Judgement::Hit(reading) | Judgement::Unknown(reading) => {
                let key = (reading.signature.to_string(), record.process.unwrap_or_default());
                *hits.entry(key).or_default() += 1;
            }
            Judgement::Mention(signatures) => {
                for signature in signatures {
                    *mentions.entry(signature.to_string()).or_default() += 1;
                }
            }
            Judgement::Nothing => {}
        }
    }
    (hits, mentions)
}

fn by_anchors(bytes: &[u8]) -> Found {
    let digest = digest_of(&scanner(), "source", bytes);
    let (mut hits, mut mentions) = Found::default();
    for hit in digest.hits.values() {
        let process = hit.process.as_deref().unwrap_or_default().to_string();
        let rows: u64 = hit.locations.iter().map(|(_, hit_location)| hit_location.count).sum();
        *hits.entry((hit.details.signature.to_string(), process)).or_default() += rows;
    }
    for ((signature, _), count) in digest.mentions {
        *mentions.entry(signature).or_default() += count;
    }
    (hits, mentions)
}

/// Every example and counterexample of the built-in signatures, at the levels Error and Info.
fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for signature in shared_rule_set().signatures() {
        let examples = signature.examples.iter().map(|example| &example.text);
        for text in examples.chain(signature.counterexamples.iter().map(|c| &c.text)) {
            for level in ["Error", "Info"] {
                let number = rows.len() as u64;
                rows.push(Row::new(level, number, (number % 3000) as u32, text).marked(number));
            }
        }
    }
    assert!(rows.len() > 500);
    rows
}

/// JSON as other writers escape it: ASCII only, and, if `careful`, without quotes, apostrophes and
/// HTML characters inside strings.
fn dressed(json: &str, careful: bool) -> String {
    let mut out = String::new();
    let mut quoted = false;
    let mut chars = json.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('"') if careful => out.push_str("\\u0022"),
                Some(next) => out.extend(['\\', next]),
                None => out.push('\\'),
            },
            '"' => {
                quoted = !quoted;
                out.push('"');
            }
            '\'' | '<' | '>' | '&' | '+' if careful && quoted => {
                out.push_str(&format!("\\u{:04X}", c as u32));
            }
            '/' if careful && quoted => out.push_str("\\/"),
            c if !c.is_ascii() => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out
}

fn page(rows: impl Iterator<Item = String>) -> Vec<u8> {
    format!("{{\"value\":[{}]}}", rows.collect::<Vec<_>>().join(",")).into_bytes()
}

/// A row whose text occurs only in the object inside `RawMessage`.
fn inside(row: &Row, careful: bool) -> String {
    let mut api = row.api();
    api["Message"] = Value::Null;
    api["RawMessage"] = dressed(&row.robot_object().to_string(), careful).into();
    api.to_string()
}

fn same(name: &str, bytes: &[u8]) {
    let wanted = by_brute_force(bytes);
    assert!(wanted.0.len() > 200 && wanted.1.len() > 50, "{name}: {} hits", wanted.0.len());
    let got = by_anchors(bytes);
    for (key, count) in &wanted.0 {
        assert_eq!(got.0.get(key), Some(count), "{name}: {key:?} is lost");
    }
    assert_eq!(got, wanted, "{name}");
}

#[test]
fn in_execution_logs() {
    same("log", &execution_log(&rows()));
    for careful in [false, true] {
        let lines: String = rows().iter().map(|row| dressed(&row.line(), careful) + "\n").collect();
        same("escaped log", lines.as_bytes());
    }
}

#[test]
fn in_pages() {
    let rows = rows();
    same("page", &page(rows.iter().map(|row| row.api().to_string())));
    for careful in [false, true] {
        let escaped = rows.iter().map(|row| dressed(&row.api().to_string(), careful));
        same("escaped page", &page(escaped));
        same("raw message", &page(rows.iter().map(|row| inside(row, careful))));
        let twice = rows.iter().map(|row| dressed(&inside(row, careful), careful));
        same("escaped raw message", &page(twice));
    }
}

#[test]
fn in_csv() {
    same("csv", &logs_csv(&rows()));
}
