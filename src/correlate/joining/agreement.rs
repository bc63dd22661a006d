//! Makes the rows of one job agree on the signature where they describe one failure: all adopt the
//! most specific one. Lends nothing else from row to row; `occurrences` does. Never compares rows of
//! different jobs; rows without a job stay unchanged.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::correlate::joining::same_text::is_same_text;
use crate::correlate::record::MergedRecord;
use crate::model::{Guid, Instant, MatchDetails, Signature, UNMATCHED};

/// Two rows of one job this close describe one failure if one of them has only a generic text.
const SAME_FAILURE_MICROS: u64 = 2_000_000;

/// A failing job ends within this after its last error row, clean-up included.
const ENDING_MICROS: u64 = 5_000_000;

/// Makes the rows of each job agree on the signature.
pub fn agree_on_signature(records: &mut [MergedRecord], catalogue: &BTreeMap<&str, &Signature>) {
    for rows in rows_by_job(records).values() {
        agree_in_job(records, rows, catalogue);
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

fn agree_in_job(
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
            adopt_signature(records[*row].details_mut(), &better);
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
    is_near
        && is_same_activity
        && agree_on_connection(record, better)
        && (has_same_text || is_generic)
}

/// False when both records name a connection or its folder, and not the same.
fn agree_on_connection(a: &MergedRecord, b: &MergedRecord) -> bool {
    let agree = |a: Option<Guid>, b: Option<Guid>| a.is_none() || b.is_none() || a == b;
    agree(a.details.connection, b.details.connection)
        && agree(a.details.connection_folder, b.details.connection_folder)
}

/// Replaces the signature by a better one, with everything that says why it matched.
fn adopt_signature(details: &mut MatchDetails, better: &MatchDetails) {
    details.signature = better.signature.clone();
    details.category = better.category;
    details.rank = better.rank;
    details.matched.clone_from(&better.matched);
    details.cause = better.cause.clone().or(details.cause.take());
    details.provider_status = better.provider_status.or(details.provider_status);
    details.codes.extend(better.codes.iter().cloned());
    details.codes.sort();
    details.codes.dedup();
    for (name, value) in &better.named {
        details.named.entry(name.clone()).or_insert_with(|| value.clone());
    }
    details.in_context |= better.in_context;
    details.needs_context = better.needs_context;
}
