//! Compares an earlier with a later report: which incidents are new, back, more, fewer or gone, and
//! which changes cannot be determined because the sources that would show them were not read. Never
//! guesses: without an export a failure is as invisible as if it had been fixed.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::compare::sources::{ReadExtent, SourcesRead};
use crate::model::{Guid, Incident, IncidentState, Occurrence, Report};

/// The change of an incident between two reports. The order of the variants is the order of output.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    New,
    /// Resolved in the earlier report and failing again in the later one.
    Regressed,
    /// More occurrences, or as many in more jobs.
    Grown,
    /// Fewer occurrences, or as many in fewer jobs.
    Eased,
    /// Resolved, or no longer reported although the sources that would show it were read.
    Gone,
    /// Sources that would show the change were not read.
    NotComparable,
    Same,
}

impl Change {
    /// Every change, in the order of output.
    pub const ALL: [Change; 7] = [
        Change::New,
        Change::Regressed,
        Change::Grown,
        Change::Eased,
        Change::Gone,
        Change::NotComparable,
        Change::Same,
    ];
}

/// The size of an incident in one report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct FailureCounts {
    pub occurrences: u64,
    pub jobs: u64,
}

impl FailureCounts {
    fn new(incident: &Incident) -> FailureCounts {
        FailureCounts { occurrences: incident.counts.occurrences, jobs: incident.counts.jobs }
    }
}

/// One incident in both reports.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct IncidentChange<'r> {
    pub change: Change,
    /// The incident of the later report, otherwise of the earlier one.
    #[serde(skip)]
    pub incident: &'r Incident,
    /// Size in the earlier report.
    pub before: FailureCounts,
    /// Size in the later report.
    pub after: FailureCounts,
    /// Only where the change is not comparable.
    pub because: Option<ChangeReason>,
}

/// The source without which a change cannot be determined.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct ChangeReason {
    /// The source that shows the incident in one of the reports.
    pub source: String,
    /// Its status in the other report: `missing`, `partial`, `failed` or `skipped`.
    pub was: &'static str,
    /// That other report: `before` or `after`.
    pub in_report: &'static str,
}

/// A difference between the reports themselves that makes every single change less certain.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Caution {
    /// The signature sets differ.
    Signatures,
    /// One report has a bound of its time window that the other lacks.
    Window,
    /// The assumed time zones differ.
    Zone,
    /// The records of the first report are later than those of the second.
    Order,
    /// A report comes without its occurrences, so that incidents are joined by their ids alone.
    IdsAlone,
}

/// Compares an earlier with a later report. Changes are sorted by [`Change`], and within one change
/// in the order of the reports.
pub fn compare<'r>(before: &'r Report, after: &'r Report) -> Vec<IncidentChange<'r>> {
    let mut previous = PreviousIncidents::new(before);
    let (read_before, read_after) = (SourcesRead::new(before), SourcesRead::new(after));
    let unread_after = |incident: &Incident| {
        unread_source(&read_after, &incident_sources(incident, &before.occurrences), "after")
    };
    let mut compared: Vec<IncidentChange<'_>> = Vec::new();
    let mut predecessors: Vec<Vec<&Incident>> =
        after.incidents.iter().map(|incident| previous.take_predecessors(incident)).collect();
    previous.take_by_jobs(before, after, &mut predecessors);
    for (incident, predecessors) in after.incidents.iter().zip(predecessors) {
        let sources = incident_sources(incident, &after.occurrences);
        let unread_before = unread_source(&read_before, &sources, "before");
        compared.push(compare_incident(incident, &predecessors, unread_before, || {
            predecessors.iter().find_map(|predecessor| unread_after(predecessor))
        }));
    }
    for incident in previous.remaining() {
        let because = unread_after(incident);
        let change = if because.is_some() { Change::NotComparable } else { Change::Gone };
        let (before, after) = (FailureCounts::new(incident), FailureCounts::default());
        compared.push(IncidentChange { change, incident, before, after, because });
    }
    // The sort is stable: within a change incidents with most jobs stay first.
    compared.sort_by_key(|compared| compared.change);
    compared
}

/// Incidents of the earlier report. Each is the predecessor of at most one later incident.
struct PreviousIncidents<'r> {
    /// Each incident, and whether it was taken.
    incidents: Vec<(&'r Incident, bool)>,
    by_fingerprint: BTreeMap<&'r str, usize>,
    by_id: BTreeMap<&'r str, usize>,
}

impl<'r> PreviousIncidents<'r> {
    fn new(report: &'r Report) -> PreviousIncidents<'r> {
        let numbered = || report.incidents.iter().enumerate();
        PreviousIncidents {
            incidents: report.incidents.iter().map(|incident| (incident, false)).collect(),
            by_fingerprint: numbered().map(|(index, i)| (i.fingerprint.as_str(), index)).collect(),
            by_id: numbered().map(|(index, i)| (i.id.as_str(), index)).collect(),
        }
    }

    /// Takes the same incident and those that the later incident replaced since.
    fn take_predecessors(&mut self, incident: &Incident) -> Vec<&'r Incident> {
        let same = self.by_fingerprint.get(incident.fingerprint.as_str());
        let aliases = incident.history.iter().flat_map(|history| &history.aliases);
        let replaced = aliases.filter_map(|id| self.by_id.get(id.as_str()));
        let mut predecessors = Vec::new();
        for index in same.into_iter().chain(replaced) {
            let (incident, is_taken) = &mut self.incidents[*index];
            if !std::mem::replace(is_taken, true) {
                predecessors.push(*incident);
            }
        }
        predecessors
    }

    /// Takes the remaining incidents whose jobs a later incident of the same signature has: more than
    /// half of the known jobs of the smaller one. A report that knows more names may give one
    /// failure another identity, but not other jobs.
    fn take_by_jobs(
        &mut self,
        before: &Report,
        after: &Report,
        predecessors: &mut [Vec<&'r Incident>],
    ) {
        let (jobs_before, jobs_after) = (known_jobs(before), known_jobs(after));
        let jobs_of = |jobs: &BTreeMap<&str, BTreeSet<Guid>>, incident: &Incident| {
            jobs.get(incident.id.as_str()).cloned().unwrap_or_default()
        };
        let mut later: BTreeMap<(&str, Guid), Vec<usize>> = BTreeMap::new();
        for (index, incident) in after.incidents.iter().enumerate() {
            for job in jobs_of(&jobs_after, incident) {
                later.entry((&incident.signature.id, job)).or_default().push(index);
            }
        }
        for (incident, is_taken) in self.incidents.iter_mut().filter(|(_, is_taken)| !is_taken) {
            let own = jobs_of(&jobs_before, incident);
            let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
            for job in &own {
                for index in
                    later.get(&(incident.signature.id.as_str(), *job)).into_iter().flatten()
                {
                    *shared.entry(*index).or_default() += 1;
                }
            }
            let most = shared.into_iter().max_by_key(|(index, jobs)| (*jobs, Reverse(*index)));
            if let Some((index, jobs)) = most
                && 2 * jobs > own.len().min(jobs_of(&jobs_after, &after.incidents[index]).len())
            {
                *is_taken = true;
                predecessors[index].push(incident);
            }
        }
    }

    /// Incidents that are the predecessor of no later one.
    fn remaining(&self) -> impl Iterator<Item = &'r Incident> + '_ {
        self.incidents.iter().filter(|(_, is_taken)| !is_taken).map(|(incident, _)| *incident)
    }
}

fn known_jobs(report: &Report) -> BTreeMap<&str, BTreeSet<Guid>> {
    let mut jobs: BTreeMap<&str, BTreeSet<Guid>> = BTreeMap::new();
    for row in &report.occurrences {
        jobs.entry(&row.incident_id).or_default().extend(row.job_key);
    }
    jobs
}

/// Returns the cautions in the order of [`Caution`].
pub fn cautions(before: &Report, after: &Report) -> Vec<Caution> {
    let mut cautions = Vec::new();
    let mut add = |differs: bool, caution| {
        if differs {
            cautions.push(caution);
        }
    };
    let bounds = |report: &Report| (report.window.since.is_some(), report.window.until.is_some());
    add(before.signatures.hash != after.signatures.hash, Caution::Signatures);
    add(bounds(before) != bounds(after), Caution::Window);
    add(before.window.timezone_assumed != after.window.timezone_assumed, Caution::Zone);
    add(before.coverage.last_time > after.coverage.last_time, Caution::Order);
    let lacks_jobs = |report: &Report| report.summary.jobs > 0 && report.occurrences.is_empty();
    add(lacks_jobs(before) || lacks_jobs(after), Caution::IdsAlone);
    cautions
}

/// The sources that show an incident, sorted and distinct.
fn incident_sources<'r>(incident: &'r Incident, occurrences: &'r [Occurrence]) -> Vec<&'r str> {
    let rows = occurrences.iter().filter(|o| o.incident_id == incident.id).map(|o| &o.source);
    let samples = incident.samples.iter().map(|sample| &sample.source);
    let mut sources: Vec<&str> =
        rows.chain(samples).map(String::as_str).filter(|s| !s.is_empty()).collect();
    sources.sort_unstable();
    sources.dedup();
    sources
}

/// The first of these sources that the report `in_report` did not read to its end.
fn unread_source(
    read: &SourcesRead<'_>,
    sources: &[&str],
    in_report: &'static str,
) -> Option<ChangeReason> {
    sources.iter().find_map(|source| match read.extent(source) {
        ReadExtent::Whole => None,
        ReadExtent::Incomplete(was) => {
            Some(ChangeReason { source: (*source).to_string(), was, in_report })
        }
    })
}

/// Compares an incident of the later report with its predecessors.
fn compare_incident<'r>(
    incident: &'r Incident,
    predecessors: &[&Incident],
    unread_before: Option<ChangeReason>,
    unread_after: impl FnOnce() -> Option<ChangeReason>,
) -> IncidentChange<'r> {
    let before = predecessors.iter().map(|incident| FailureCounts::new(incident)).fold(
        FailureCounts::default(),
        |total, amount| FailureCounts {
            occurrences: total.occurrences + amount.occurrences,
            jobs: total.jobs + amount.jobs,
        },
    );
    let after = FailureCounts::new(incident);
    let unless_unread = |change, because: Option<ChangeReason>| match because {
        Some(because) => (Change::NotComparable, Some(because)),
        None => (change, None),
    };
    let is_resolved = |incident: &Incident| incident.state == IncidentState::Resolved;
    let were_resolved = predecessors.iter().all(|incident| is_resolved(incident));
    let (change, because) = if incident.state == IncidentState::Regressed {
        (Change::Regressed, None)
    } else if predecessors.is_empty() {
        unless_unread(Change::New, unread_before)
    } else if were_resolved && !is_resolved(incident) {
        (Change::Regressed, None)
    } else if is_resolved(incident) && !were_resolved {
        (Change::Gone, None)
    } else {
        // Sources that one report did not read could only add to its own side.
        let size = |amount: FailureCounts| (amount.occurrences, amount.jobs);
        match size(after).cmp(&size(before)) {
            Ordering::Greater => unless_unread(Change::Grown, unread_before),
            Ordering::Less => unless_unread(Change::Eased, unread_after()),
            Ordering::Equal => (Change::Same, None),
        }
    };
    IncidentChange { change, incident, before, after, because }
}
