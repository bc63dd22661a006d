//! Makes the rows of one job agree on the signature where they describe one failure: all adopt the
//! most specific one. Lends nothing else from row to row; `occurrences` does. Never compares rows of
//! different jobs; rows without a job stay unchanged.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::correlate::joining::same_text::is_same_text;
use crate::correlate::record::MergedRecord;
use crate::model::{Guid, Instant, MatchDetails, Signature, UNMATCHED};

/// Two rows of one job this close describe one failure if one of them has only a generic text.
const SAME_FAILURE_MICROS: i64 = 2_000_000;

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
    let mut timed = RankedRows::new(records, rows);
    for row in rows {
        if let Some(better) = better_details(records, rows, &untimed, &timed, *row, catalogue) {
            adopt_signature(records[*row].details_mut(), &better);
            timed.add(records, *row);
        }
    }
}

/// The most specific details that another row of the job has for the failure of row `own`.
/// `untimed` are the rows that are no log rows with a time.
fn better_details(
    records: &[MergedRecord],
    rows: &[usize],
    untimed: &[usize],
    timed: &RankedRows,
    own: usize,
    catalogue: &BTreeMap<&str, &Signature>,
) -> Option<Arc<MatchDetails>> {
    let record = &records[own];
    let rank = |row: usize| (records[row].details.rank, Reverse(records[row].key));
    let mut best: Option<usize> = None;
    let mut consider = |row: usize| {
        let other = &records[row];
        // Comparing texts is expensive: it comes last, and only for a row that would win.
        if row != own
            && outranks(other, record)
            && best.is_none_or(|best| rank(row) > rank(best))
            && is_same_failure(record, other, catalogue)
        {
            best = Some(row);
        }
    };
    match record.time().filter(|_| is_timed_log(record)) {
        Some(time) => {
            timed.near(record.details.rank, time, own).for_each(&mut consider);
            untimed.iter().copied().for_each(&mut consider);
        }
        None => rows.iter().copied().for_each(&mut consider),
    }
    best.map(|row| records[row].details.clone())
}

/// The log rows of a job in order of time, by the ranks that they exceed. A job may have thousands of
/// log rows at one time, of which few say more than the others.
struct RankedRows(BTreeMap<u8, BTreeSet<(Instant, usize)>>);

impl RankedRows {
    /// Rows considered before and after a row.
    const NEAREST: usize = 32;

    fn new(records: &[MergedRecord], rows: &[usize]) -> RankedRows {
        let ranks = rows.iter().map(|row| (records[*row].details.rank, BTreeSet::new()));
        let mut ranked = RankedRows(ranks.collect());
        rows.iter().for_each(|row| ranked.add(records, *row));
        ranked
    }

    fn add(&mut self, records: &[MergedRecord], row: usize) {
        let record = &records[row];
        if let Some(time) = record.time().filter(|_| is_timed_log(record)) {
            for rows in self.0.range_mut(..record.details.rank).map(|(_, rows)| rows) {
                rows.insert((time, row));
            }
        }
    }

    /// The rows nearest to row `own` that exceed a rank and describe failures of the same time.
    fn near(&self, rank: u8, time: Instant, own: usize) -> impl Iterator<Item = usize> {
        let (first, last) = (
            time.0.saturating_sub(SAME_FAILURE_MICROS),
            time.0.saturating_add(SAME_FAILURE_MICROS),
        );
        let rows = self.0.get(&rank);
        let before = rows.into_iter().flat_map(move |rows| {
            rows.range((Instant(first), 0)..(time, own)).rev().take(Self::NEAREST)
        });
        let after = rows.into_iter().flat_map(move |rows| {
            rows.range((time, own)..=(Instant(last), usize::MAX)).take(Self::NEAREST)
        });
        before.chain(after).map(|(_, row)| *row)
    }
}

/// True for a row that can only describe a failure near to it in time.
fn is_timed_log(record: &MergedRecord) -> bool {
    record.hit.witness.is_log() && record.time().is_some()
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
            a.distance(b) <= SAME_FAILURE_MICROS.unsigned_abs()
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
