//! The library without the command line: digests of bytes in memory, and reports of digests.

use std::io::{self, Read};
use std::sync::OnceLock;

use faultline::correlate;
use faultline::correlate::CorrelateInput;
use faultline::model::{Digest, SourceKey};
use faultline::model::{Lang, Report, Run, SignatureSet, Window};
use faultline::open::Limits;
use faultline::read::{BLOCK, NoObserver, ReadSettings};
use faultline::rules::RuleSet;
use faultline::scan::{RANGE, ScanSettings, SourceScanner};
use jiff::tz::TimeZone;

/// The built-in signatures, compiled once.
pub fn shared_rule_set() -> &'static RuleSet {
    static RULE_SET: OnceLock<RuleSet> = OnceLock::new();
    RULE_SET.get_or_init(|| RuleSet::builtin().unwrap())
}

/// A new scanner, whose settings a test may change.
pub fn scanner() -> SourceScanner<'static> {
    let settings = ScanSettings {
        read: ReadSettings {
            zone: TimeZone::UTC,
            encoding: None,
            limits: Limits::default(),
            block: BLOCK,
        },
        since: None,
        until: None,
        redaction: Default::default(),
        defers_cut_record: false,
        memory: u64::MAX,
        range: RANGE,
    };
    SourceScanner::new(shared_rule_set(), settings)
}

/// The digest of one source.
pub fn digest_of(scanner: &SourceScanner<'_>, name: &str, bytes: &[u8]) -> Digest {
    scanner.stream(&SourceKey::new(name), &mut &bytes[..], &NoObserver)
}

/// The report of a digest.
pub fn report_of(digest: &Digest) -> Report {
    let rule_set = shared_rule_set();
    let run = Run {
        id: String::new(),
        started_at: String::new(),
        finished_at: String::new(),
        duration_ms: 0,
        tool_version: String::new(),
        threads: 1,
        command: String::new(),
        paths: Vec::new(),
    };
    let input = CorrelateInput {
        signatures: rule_set.signatures(),
        lang: Lang::En,
        run,
        set: SignatureSet { version: String::new(), hash: String::new(), count: 0 },
        window: Window { since: None, until: None, timezone_assumed: "UTC".to_string() },
        folder_hint: &|_| None,
    };
    correlate::correlate(digest, input)
}

/// A reader that returns its bytes in pieces of these sizes, in turn.
pub struct Pieces<'b> {
    rest: &'b [u8],
    sizes: Vec<usize>,
    at: usize,
}

impl<'b> Pieces<'b> {
    pub fn new(rest: &'b [u8], sizes: &[usize]) -> Pieces<'b> {
        Pieces { rest, sizes: sizes.to_vec(), at: 0 }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes[self.at % self.sizes.len()];
        self.at += 1;
        let count = size.min(buffer.len()).min(self.rest.len());
        buffer[..count].copy_from_slice(&self.rest[..count]);
        self.rest = &self.rest[count..];
        Ok(count)
    }
}
