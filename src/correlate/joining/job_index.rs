//! Finds the jobs that may have been running at an instant. Jobs are indexed by a key and by day,
//! so that the cost of a search does not grow with the number of days in the input. Knows nothing
//! of records; `jobs` searches it.

use std::collections::BTreeMap;

use crate::model::{Guid, Instant, JobFact};

/// Margin at both ends of a job's span: its first and last rows may lie outside the recorded times.
const MARGIN_SECONDS: i64 = 2;

/// A job that spans this many days or more is not indexed by day but tested on every search; there
/// are few.
const LONG_JOB_DAYS: i64 = 7;

const DAY_MICROS: i64 = 86_400_000_000;

pub struct JobIndex<K> {
    by_day: BTreeMap<(K, i64), Vec<Guid>>,
    long: BTreeMap<K, Vec<Guid>>,
}

impl<K: Ord + Clone> JobIndex<K> {
    pub fn new() -> JobIndex<K> {
        JobIndex { by_day: BTreeMap::new(), long: BTreeMap::new() }
    }

    /// Adds a job under a key; a job without a start time is ignored.
    pub fn add(&mut self, key: K, guid: Guid, job: &JobFact) {
        let Some(start) = job.start else { return };
        let first = day(start.at.plus_seconds(-MARGIN_SECONDS));
        let last = job.end.map(|end| day(end.at.plus_seconds(MARGIN_SECONDS)));
        match last {
            Some(last) if last - first < LONG_JOB_DAYS => {
                for day in first..=last {
                    self.by_day.entry((key.clone(), day)).or_default().push(guid);
                }
            }
            _ => self.long.entry(key).or_default().push(guid),
        }
    }

    /// Jobs under a key that may span an instant; [`spans`] decides whether one does.
    pub fn near(&self, key: K, time: Instant) -> impl Iterator<Item = Guid> {
        let long = self.long.get(&key).map_or(&[][..], Vec::as_slice);
        let short = self.by_day.get(&(key, day(time))).map_or(&[][..], Vec::as_slice);
        short.iter().chain(long).copied()
    }
}

/// Days since 1970-01-01 in UTC.
fn day(time: Instant) -> i64 {
    time.0.div_euclid(DAY_MICROS)
}

/// True when the span of the job, with the margin at both ends, contains the instant. A job without
/// an end time is still running.
pub fn spans(job: &JobFact, time: Instant) -> bool {
    let Some(start) = job.start else { return false };
    time >= start.at.plus_seconds(-MARGIN_SECONDS)
        && job.end.is_none_or(|end| time <= end.at.plus_seconds(MARGIN_SECONDS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RecordTime, TimeQuality};

    fn job(start: i64, end: Option<i64>) -> JobFact {
        let time = |s| RecordTime { at: Instant::from_unix(s, 0), quality: TimeQuality::Offset };
        JobFact { start: Some(time(start)), end: end.map(time), ..JobFact::default() }
    }

    #[test]
    fn near_returns_every_spanning_job() {
        let jobs = [
            job(86_399, Some(86_400)),
            job(0, Some(86_400 * 30)),
            job(0, None),
            job(86_402, Some(86_403)),
            job(50, Some(86_399)),
        ];
        let mut index = JobIndex::new();
        for (nth, job) in jobs.iter().enumerate() {
            index.add("k", Guid(nth as u128 + 1), job);
        }
        for second in [0, 51, 86_398, 86_400, 86_401, 86_404, 86_400 * 3] {
            let time = Instant::from_unix(second, 0);
            let near: Vec<Guid> = index.near("k", time).collect();
            for (nth, job) in jobs.iter().enumerate() {
                let is_near = near.contains(&Guid(nth as u128 + 1));
                assert!(!spans(job, time) || is_near, "{second} {nth}");
            }
        }
    }
}
