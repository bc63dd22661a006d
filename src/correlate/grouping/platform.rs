//! Failures on the platform's side that strike several processes and folders within minutes are one
//! incident of the platform. The connections that happened to be used are not to blame: they are
//! taken off the failures, so that nobody repairs what is healthy.
//!
//! Which failures are the platform's is said by a signature that `gathers` them. Everything here
//! follows from the failures of the whole input; the order in which they were read cannot show.

use crate::correlate::grouping::folders::Folders;
use crate::correlate::grouping::incidents::process;
use crate::correlate::occurrence::OccurrenceGroup;
use crate::model::JobFolder;
use crate::model::Signature;
use crate::model::{Attribution, Instant};
use std::collections::BTreeMap;
/// Failures this close belong to one disturbance.
const WINDOW_MICROS: u64 = 10 * 60 * 1_000_000;

/// So many processes: two may share a connection, a robot or an author.
const PROCESSES: usize = 3;

/// So many job folders: what strikes one folder alone may be its own.
const FOLDERS: usize = 2;

/// Gives the failures of a disturbance to the signature that gathers them.
pub fn group_platform_failures(
    failures: &mut [OccurrenceGroup],
    catalogue: &BTreeMap<&str, &Signature>,
    folders: &Folders<'_>,
) {
    let gathering = catalogue.values().filter(|s| !s.off && !s.gathers.is_empty());
    for signature in gathering {
        let told: Vec<usize> =
            (0..failures.len()).filter(|at| is_told(&failures[*at], signature)).collect();
        let mut struck: Vec<PlatformFailure> =
            told.iter().filter_map(|at| PlatformFailure::new(&failures[*at], folders)).collect();
        struck.sort();
        let spans = disturbances(&struck);
        for at in told {
            let within = |time| spans.iter().any(|(first, last)| *first <= time && time <= *last);
            if failures[at].at().is_some_and(within) {
                reassign(&mut failures[at], signature);
            }
        }
    }
}

fn is_told(failure: &OccurrenceGroup, signature: &Signature) -> bool {
    let told = &failure.lead().reading.signature;
    signature.gathers.iter().any(|id| id.as_str() == told.as_ref())
}

/// A failure with everything that counts: when, in which process, in which folder.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct PlatformFailure {
    at: Instant,
    process: String,
    folder: Vec<String>,
}

impl PlatformFailure {
    fn new(failure: &OccurrenceGroup, folders: &Folders<'_>) -> Option<PlatformFailure> {
        let process = failure.records.iter().find_map(|record| process(record, folders))?;
        let folder = names(&folders.job_folder(failure));
        let known = folder.iter().any(|name| !name.is_empty());
        known.then_some(PlatformFailure { at: failure.at()?, process, folder })
    }
}

/// Number, key, and - only where there is neither - path: one folder may be told by its number here
/// and by its key there, and must not count as two.
fn names(folder: &JobFolder) -> Vec<String> {
    let number = folder.id.map(|id| id.to_string()).unwrap_or_default();
    let key = folder.key.map(|key| key.to_string()).unwrap_or_default();
    let path = folder.path.clone().filter(|_| number.is_empty() && key.is_empty());
    vec![number, key, path.unwrap_or_default()]
}

/// What one window holds.
#[derive(Default)]
struct WindowCounts {
    processes: BTreeMap<String, usize>,
    folders: [BTreeMap<String, usize>; 3],
}

impl WindowCounts {
    fn add(&mut self, struck: &PlatformFailure) {
        *self.processes.entry(struck.process.clone()).or_default() += 1;
        for (names, name) in self.named(struck) {
            *names.entry(name).or_default() += 1;
        }
    }

    fn remove(&mut self, struck: &PlatformFailure) {
        less(&mut self.processes, &struck.process);
        for (names, name) in self.named(struck) {
            less(names, &name);
        }
    }

    fn named<'h>(
        &'h mut self,
        struck: &PlatformFailure,
    ) -> impl Iterator<Item = (&'h mut BTreeMap<String, usize>, String)> {
        let names: Vec<String> = struck.folder.clone();
        self.folders.iter_mut().zip(names).filter(|(_, name)| !name.is_empty())
    }

    fn is_wide(&self) -> bool {
        let folders = self.folders.iter().map(BTreeMap::len).max().unwrap_or_default();
        self.processes.len() >= PROCESSES && folders >= FOLDERS
    }
}

fn less(counts: &mut BTreeMap<String, usize>, name: &str) {
    if let Some(count) = counts.get_mut(name) {
        *count -= 1;
        if *count == 0 {
            counts.remove(name);
        }
    }
}

/// First and last instant of every window that is wide enough; they may overlap. The failures come
/// in order of time.
fn disturbances(struck: &[PlatformFailure]) -> Vec<(Instant, Instant)> {
    let mut spans: Vec<(Instant, Instant)> = Vec::new();
    let mut held = WindowCounts::default();
    let mut first = 0;
    for last in struck {
        held.add(last);
        while struck[first].at.distance(last.at) > WINDOW_MICROS {
            held.remove(&struck[first]);
            first += 1;
        }
        if !held.is_wide() {
            continue;
        }
        match spans.last_mut() {
            Some((_, end)) if struck[first].at <= *end => *end = last.at,
            _ => spans.push((struck[first].at, last.at)),
        }
    }
    spans
}

/// What was a connection's failure is the platform's.
fn reassign(failure: &mut OccurrenceGroup, signature: &Signature) {
    failure.gathered = true;
    for record in &mut failure.records {
        record.attribution = Attribution::Unattributed;
        record.candidates.clear();
        let reading = record.details_mut();
        reading.signature = signature.id.as_str().into();
        reading.category = signature.category;
        reading.connection = None;
        reading.connection_folder = None;
        reading.connector = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(minute: i64, process: &str, number: &str, key: &str) -> PlatformFailure {
        PlatformFailure {
            at: Instant(minute * 60_000_000),
            process: process.to_string(),
            folder: vec![number.to_string(), key.to_string(), String::new()],
        }
    }

    fn minutes(struck: &[PlatformFailure]) -> Vec<(i64, i64)> {
        let minute = |at: Instant| at.0 / 60_000_000;
        disturbances(struck).into_iter().map(|(a, b)| (minute(a), minute(b))).collect()
    }

    #[test]
    fn three_processes_in_two_folders_within_ten_minutes() {
        let told =
            |last| [struck(0, "A", "1", ""), struck(5, "B", "1", ""), struck(last, "C", "2", "")];
        assert_eq!(minutes(&told(10)), [(0, 10)]);
        assert!(minutes(&told(11)).is_empty());
        let one_folder =
            [struck(0, "A", "1", ""), struck(1, "B", "1", ""), struck(2, "C", "1", "")];
        assert!(minutes(&one_folder).is_empty());
        let two_processes =
            [struck(0, "A", "1", ""), struck(1, "B", "2", ""), struck(2, "B", "3", "")];
        assert!(minutes(&two_processes).is_empty());
    }

    #[test]
    fn a_folder_told_by_number_and_by_key_is_not_two() {
        let told = [struck(0, "A", "1", ""), struck(1, "B", "", "k"), struck(2, "C", "1", "k")];
        assert!(minutes(&told).is_empty());
    }

    #[test]
    fn a_long_disturbance_is_one_span_and_a_second_one_its_own() {
        let mut told: Vec<PlatformFailure> = (0..30)
            .map(|n| struck(n, ["A", "B", "C"][n as usize % 3], ["1", "2"][n as usize % 2], ""))
            .collect();
        told.extend([struck(90, "A", "1", ""), struck(91, "B", "2", ""), struck(92, "C", "1", "")]);
        assert_eq!(minutes(&told), [(0, 29), (90, 92)]);
    }
}
