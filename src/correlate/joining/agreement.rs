//! Makes the rows of one job agree where they describe one failure: the most specific signature is
//! adopted by all, and a connection that one row names exactly is the connection of all. Never
//! compares rows of different jobs; rows without a job stay unchanged.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::correlate::joining::copies::{adopt_details, is_same_text};
use crate::correlate::record::MergedRecord;
use crate::model::{Attribution, Guid, Instant, MatchDetails, Signature, UNMATCHED};

/// Two rows of one job this close describe one failure if one of them has only a generic text.
const SAME_FAILURE_MICROS: u64 = 2_000_000;

/// A failing job ends within this after its last error row, clean-up included.
const ENDING_MICROS: u64 = 5_000_000;

/// Makes the rows of each job agree on signature and connection.
pub fn agree_on_match(records: &mut [MergedRecord], catalogue: &BTreeMap<&str, &Signature>) {
    for rows in rows_by_job(records).values() {
        agree_on_details(records, rows, catalogue);
        agree_on_connection(records, rows);
    }
}

/// Makes the rows of each job agree on the connections that attribution has named since.
pub fn share_connections(records: &mut [MergedRecord]) {
    for rows in rows_by_job(records).values() {
        agree_on_connection(records, rows);
    }
}

fn rows_by_job(records: &[MergedRecord]) -> BTreeMap<Guid, Vec<usize>> {
    let mut rows: BTreeMap<Guid, Vec<usize>> = BTreeMap::new();
    for (index, record) in records.iter().enumerate() {
        if let Some(job) = record.job {
            rows.entry(job).or_default().push(index);
        }
    }
    rows
}

fn agree_on_details(
    records: &mut [MergedRecord],
    rows: &[usize],
    catalogue: &BTreeMap<&str, &Signature>,
) {
    let mut signatures = rows.iter().map(|row| &records[*row].details.signature);
    let first = signatures.next();
    if signatures.all(|signature| Some(signature) == first) {
        return;
    }
    let untimed: Vec<usize> =
        rows.iter().copied().filter(|row| !is_timed_log(&records[*row])).collect();
    for row in rows {
        if let Some(better) = better_details(records, rows, &untimed, *row, catalogue) {
            adopt_details(records[*row].details_mut(), &better);
            if records[*row].details.connection.is_some() {
                records[*row].attribution = Attribution::Exact;
            }
        }
    }
}

/// The most specific details that another row of the job has for the failure of row `own`.
/// `untimed` are the rows that are no log rows with a time. Both lists are in order of time.
fn better_details(
    records: &[MergedRecord],
    rows: &[usize],
    untimed: &[usize],
    own: usize,
    catalogue: &BTreeMap<&str, &Signature>,
) -> Option<Arc<MatchDetails>> {
    let record = &records[own];
    let rank = |row: usize| (records[row].details.rank, Reverse(records[row].key));
    let mut best: Option<usize> = None;
    let mut consider = |rows: &[usize], is_eligible: &dyn Fn(&MergedRecord) -> bool| {
        for row in rows.iter().copied().filter(|row| *row != own) {
            let other = &records[row];
            // Comparing texts is expensive: it comes last, and only for a row that would win.
            if outranks(other, record)
                && best.is_none_or(|best| rank(row) > rank(best))
                && is_eligible(other)
                && is_same_failure(record, other, catalogue)
            {
                best = Some(row);
            }
        }
    };
    match record.time().filter(|_| is_timed_log(record)) {
        // A job may have thousands of log rows, and only those near in time describe this failure.
        Some(time) => {
            let start = rows.partition_point(|row| is_too_early(&records[*row], time));
            let near = rows[start..].partition_point(|row| !is_too_late(&records[*row], time));
            consider(&rows[start..start + near], &is_timed_log);
            consider(untimed, &|_| true);
        }
        None => consider(rows, &|_| true),
    }
    best.map(|row| records[row].details.clone())
}

/// True for a row that can only describe a failure near to it in time.
fn is_timed_log(record: &MergedRecord) -> bool {
    record.hit.witness.is_log() && record.time().is_some()
}

/// True for a record too early to describe the failure at `time`. Also true without a time: such
/// records sort first.
fn is_too_early(record: &MergedRecord, time: Instant) -> bool {
    record.time().is_none_or(|row| row < time && row.distance(time) > SAME_FAILURE_MICROS)
}

fn is_too_late(record: &MergedRecord, time: Instant) -> bool {
    record.time().is_some_and(|row| row > time && row.distance(time) > SAME_FAILURE_MICROS)
}

fn outranks(a: &MergedRecord, b: &MergedRecord) -> bool {
    a.details.rank > b.details.rank && a.details.signature != b.details.signature
}

/// True when both records describe one failure: they have the same text, or the text of `record` is
/// generic.
fn is_same_failure(
    record: &MergedRecord,
    better: &MergedRecord,
    catalogue: &BTreeMap<&str, &Signature>,
) -> bool {
    let is_log = record.hit.witness.is_log();
    let (log, info) = if is_log { (record, better) } else { (better, record) };
    let has_same_text = is_same_text(&log.hit.headline, &info.hit.headline);
    let signature = record.details.signature.as_ref();
    let is_generic = signature == UNMATCHED || catalogue.get(signature).is_some_and(|s| s.generic);
    let is_near = match (record.time(), better.time()) {
        (Some(a), Some(b)) if is_log && better.hit.witness.is_log() => {
            a.distance(b) <= SAME_FAILURE_MICROS
        }
        // The time of a job's own text is the end of the job; the text is that of its last failure.
        (Some(a), Some(b)) if is_log && !has_same_text => a.distance(b) <= ENDING_MICROS,
        _ => true,
    };
    let is_same_activity = match (&record.details.activity, &better.details.activity) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    };
    is_near && is_same_activity && (has_same_text || is_generic)
}

/// Gives rows without a connection the only one that other rows of their job and signature name:
/// among rows of the same activity first, otherwise among all.
fn agree_on_connection(records: &mut [MergedRecord], rows: &[usize]) {
    let mut named = NamedConnections::default();
    for row in rows {
        named.add(&records[*row]);
    }
    if named.by_signature.is_empty() {
        return;
    }
    for row in rows {
        let record = &mut records[*row];
        if record.details.connection.is_none()
            && let Some((connection, rung)) = named.find(&record.details)
        {
            record.details_mut().connection = Some(connection);
            record.attribution = rung;
            record.candidates.clear();
            named.add(record);
        }
    }
}

/// Connections and the rungs that named them.
type AttributedConnections = BTreeSet<(Guid, Attribution)>;

/// The connections that rows of one job name.
#[derive(Default)]
struct NamedConnections {
    by_signature: BTreeMap<Arc<str>, AttributedConnections>,
    by_activity: BTreeMap<(Arc<str>, String), AttributedConnections>,
}

impl NamedConnections {
    fn add(&mut self, record: &MergedRecord) {
        let details = &record.details;
        let Some(connection) = details.connection else { return };
        let named = (connection, record.attribution);
        self.by_signature.entry(Arc::clone(&details.signature)).or_default().insert(named);
        if let Some(activity) = &details.activity {
            let key = (Arc::clone(&details.signature), activity.clone());
            self.by_activity.entry(key).or_default().insert(named);
        }
    }

    fn find(&self, details: &MatchDetails) -> Option<(Guid, Attribution)> {
        let of_activity = || {
            let key = (Arc::clone(&details.signature), details.activity.clone()?);
            single_connection(self.by_activity.get(&key)?)
        };
        of_activity().or_else(|| single_connection(self.by_signature.get(&details.signature)?))
    }
}

/// The connection with its best rung, if all name the same one.
fn single_connection(named: &AttributedConnections) -> Option<(Guid, Attribution)> {
    let best = named.first()?;
    named.iter().all(|(connection, _)| *connection == best.0).then_some(*best)
}
