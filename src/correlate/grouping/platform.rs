//! Recognises platform incidents: failures on the side of the platform that affect several processes
//! and folders within minutes. The connections in use are not the cause; they are removed from these
//! failures, so that users do not repair a working connection.
//!
//! A signature with `gathers` lists the failures that can be the platform's. The result depends only on
//! the failures of the whole input, never on the order in which they were read.

use std::collections::BTreeMap;

use crate::correlate::grouping::folders::Folders;
use crate::correlate::grouping::incidents::process;
use crate::correlate::occurrence::{Candidates, OccurrenceGroup};
use crate::model::{Attribution, Instant, JobFolder, Signature};

/// Failures within this time can belong to one platform incident.
const WINDOW_MICROS: u64 = 10 * 60 * 1_000_000;

/// Fewer processes than this may share a connection, a robot or an author.
const MIN_PROCESSES: usize = 3;

/// The cause of failures in fewer folders than this may be the folder.
const MIN_FOLDERS: usize = 2;

/// Reassigns the failures of each platform incident to the signature that gathers them.
pub fn group_platform_failures(
    failures: &mut [OccurrenceGroup],
    catalogue: &BTreeMap<&str, &Signature>,
    folders: &Folders<'_>,
) {
    let gathering = catalogue.values().filter(|s| !s.is_off && !s.gathers.is_empty());
    for signature in gathering {
        let gathered: Vec<usize> =
            (0..failures.len()).filter(|index| is_gathered(&failures[*index], signature)).collect();
        let mut platform_failures: Vec<PlatformFailure> = gathered
            .iter()
            .filter_map(|index| PlatformFailure::new(&failures[*index], folders))
            .collect();
        platform_failures.sort();
        let periods = find_periods(&platform_failures);
        for index in gathered {
            let is_within =
                |time| periods.iter().any(|(start, end)| *start <= time && time <= *end);
            if failures[index].time().is_some_and(is_within) {
                reassign(&mut failures[index], signature);
            }
        }
    }
}

fn is_gathered(failure: &OccurrenceGroup, signature: &Signature) -> bool {
    let id = &failure.primary().details.signature;
    signature.gathers.iter().any(|gathered| gathered.as_str() == id.as_ref())
}

/// A failure of which time, process and folder are known. Sorts by time.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct PlatformFailure {
    time: Instant,
    process: String,
    folder: FolderNames,
}

/// Number, key and path of a folder, empty where unknown. The path is used only where number and key
/// are both unknown: a folder that one failure names by number and another by key must not count as
/// two.
type FolderNames = [String; 3];

impl PlatformFailure {
    fn new(failure: &OccurrenceGroup, folders: &Folders<'_>) -> Option<PlatformFailure> {
        let process = failure.records.iter().find_map(|record| process(record, folders))?;
        let folder = folder_names(&folders.job_folder(failure));
        let is_known = folder.iter().any(|name| !name.is_empty());
        is_known.then_some(PlatformFailure { time: failure.time()?, process, folder })
    }
}

fn folder_names(folder: &JobFolder) -> FolderNames {
    let number = folder.id.map(|id| id.to_string()).unwrap_or_default();
    let key = folder.key.map(|key| key.to_string()).unwrap_or_default();
    let path = folder.path.clone().filter(|_| number.is_empty() && key.is_empty());
    [number, key, path.unwrap_or_default()]
}

/// The failures of a sliding window, counted by process and by each kind of folder name.
#[derive(Default)]
struct WindowCounts {
    processes: BTreeMap<String, usize>,
    folders: [BTreeMap<String, usize>; 3],
}

impl WindowCounts {
    fn add(&mut self, failure: &PlatformFailure) {
        *self.processes.entry(failure.process.clone()).or_default() += 1;
        for (counts, name) in self.folder_counts(failure) {
            *counts.entry(name.clone()).or_default() += 1;
        }
    }

    fn remove(&mut self, failure: &PlatformFailure) {
        decrement(&mut self.processes, &failure.process);
        for (counts, name) in self.folder_counts(failure) {
            decrement(counts, name);
        }
    }

    fn folder_counts<'f>(
        &mut self,
        failure: &'f PlatformFailure,
    ) -> impl Iterator<Item = (&mut BTreeMap<String, usize>, &'f String)> {
        self.folders.iter_mut().zip(&failure.folder).filter(|(_, name)| !name.is_empty())
    }

    fn is_platform_incident(&self) -> bool {
        let folders = self.folders.iter().map(BTreeMap::len).max().unwrap_or_default();
        self.processes.len() >= MIN_PROCESSES && folders >= MIN_FOLDERS
    }
}

fn decrement(counts: &mut BTreeMap<String, usize>, name: &str) {
    if let Some(count) = counts.get_mut(name) {
        *count -= 1;
        if *count == 0 {
            counts.remove(name);
        }
    }
}

/// Start and end of each platform incident. `failures` are in order of time; so are the periods,
/// and overlapping windows are one period.
fn find_periods(failures: &[PlatformFailure]) -> Vec<(Instant, Instant)> {
    let mut periods: Vec<(Instant, Instant)> = Vec::new();
    let mut window = WindowCounts::default();
    let mut first = 0;
    for last in failures {
        window.add(last);
        while failures[first].time.distance(last.time) > WINDOW_MICROS {
            window.remove(&failures[first]);
            first += 1;
        }
        if !window.is_platform_incident() {
            continue;
        }
        match periods.last_mut() {
            Some((_, end)) if failures[first].time <= *end => *end = last.time,
            _ => periods.push((failures[first].time, last.time)),
        }
    }
    periods
}

/// Makes a connection failure a platform failure.
fn reassign(failure: &mut OccurrenceGroup, signature: &Signature) {
    failure.is_platform_failure = true;
    failure.attribution = Attribution::Unattributed;
    failure.candidates = Candidates::default();
    failure.evidence.connection = None;
    failure.evidence.connection_folder = None;
    failure.evidence.connector = None;
    for record in &mut failure.records {
        let details = record.details_mut();
        details.signature = signature.id.as_str().into();
        details.category = signature.category;
        details.connection = None;
        details.connection_folder = None;
        details.connector = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(minute: i64, process: &str, number: &str, key: &str) -> PlatformFailure {
        PlatformFailure {
            time: Instant(minute * 60_000_000),
            process: process.to_string(),
            folder: [number.to_string(), key.to_string(), String::new()],
        }
    }

    fn periods_in_minutes(failures: &[PlatformFailure]) -> Vec<(i64, i64)> {
        let minute = |time: Instant| time.0 / 60_000_000;
        find_periods(failures).into_iter().map(|(a, b)| (minute(a), minute(b))).collect()
    }

    #[test]
    fn three_processes_in_two_folders_within_ten_minutes() {
        let until = |last| {
            [failure(0, "A", "1", ""), failure(5, "B", "1", ""), failure(last, "C", "2", "")]
        };
        assert_eq!(periods_in_minutes(&until(10)), [(0, 10)]);
        assert!(periods_in_minutes(&until(11)).is_empty());
        let one_folder =
            [failure(0, "A", "1", ""), failure(1, "B", "1", ""), failure(2, "C", "1", "")];
        assert!(periods_in_minutes(&one_folder).is_empty());
        let two_processes =
            [failure(0, "A", "1", ""), failure(1, "B", "2", ""), failure(2, "B", "3", "")];
        assert!(periods_in_minutes(&two_processes).is_empty());
    }

    #[test]
    fn a_folder_named_by_number_and_by_key_counts_once() {
        let failures =
            [failure(0, "A", "1", ""), failure(1, "B", "", "k"), failure(2, "C", "1", "k")];
        assert!(periods_in_minutes(&failures).is_empty());
    }

    #[test]
    fn overlapping_windows_are_one_period_and_a_later_window_is_another() {
        let mut failures: Vec<PlatformFailure> = (0..30)
            .map(|n| failure(n, ["A", "B", "C"][n as usize % 3], ["1", "2"][n as usize % 2], ""))
            .collect();
        failures.extend([
            failure(90, "A", "1", ""),
            failure(91, "B", "2", ""),
            failure(92, "C", "1", ""),
        ]);
        assert_eq!(periods_in_minutes(&failures), [(0, 29), (90, 92)]);
    }
}
