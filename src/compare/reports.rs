//! Two finished reports compared: what is new, back, more, less, gone - and what cannot be said
//! because the sources that would show it were not read. Never guesses: a missing export looks
//! exactly like health.

use crate::compare::sources::{ReadExtent, SourcesRead};
use crate::model::{Incident, Occurrence, Report};
use serde::Serialize;
use std::collections::BTreeMap;
/// What became of an incident. The order is the order in which changes are told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Not there before.
    New,
    /// Over before, and back.
    Regressed,
    /// More of it.
    Grown,
    /// Less of it.
    Eased,
    /// No longer there, and what would show it was read.
    Gone,
    /// Cannot be told.
    NotComparable,
    /// As before.
    Same,
}

impl Change {
    /// Every change, in the order in which they are told.
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

/// How much there was of an incident.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Amount {
    /// Failures.
    pub occurrences: u64,
    /// Distinct known jobs.
    pub jobs: u64,
}

/// One incident in both reports.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Compared<'r> {
    /// What became of it.
    pub change: Change,
    /// The incident as the later report tells it, else as the earlier does.
    #[serde(skip)]
    pub incident: &'r Incident,
    /// In the earlier report.
    pub before: Amount,
    /// In the later report.
    pub after: Amount,
    /// Why it cannot be told.
    pub because: Option<Because>,
}

/// Why a change cannot be told: the source that would show it, and what became of that.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Because {
    /// The source that shows the incident in the other report.
    pub source: String,
    /// `missing`, `partial`, `failed`, `skipped`.
    pub was: &'static str,
    /// `before` or `after`: in which report.
    pub in_report: &'static str,
}

/// What two reports differ in as a whole, so that single changes mean less.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Caution {
    /// Other signatures were searched.
    Signatures,
    /// Another window was asked for.
    Window,
    /// Another zone was assumed.
    Zone,
    /// The reports are older first the other way round.
    Order,
}

/// Compares an earlier with a later report, in the order in which changes are told.
pub fn compare<'r>(before: &'r Report, after: &'r Report) -> Vec<Compared<'r>> {
    let mut earlier = EarlierIncidents::new(before);
    let (read_before, read_after) = (SourcesRead::new(before), SourcesRead::new(after));
    let mut compared: Vec<Compared<'_>> = Vec::new();
    for incident in &after.incidents {
        let was = earlier.take(incident);
        let shown = places(incident, &after.occurrences);
        let unread = unread(&read_before, &shown, "before");
        compared.push(in_later(incident, &was, unread, || {
            was.iter().find_map(|was| {
                self::unread(&read_after, &places(was, &before.occurrences), "after")
            })
        }));
    }
    for incident in earlier.left() {
        let because = unread(&read_after, &places(incident, &before.occurrences), "after");
        let change = if because.is_some() { Change::NotComparable } else { Change::Gone };
        let (before, after) = (amount(incident), Amount::default());
        compared.push(Compared { change, incident, before, after, because });
    }
    // Within a change the order of the reports stays: most jobs first.
    compared.sort_by_key(|compared| compared.change);
    compared
}

/// Incidents of the earlier report that no later one was yet.
struct EarlierIncidents<'r> {
    all: Vec<(&'r Incident, bool)>,
    by_fingerprint: BTreeMap<&'r str, usize>,
    by_id: BTreeMap<&'r str, usize>,
}

impl<'r> EarlierIncidents<'r> {
    fn new(report: &'r Report) -> EarlierIncidents<'r> {
        let numbered = || report.incidents.iter().enumerate();
        EarlierIncidents {
            all: report.incidents.iter().map(|incident| (incident, false)).collect(),
            by_fingerprint: numbered().map(|(at, i)| (i.fingerprint.as_str(), at)).collect(),
            by_id: numbered().map(|(at, i)| (i.id.as_str(), at)).collect(),
        }
    }

    /// What a later incident was: the same, and those it took over since.
    fn take(&mut self, incident: &Incident) -> Vec<&'r Incident> {
        let same = self.by_fingerprint.get(incident.fingerprint.as_str());
        let aliases = incident.history.iter().flat_map(|history| &history.aliases);
        let others = aliases.filter_map(|id| self.by_id.get(id.as_str()));
        let mut was = Vec::new();
        for at in same.into_iter().chain(others) {
            let (incident, taken) = &mut self.all[*at];
            if !std::mem::replace(taken, true) {
                was.push(*incident);
            }
        }
        was
    }

    /// Those that no later incident was.
    fn left(&self) -> impl Iterator<Item = &'r Incident> + '_ {
        self.all.iter().filter(|(_, taken)| !taken).map(|(incident, _)| *incident)
    }
}

/// What the reports differ in as a whole.
pub fn cautions(before: &Report, after: &Report) -> Vec<Caution> {
    let mut cautions = Vec::new();
    let mut add = |differs: bool, caution| {
        if differs {
            cautions.push(caution);
        }
    };
    let span = |report: &Report| (report.window.since.is_some(), report.window.until.is_some());
    add(before.signatures.hash != after.signatures.hash, Caution::Signatures);
    add(span(before) != span(after), Caution::Window);
    add(before.window.timezone_assumed != after.window.timezone_assumed, Caution::Zone);
    add(before.coverage.last_time > after.coverage.last_time, Caution::Order);
    cautions
}

fn amount(incident: &Incident) -> Amount {
    Amount { occurrences: incident.counts.occurrences, jobs: incident.counts.jobs }
}

/// The sources an incident was seen in.
fn places<'r>(incident: &'r Incident, occurrences: &'r [Occurrence]) -> Vec<&'r str> {
    let rows = occurrences.iter().filter(|o| o.incident_id == incident.id).map(|o| &o.source);
    let samples = incident.samples.iter().map(|sample| &sample.source);
    let mut places: Vec<&str> =
        rows.chain(samples).map(String::as_str).filter(|s| !s.is_empty()).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// The first of these sources that the other report did not read to its end.
fn unread(read: &SourcesRead<'_>, sources: &[&str], in_report: &'static str) -> Option<Because> {
    sources.iter().find_map(|source| match read.how(source) {
        ReadExtent::Whole => None,
        ReadExtent::Not(was) => Some(Because { source: (*source).to_string(), was, in_report }),
    })
}

/// An incident of the later report.
fn in_later<'r>(
    incident: &'r Incident,
    was: &[&Incident],
    unread_before: Option<Because>,
    unread_after: impl FnOnce() -> Option<Because>,
) -> Compared<'r> {
    let before = was.iter().map(|was| amount(was)).fold(Amount::default(), |all, one| Amount {
        occurrences: all.occurrences + one.occurrences,
        jobs: all.jobs + one.jobs,
    });
    let after = amount(incident);
    let told = |change, because: Option<Because>| match because {
        Some(because) => (Change::NotComparable, Some(because)),
        None => (change, None),
    };
    let closed = |incident: &Incident| incident.state == "resolved";
    let was_closed = was.iter().all(|was| closed(was));
    let (change, because) = match was {
        _ if incident.state == "regressed" => (Change::Regressed, None),
        [] => told(Change::New, unread_before),
        _ if was_closed && !closed(incident) => (Change::Regressed, None),
        _ if closed(incident) && !was_closed => (Change::Gone, None),
        _ => {
            let size = |amount: Amount| (amount.occurrences, amount.jobs);
            match size(after).cmp(&size(before)) {
                // Both reports show it; what was not read could only add to the other side.
                std::cmp::Ordering::Greater => told(Change::Grown, unread_before),
                std::cmp::Ordering::Less => told(Change::Eased, unread_after()),
                std::cmp::Ordering::Equal => (Change::Same, None),
            }
        }
    };
    Compared { change, incident, before, after, because }
}
