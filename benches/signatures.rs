//! Measures a whole scan with 20, 300 and 2,000 signatures, because signatures of a user must cost
//! little. Each set must find the same failures before a time is printed.
//!
//! `cargo bench --bench signatures -- --write FILE NUMBER` instead writes NUMBER signatures, for
//! `--signatures` in measurements of other files.

#![allow(clippy::print_stdout, reason = "a bench tells what it measured")]

#[allow(dead_code, reason = "each bench uses a part")]
mod support;

use std::fmt::Write as _;
use std::hint::black_box;

use faultline::model::{Digest, SourceKey};
use faultline::open::Limits;
use faultline::read::{BLOCK, NoObserver, ReadSettings};
use faultline::redact::Redaction;
use faultline::rules::RuleSet;
use faultline::scan::{RANGE, ScanSettings, SourceScanner};
use support::{Form, fastest, rows_with_failures};

const BYTES: usize = 64 << 20;
const EVERY: u64 = 1_000;

/// Id and text of the signature that matches the planted failures. Every set begins with it.
const PLANTED: (&str, &str) = ("planted", "is invalid or you do not have access to it");

/// Vendors, objects and reasons, which combine to 2,000 different sentences.
const VENDORS: [&str; 20] = [
    "Acme CRM",
    "Birch Mail",
    "Cedar ERP",
    "Delta Sign",
    "Elm Drive",
    "Fjord HR",
    "Glade Desk",
    "Heron Pay",
    "Iris Chat",
    "Juno Docs",
    "Kestrel SQL",
    "Larch Cloud",
    "Maple Forms",
    "Nimbus Files",
    "Opal Tickets",
    "Pine Ledger",
    "Quartz Queue",
    "Raven Maps",
    "Sable Store",
    "Tulip Tax",
];
const PARTS: [&str; 10] = [
    "refresh token",
    "client secret",
    "signing key",
    "webhook",
    "session",
    "certificate",
    "service account",
    "delegated scope",
    "API licence",
    "tenant link",
];
const REASONS: [&str; 10] = [
    "was revoked",
    "has expired",
    "is not known here",
    "belongs to somebody else",
    "was refused by policy",
    "is locked",
    "needs consent again",
    "cannot be decrypted",
    "is over its limit",
    "was rotated",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--write") {
        let file = arguments.get(at + 1).ok_or("--write needs a file")?;
        let number = arguments.get(at + 2).and_then(|number| number.parse().ok()).unwrap_or(2_000);
        return Ok(std::fs::write(file, signatures(number))?);
    }
    let (text, records, failures) = rows_with_failures(Form::ExecutionLog, BYTES, EVERY);
    let mut first = None;
    for number in [20, 300, 2_000] {
        let pack = RuleSet::from_texts(&[("own.toml".to_string(), signatures(number))])?;
        assert_eq!(pack.signatures().len(), number);
        let digest = scan(&pack, &text);
        let item = digest.coverage.values().next().ok_or("no source")?;
        assert_eq!((item.records, item.matched), (records, failures), "{number} signatures");
        let speed = fastest(text.len(), || {
            black_box(scan(&pack, black_box(&text)));
        });
        let share = speed / *first.get_or_insert(speed);
        println!("{number} signatures: {speed:.2} GB/s, {share:.2} of the speed with 20");
    }
    Ok(())
}

fn scan(pack: &RuleSet, text: &[u8]) -> Digest {
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
    SourceScanner::new(pack, settings).stream(
        &SourceKey::new("log.log"),
        &mut &text[..],
        &NoObserver,
    )
}

/// A file of `number` signatures, each with a sentence and a code of its own.
fn signatures(number: usize) -> String {
    let mut file = String::new();
    signature(&mut file, PLANTED.0, &[PLANTED.1]);
    for at in 0..number - 1 {
        let vendor = VENDORS[at % VENDORS.len()];
        let part = PARTS[at / VENDORS.len() % PARTS.len()];
        let reason = REASONS[at / (VENDORS.len() * PARTS.len()) % REASONS.len()];
        let letters: String = vendor.chars().filter(|c| c.is_ascii_uppercase()).collect();
        let sentence = format!("the {part} of {vendor} {reason}");
        signature(&mut file, &format!("own.{at}"), &[&sentence, &format!("{letters}X-{at:05}")]);
    }
    file
}

fn signature(file: &mut String, id: &str, anchors: &[&str]) {
    let said = anchors[0];
    let _ = write!(
        file,
        r#"
[[signature]]
id = "{id}"
title = {{ en = "{said}", ja = "{said}" }}
category = "auth-expired"
severity = "high"
owner = "connection-owner"
surface = "runtime"
confidence = "high"
since = "0.1.0"
rank = 80
url = "https://example.com/{id}"

[[signature.when]]
anchors = {anchors:?}

[signature.remedy]
summary = {{ en = "Sign in again.", ja = "再度サインインしてください。" }}
steps = [{{ en = "Edit the connection.", ja = "コネクションを編集してください。" }}]
verify = [{{ en = "Ping it.", ja = "Ping を実行してください。" }}]

[[signature.example]]
text = "Post: {said}."

[[signature.example]]
text = "Send Mail: {said}."

[[signature.counterexample]]
text = "All is well."
"#
    );
}
