//! Jobs by what is asked for and the days they ran, so that a row looks only at jobs of its day
//! however many there are.

use crate::model::{Guid, Instant, JobFact};
use std::collections::BTreeMap;
/// A job's span is widened by this on both ends: its first and last rows are written around it.
const WIDEN_SECONDS: i64 = 2;

/// A job that spans more days is kept apart and always looked at; few do.
const MANY_DAYS: i64 = 7;

const DAY_MICROS: i64 = 86_400_000_000;

/// Jobs under keys.
pub struct JobIndex<K> {
    by_day: BTreeMap<(K, i64), Vec<Guid>>,
    long: BTreeMap<K, Vec<Guid>>,
}

impl<K: Ord + Clone> JobIndex<K> {
    /// Nothing yet.
    pub fn new() -> JobIndex<K> {
        JobIndex { by_day: BTreeMap::new(), long: BTreeMap::new() }
    }

    /// Adds a job under a key; a job without a start joins nothing.
    pub fn add(&mut self, key: K, guid: Guid, job: &JobFact) {
        let Some(start) = job.start else { return };
        let day = |at: Instant| at.0.div_euclid(DAY_MICROS);
        let first = day(start.at.plus_seconds(-WIDEN_SECONDS));
        let last = job.end.map(|end| day(end.at.plus_seconds(WIDEN_SECONDS)));
        match last {
            Some(last) if last - first < MANY_DAYS => {
                for day in first..=last {
                    self.by_day.entry((key.clone(), day)).or_default().push(guid);
                }
            }
            _ => self.long.entry(key).or_default().push(guid),
        }
    }

    /// Jobs under a key that may span an instant.
    pub fn near(&self, key: K, at: Instant) -> impl Iterator<Item = Guid> {
        let long = self.long.get(&key).map_or(&[][..], Vec::as_slice);
        let day = at.0.div_euclid(DAY_MICROS);
        let short = self.by_day.get(&(key, day)).map_or(&[][..], Vec::as_slice);
        short.iter().chain(long).copied()
    }
}

/// True when the job's widened span holds the instant; a job without an end is still running.
pub fn spans(job: &JobFact, at: Instant) -> bool {
    let Some(start) = job.start else { return false };
    at >= start.at.plus_seconds(-WIDEN_SECONDS)
        && job.end.is_none_or(|end| at <= end.at.plus_seconds(WIDEN_SECONDS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RecordTime, TimeQuality};

    fn job(start: i64, end: Option<i64>) -> JobFact {
        let stamp = |s| RecordTime { at: Instant::from_unix(s, 0), quality: TimeQuality::Offset };
        JobFact { start: Some(stamp(start)), end: end.map(stamp), ..JobFact::default() }
    }

    #[test]
    fn every_spanning_job_is_near() {
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
            let at = Instant::from_unix(second, 0);
            let near: Vec<Guid> = index.near("k", at).collect();
            for (nth, job) in jobs.iter().enumerate() {
                assert!(!spans(job, at) || near.contains(&Guid(nth as u128 + 1)), "{second} {nth}");
            }
        }
    }
}
