//! Within one job, rows that tell of one failure agree: the most specific reading wins, and an
//! exact connection in one of them is the connection of all.

use crate::correlate::joining::records::{adopt, is_same_text};
use crate::correlate::record::MergedRecord;
use crate::model::Signature;
use crate::model::{Attribution, Guid, Instant, MatchDetails, UNMATCHED};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
/// Rows of one job this close tell of one failure when one of them says only boilerplate.
const SAME_FAILURE_MICROS: u64 = 2_000_000;

/// A job that fails ends this soon after its last error row, cleaning up included.
const ENDING_MICROS: u64 = 5_000_000;

/// Lets the rows of each job agree on what they tell.
pub fn agree_on_match(records: &mut [MergedRecord], catalogue: &BTreeMap<&str, &Signature>) {
    for rows in by_job(records).values() {
        agree_on_reading(records, rows, catalogue);
        agree_on_connection(records, rows);
    }
}

/// Lets the rows of each job agree on a connection that was named since.
pub fn share_connections(records: &mut [MergedRecord]) {
    for rows in by_job(records).values() {
        agree_on_connection(records, rows);
    }
}

fn by_job(records: &[MergedRecord]) -> BTreeMap<Guid, Vec<usize>> {
    let mut by_job: BTreeMap<Guid, Vec<usize>> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        if let Some(job) = record.job {
            by_job.entry(job).or_default().push(at);
        }
    }
    by_job
}

fn agree_on_reading(
    records: &mut [MergedRecord],
    rows: &[usize],
    catalogue: &BTreeMap<&str, &Signature>,
) {
    let mut alike = rows.iter().map(|at| &records[*at].reading.signature);
    let first = alike.next();
    if alike.all(|signature| Some(signature) == first) {
        return;
    }
    let apart: Vec<usize> = rows.iter().copied().filter(|at| !timed_log(&records[*at])).collect();
    for at in rows {
        if let Some(better) = better_reading(records, rows, &apart, *at, catalogue) {
            adopt(records[*at].details_mut(), &better);
            if records[*at].reading.connection.is_some() {
                records[*at].attribution = Attribution::Exact;
            }
        }
    }
}

/// The most specific reading of the same failure that another row of the job has. `apart` are the
/// rows that are no log rows with a time; all are in order of time.
fn better_reading(
    records: &[MergedRecord],
    rows: &[usize],
    apart: &[usize],
    at: usize,
    catalogue: &BTreeMap<&str, &Signature>,
) -> Option<Arc<MatchDetails>> {
    let mine = &records[at];
    let order = |other: &usize| (records[*other].reading.rank, Reverse(records[*other].key));
    let mut best: Option<usize> = None;
    let mut look = |others: &[usize], wanted: &dyn Fn(&MergedRecord) -> bool| {
        for other in others.iter().filter(|other| **other != at) {
            let theirs = &records[*other];
            // Texts are compared last, and only for what would win.
            if outranks(theirs, mine)
                && best.is_none_or(|best| order(other) > order(&best))
                && wanted(theirs)
                && same_failure(mine, theirs, catalogue)
            {
                best = Some(*other);
            }
        }
    };
    match mine.at().filter(|_| timed_log(mine)) {
        // Two log rows far from each other tell of two failures, and there may be thousands.
        Some(time) => {
            let from = rows.partition_point(|other| is_before(&records[*other], time));
            let near = rows[from..].partition_point(|other| !is_behind(&records[*other], time));
            look(&rows[from..from + near], &timed_log);
            look(apart, &|_| true);
        }
        None => look(rows, &|_| true),
    }
    best.map(|other| records[other].reading.clone())
}

/// True for a row that tells of what is near in time alone.
fn timed_log(record: &MergedRecord) -> bool {
    record.hit.witness.is_log() && record.at().is_some()
}

/// True for a record too early to tell of the same failure; also for one without a time, which
/// stands before all others.
fn is_before(record: &MergedRecord, time: Instant) -> bool {
    record.at().is_none_or(|at| at < time && at.distance(time) > SAME_FAILURE_MICROS)
}

fn is_behind(record: &MergedRecord, time: Instant) -> bool {
    record.at().is_some_and(|at| at > time && at.distance(time) > SAME_FAILURE_MICROS)
}

fn outranks(a: &MergedRecord, b: &MergedRecord) -> bool {
    a.reading.rank > b.reading.rank && a.reading.signature != b.reading.signature
}

/// True when the better reading speaks of the same failure: the same words, or boilerplate beside
/// the real thing.
fn same_failure(
    mine: &MergedRecord,
    better: &MergedRecord,
    catalogue: &BTreeMap<&str, &Signature>,
) -> bool {
    let (log, info) = if mine.hit.witness.is_log() { (mine, better) } else { (better, mine) };
    let same_words = is_same_text(&log.hit.core, &info.hit.core);
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
fn agree_on_connection(records: &mut [MergedRecord], rows: &[usize]) {
    let mut named = NamedConnections::default();
    for at in rows {
        named.add(&records[*at]);
    }
    if named.any.is_empty() {
        return;
    }
    for at in rows {
        let record = &mut records[*at];
        if record.reading.connection.is_none()
            && let Some((connection, rung)) = named.of(&record.reading)
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
    /// By signature.
    any: BTreeMap<Arc<str>, AttributedConnections>,
    /// By signature and activity.
    by_activity: BTreeMap<(Arc<str>, String), AttributedConnections>,
}

impl NamedConnections {
    fn add(&mut self, record: &MergedRecord) {
        let reading = &record.reading;
        let Some(connection) = reading.connection else { return };
        let named = (connection, record.attribution);
        self.any.entry(Arc::clone(&reading.signature)).or_default().insert(named);
        if let Some(activity) = &reading.activity {
            let step = (Arc::clone(&reading.signature), activity.clone());
            self.by_activity.entry(step).or_default().insert(named);
        }
    }

    fn of(&self, reading: &MatchDetails) -> Option<(Guid, Attribution)> {
        let of_activity = || {
            let step = (Arc::clone(&reading.signature), reading.activity.clone()?);
            only(self.by_activity.get(&step)?)
        };
        of_activity().or_else(|| only(self.any.get(&reading.signature)?))
    }
}

/// The one connection that is named, by its best rung.
fn only(named: &AttributedConnections) -> Option<(Guid, Attribution)> {
    let (connection, _) = named.first()?;
    let alone = named.iter().all(|(other, _)| other == connection);
    alone.then(|| named.first().copied()).flatten()
}
