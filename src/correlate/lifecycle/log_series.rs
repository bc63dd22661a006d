//! Groups sources that continue one another (files of one robot or one export) into log series. How
//! far a series was read distinguishes a time without failures from a time without data. Knows
//! nothing of incidents; `states` applies the result.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use crate::correlate::lifecycle::input::LifecycleInput;
use crate::model::{Instant, MEMBER, Report, SourceKey, SourceStatus};

/// Digits that make a part of a name a date: `2026-11-22`, `20261122`, `202611`.
const DATE_DIGITS: usize = 6;

/// Directory without dates, and kind of source: the daily files of one robot are one series.
pub(crate) type LogSeries = (String, String);

/// The log series of a report.
#[derive(Default)]
pub(crate) struct SeriesIndex {
    /// The series of each source with a failure, by the name of the source in reports.
    pub(crate) by_source: BTreeMap<String, Rc<LogSeries>>,
    /// The latest time read from each series, in this run or a previous one.
    pub(crate) read_until: BTreeMap<Rc<LogSeries>, Instant>,
}

/// Finds the log series of the sources in a report and of sources that no longer exist.
pub(crate) fn log_series(report: &Report, input: &LifecycleInput<'_>) -> SeriesIndex {
    let failing: HashSet<&str> = report.occurrences.iter().map(|row| row.source.as_str()).collect();
    let current = report.coverage.items.iter().map(|row| (row.source.as_str(), &row.item));
    let retired = input.earlier.iter().map(|(key, item)| (key.as_str(), item));
    let mut index = SeriesIndex::default();
    // Sources of one directory are adjacent and share one allocation of their series.
    let mut previous: Option<(Cow<'_, str>, Rc<LogSeries>)> = None;
    for (source, item) in current.chain(retired) {
        let directory = directory(source);
        let series = match &previous {
            Some((previous, series)) if *previous == directory && series.1 == item.kind => {
                Rc::clone(series)
            }
            _ => Rc::new((undated(&directory), item.kind.clone())),
        };
        previous = Some((directory, Rc::clone(&series)));
        if failing.contains(source) {
            index.by_source.insert(source.to_string(), Rc::clone(&series));
        }
        let was_read = !matches!(item.status, SourceStatus::Skipped | SourceStatus::Failed);
        if let Some(last) = item.last_time.filter(|_| was_read) {
            let last = last.min(input.now);
            let until = index.read_until.entry(series).or_insert(last);
            *until = (*until).max(last);
        }
    }
    index
}

/// The directory of a source by its name in reports.
fn directory(source: &str) -> Cow<'_, str> {
    if source.contains(MEMBER) {
        return Cow::Owned(SourceKey::new(source).directory());
    }
    Cow::Borrowed(source.rfind('/').map_or("", |end| &source[..end]))
}

/// A name with its dates replaced by `#`: the directories of two days are one.
fn undated(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut run = String::new();
    let flush = |run: &mut String, out: &mut String| {
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        out.push_str(if digits >= DATE_DIGITS { "#" } else { run });
        run.clear();
    };
    for letter in name.chars() {
        let continues = !run.is_empty() && matches!(letter, '-' | '_' | '.' | 'T');
        if letter.is_ascii_digit() || continues {
            run.push(letter);
        } else {
            flush(&mut run, &mut out);
            out.push(letter);
        }
    }
    flush(&mut run, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undated_replaces_dates_and_no_other_numbers() {
        for (name, expected) in [
            ("R1/logs", "R1/logs"),
            ("R1/2026-11-22", "R1/#"),
            ("night-20261122.zip/R12", "night-#zip/R12"),
            ("2026_11_22T02/x", "#/x"),
            ("v1.2/x", "v1.2/x"),
        ] {
            assert_eq!(undated(name), expected);
        }
    }
}
