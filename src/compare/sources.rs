//! Whether a report read the source in which another report saw something. Exports are named by
//! day, so that the same source has another name every night: names are compared without their
//! dates.

use crate::model::Report;
use crate::model::SourceStatus;
use std::collections::BTreeMap;
/// How a source was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadExtent {
    /// To its end.
    Whole,
    /// Not, or not to its end: in which way.
    Not(&'static str),
}

/// The sources of a report, by name and by name without dates.
pub struct SourcesRead<'r> {
    by_name: BTreeMap<&'r str, SourceStatus>,
    by_kind: BTreeMap<String, SourceStatus>,
}

impl<'r> SourcesRead<'r> {
    /// The sources of a report.
    pub fn new(report: &'r Report) -> SourcesRead<'r> {
        let mut read = SourcesRead { by_name: BTreeMap::new(), by_kind: BTreeMap::new() };
        for item in &report.coverage.items {
            let status = item.item.status;
            read.by_name.insert(&item.source, status);
            let kept = read.by_kind.entry(without_dates(&item.source)).or_insert(status);
            // One that was not read may be the one that matters.
            if rank(status) > rank(*kept) {
                *kept = status;
            }
        }
        read
    }

    /// How a source, or the one that stands for it here, was read.
    pub fn how(&self, source: &str) -> ReadExtent {
        let named = self.by_name.get(source);
        match named.or_else(|| self.by_kind.get(&without_dates(source))) {
            None => ReadExtent::Not("missing"),
            Some(status) if status.is_whole() => ReadExtent::Whole,
            Some(status) => ReadExtent::Not(status.as_str()),
        }
    }
}

fn rank(status: SourceStatus) -> u8 {
    match status {
        SourceStatus::Complete | SourceStatus::Unchanged => 0,
        SourceStatus::Skipped => 1,
        SourceStatus::Partial => 2,
        SourceStatus::Failed => 3,
    }
}

/// Digits of a date. Fewer tell robots, hosts or parts apart, which are not the same source.
const DATE: usize = 6;

/// `R1/2026-11-22_Execution.log` and that of the next day are one: every run of digits that is
/// long enough for a date, with what joins its parts and a time, is one sign.
fn without_dates(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let run = run(&rest[start..]);
        out.push_str(&rest[..start]);
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        out.push_str(if digits >= DATE { "#" } else { run });
        rest = &rest[start + run.len()..];
    }
    out + rest
}

/// Digits, and single signs between them, at the start of a text.
fn run(text: &str) -> &str {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut end = 0;
    while digit(end)
        || (matches!(bytes.get(end), Some(b'-' | b'_' | b'.' | b'T')) && digit(end + 1))
    {
        end += 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_source_on_two_days() {
        for (a, b) in [
            ("R1/2026-11-22_Execution.log", "R1/2026-11-23_Execution.log"),
            ("logs-20261122T023000.json", "logs-20261123T023001.json"),
            ("night 2026.11.22.zip » 接続.log", "night 2026.11.23.zip » 接続.log"),
            ("Logs_2026-11-22_1.csv", "Logs_2026-12-01_12.csv"),
        ] {
            assert_eq!(without_dates(a), without_dates(b));
        }
        assert_ne!(without_dates("R1/a.log"), without_dates("R2/a.log"));
        assert_ne!(without_dates("jobs-1.json"), without_dates("logs-1.json"));
    }
}
