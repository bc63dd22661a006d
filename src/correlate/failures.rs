//! Within one job, rows that tell of one failure agree: the most specific reading wins, and an
//! exact connection in one of them is the connection of all.

use std::collections::{BTreeMap, BTreeSet};

use super::records::{Record, adopt, tells_same};
use crate::model::signature::Signature;
use crate::model::{Attribution, Guid, UNMATCHED};

/// Rows of one job this close tell of one failure when one of them says only boilerplate.
const SAME_FAILURE_MICROS: u64 = 2_000_000;

/// A job that fails ends this soon after its last error row, cleaning up included.
const ENDING_MICROS: u64 = 5_000_000;

/// Lets the rows of each job agree on what they tell.
pub fn unify(records: &mut [Record], catalogue: &BTreeMap<&str, &Signature>) {
    for rows in by_job(records).values() {
        agree_on_reading(records, rows, catalogue);
        agree_on_connection(records, rows);
    }
}

/// Lets the rows of each job agree on a connection that was named since.
pub fn agree(records: &mut [Record]) {
    for rows in by_job(records).values() {
        agree_on_connection(records, rows);
    }
}

fn by_job(records: &[Record]) -> BTreeMap<Guid, Vec<usize>> {
    let mut by_job: BTreeMap<Guid, Vec<usize>> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        if let Some(job) = record.job {
            by_job.entry(job).or_default().push(at);
        }
    }
    by_job
}

fn agree_on_reading(
    records: &mut [Record],
    rows: &[usize],
    catalogue: &BTreeMap<&str, &Signature>,
) {
    for at in rows {
        let better = rows
            .iter()
            .filter(|other| *other != at)
            .filter(|other| outranks(&records[**other], &records[*at]))
            .filter(|other| same_failure(&records[*at], &records[**other], catalogue))
            .max_by_key(|other| {
                let other = &records[**other];
                (other.reading.rank, std::cmp::Reverse(other.key))
            })
            .map(|other| records[*other].reading.clone());
        if let Some(better) = better {
            adopt(&mut records[*at].reading, &better);
            if records[*at].reading.connection.is_some() {
                records[*at].attribution = Attribution::Exact;
            }
        }
    }
}

fn outranks(a: &Record, b: &Record) -> bool {
    a.reading.rank > b.reading.rank && a.reading.signature != b.reading.signature
}

/// True when the better reading speaks of the same failure: the same words, or boilerplate beside
/// the real thing.
fn same_failure(mine: &Record, better: &Record, catalogue: &BTreeMap<&str, &Signature>) -> bool {
    let (log, info) = if mine.hit.witness.is_log() { (mine, better) } else { (better, mine) };
    let same_words = tells_same(&log.hit.core, &info.hit.core);
    let generic = catalogue.get(mine.reading.signature.as_ref()).is_some_and(|s| s.generic)
        || mine.reading.signature.as_ref() == UNMATCHED;
    let logs = mine.hit.witness.is_log();
    let near = match (mine.at(), better.at()) {
        (Some(a), Some(b)) if logs && better.hit.witness.is_log() => {
            a.distance(b) <= SAME_FAILURE_MICROS
        }
        // A job's own text has the job's end as its time; it tells of the job's last failure.
        (Some(a), Some(b)) if logs && !same_words => a.distance(b) <= ENDING_MICROS,
        _ => true,
    };
    let same_activity = match (&mine.reading.activity, &better.reading.activity) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    };
    near && same_activity && (same_words || generic)
}

/// Rows of one signature without a connection take the one that other rows of their job name, when
/// they name one: of the same activity first, else of any.
fn agree_on_connection(records: &mut [Record], rows: &[usize]) {
    for at in rows {
        let mine = &records[*at].reading;
        if mine.connection.is_some() {
            continue;
        }
        let mut same_activity = BTreeSet::new();
        let mut any = BTreeSet::new();
        for other in rows {
            let theirs = &records[*other].reading;
            let Some(connection) = theirs.connection else { continue };
            if theirs.signature != mine.signature {
                continue;
            }
            let named = (connection, records[*other].attribution);
            any.insert(named);
            if mine.activity.is_some() && theirs.activity == mine.activity {
                same_activity.insert(named);
            }
        }
        if let Some((connection, rung)) = only(&same_activity).or_else(|| only(&any)) {
            let record = &mut records[*at];
            record.reading.connection = Some(connection);
            record.attribution = rung;
            record.candidates.clear();
        }
    }
}

/// The one connection that is named, by its best rung.
fn only(named: &BTreeSet<(Guid, Attribution)>) -> Option<(Guid, Attribution)> {
    let (connection, _) = named.first()?;
    let alone = named.iter().all(|(other, _)| other == connection);
    alone.then(|| named.first().copied()).flatten()
}
