//! Which sources carry on each other: the files of one robot, of one export. How far a carrier was
//! read is what tells a silence from a gap. Knows nothing of incidents.

use crate::correlate::lifecycle::input::LifecycleInput;
use crate::model::MEMBER;
use crate::model::Report;
use crate::model::{Instant, SourceKey, SourceStatus};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;
/// Digits in a row that make a part of a name a date: `2026-11-22`, `20261122`, `202611`.
const DATE_DIGITS: usize = 6;

/// Directory, without dates, and kind of a source: daily files of one robot are one carrier.
pub(crate) type LogSeries = (String, String);

/// What is known of carriers.
#[derive(Default)]
pub(crate) struct Carriers {
    /// The carrier of every source that carries a failure, by its name in reports.
    pub(crate) of: BTreeMap<String, Rc<LogSeries>>,
    /// How far each carrier was read, in this run or an earlier one.
    pub(crate) read_until: BTreeMap<Rc<LogSeries>, Instant>,
}

/// Finds the carriers of what a report covers, and of what is gone.
pub(crate) fn log_series(report: &Report, life: &LifecycleInput<'_>) -> Carriers {
    let failing: HashSet<&str> = report.occurrences.iter().map(|row| row.source.as_str()).collect();
    let here = report.coverage.items.iter().map(|row| (row.source.as_str(), &row.item));
    let earlier = life.earlier.iter().map(|(key, item)| (key.as_str(), item));
    let mut carriers = Carriers::default();
    // Sources of one directory follow each other.
    let mut last: Option<(Cow<'_, str>, Rc<LogSeries>)> = None;
    for (source, item) in here.chain(earlier) {
        let directory = directory(source);
        let carrier = match &last {
            Some((before, carrier)) if *before == directory && carrier.1 == item.kind => {
                Rc::clone(carrier)
            }
            _ => Rc::new((undated(&directory), item.kind.clone())),
        };
        last = Some((directory, Rc::clone(&carrier)));
        if failing.contains(source) {
            carriers.of.insert(source.to_string(), Rc::clone(&carrier));
        }
        let read = !matches!(item.status, SourceStatus::Skipped | SourceStatus::Failed);
        if let Some(at) = item.last_time.filter(|_| read) {
            let at = at.min(life.now);
            let until = carriers.read_until.entry(carrier).or_insert(at);
            *until = (*until).max(at);
        }
    }
    carriers
}

/// The directory of a source by its name in reports.
fn directory(source: &str) -> Cow<'_, str> {
    if source.contains(MEMBER) {
        return Cow::Owned(SourceKey::new(source).directory());
    }
    Cow::Borrowed(source.rfind('/').map_or("", |at| &source[..at]))
}

/// A name without the dates in it: tonight's directory is the next of yesterday's.
fn undated(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut run = String::new();
    let flush = |run: &mut String, out: &mut String| {
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        let dated = digits >= DATE_DIGITS;
        out.push_str(if dated { "#" } else { run });
        run.clear();
    };
    for letter in name.chars() {
        let inside =
            letter.is_ascii_digit() || (!run.is_empty() && matches!(letter, '-' | '_' | '.' | 'T'));
        if inside {
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
    fn dates_leave_names_and_numbers_stay() {
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
