//! Whether a report read the source in which another report shows an incident. Exports are named by
//! date, so the same source has another name in every run: names are compared without their dates.

use std::collections::BTreeMap;

use crate::model::{Report, SourceStatus};

/// Digits of the shortest date. A shorter number distinguishes robots, hosts or parts of an export.
const DATE_DIGITS: usize = 6;

/// How far a report read a source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadExtent {
    /// To its end.
    Whole,
    /// Not to its end or not at all: the status, or `missing`.
    Incomplete(&'static str),
}

/// The sources of a report.
pub struct SourcesRead<'r> {
    by_name: BTreeMap<&'r str, SourceStatus>,
    /// The worst status of the sources whose names are equal without dates.
    by_undated_name: BTreeMap<String, SourceStatus>,
}

impl<'r> SourcesRead<'r> {
    pub fn new(report: &'r Report) -> SourcesRead<'r> {
        let mut read = SourcesRead { by_name: BTreeMap::new(), by_undated_name: BTreeMap::new() };
        for item in &report.coverage.items {
            let status = item.item.status;
            read.by_name.insert(&item.source, status);
            let worst = read.by_undated_name.entry(undated(&item.source)).or_insert(status);
            // The source that was not read may be the one in question.
            if badness(status) > badness(*worst) {
                *worst = status;
            }
        }
        read
    }

    /// How far a source was read, or the source that corresponds to it in this report.
    pub fn extent(&self, source: &str) -> ReadExtent {
        let status = self.by_name.get(source);
        match status.or_else(|| self.by_undated_name.get(&undated(source))) {
            None => ReadExtent::Incomplete("missing"),
            Some(status) if status.is_whole() => ReadExtent::Whole,
            Some(status) => ReadExtent::Incomplete(status.as_str()),
        }
    }
}

fn badness(status: SourceStatus) -> u8 {
    match status {
        SourceStatus::Complete | SourceStatus::Unchanged => 0,
        SourceStatus::Skipped => 1,
        SourceStatus::Partial => 2,
        SourceStatus::Failed => 3,
    }
}

/// A name with its dates and the times after them replaced by `#`: `R1/2026-11-22_Execution.log`
/// and the file of the next day are equal.
fn undated(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let run = digit_run(&rest[start..]);
        out.push_str(&rest[..start]);
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        out.push_str(if digits >= DATE_DIGITS { "#" } else { run });
        rest = &rest[start + run.len()..];
    }
    out + rest
}

/// The digits at the start of a text, with single separators of dates and times between them.
fn digit_run(text: &str) -> &str {
    let bytes = text.as_bytes();
    let is_digit = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_digit);
    let mut end = 0;
    while is_digit(end)
        || (matches!(bytes.get(end), Some(b'-' | b'_' | b'.' | b'T')) && is_digit(end + 1))
    {
        end += 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_two_days_are_equal_undated() {
        for (a, b) in [
            ("R1/2026-11-22_Execution.log", "R1/2026-11-23_Execution.log"),
            ("logs-20261122T023000.json", "logs-20261123T023001.json"),
            ("night 2026.11.22.zip » 接続.log", "night 2026.11.23.zip » 接続.log"),
            ("Logs_2026-11-22_1.csv", "Logs_2026-12-01_12.csv"),
        ] {
            assert_eq!(undated(a), undated(b));
        }
        assert_ne!(undated("R1/a.log"), undated("R2/a.log"));
        assert_ne!(undated("jobs-1.json"), undated("logs-1.json"));
    }
}
