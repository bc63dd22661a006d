//! Witnesses become occurrences: hits of one job, signature and connection, with a gap of more
//! than two seconds beginning a new one.

use crate::correlate::occurrence::OccurrenceGroup;
use crate::correlate::record::MergedRecord;
use crate::model::{Digest, Guid, Instant, Witness};
use std::collections::BTreeMap;
use std::sync::Arc;
/// A longer silence begins a new occurrence.
const GAP_MICROS: u64 = 2_000_000;

/// Failures and the replies that only bear witness to them.
pub struct Occurrences {
    /// In order of time.
    pub failures: Vec<OccurrenceGroup>,
    /// Replies without a failure of their own yet.
    pub replies: Vec<MergedRecord>,
}

/// Whose failure a record tells: its job, or what stands for one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum FailureOwner {
    Job(Guid),
    Place(Option<Arc<str>>, Option<Arc<str>>, Option<Arc<str>>, Option<Arc<[String]>>),
}

type OccurrenceKey = (FailureOwner, Arc<str>, Option<Guid>, Option<Guid>);

/// Groups records into failures.
pub fn occurrences(records: Vec<MergedRecord>, digest: &Digest) -> Occurrences {
    let mut groups: BTreeMap<OccurrenceKey, Vec<MergedRecord>> = BTreeMap::new();
    let mut replies = Vec::new();
    for record in records {
        if record.hit.witness == Witness::Reply && record.job.is_none() {
            replies.push(record);
            continue;
        }
        let teller = match record.job {
            Some(job) => FailureOwner::Job(job),
            None => {
                let hit = &record.hit;
                let nowhere = hit.process.is_none() && hit.machine.is_none();
                let directories = nowhere.then(|| Arc::clone(&record.directories));
                FailureOwner::Place(
                    hit.process.clone(),
                    hit.machine.clone(),
                    hit.robot.clone(),
                    directories,
                )
            }
        };
        let connection = record.reading.connection;
        let folder = record.reading.connection_folder.filter(|_| connection.is_none());
        let group = (teller, record.reading.signature.clone(), connection, folder);
        groups.entry(group).or_default().push(record);
    }
    let mut failures = Vec::new();
    for ((teller, ..), rows) in groups {
        let recovered = match teller {
            FailureOwner::Job(job) => digest.jobs.get(&job).is_some_and(|j| j.succeeded()),
            FailureOwner::Place(..) => false,
        };
        let parts = split(rows).into_iter();
        failures.extend(parts.map(|records| OccurrenceGroup {
            records,
            recovered,
            gathered: false,
        }));
    }
    failures.sort_by_key(|failure| (failure.at(), failure.lead().key));
    Occurrences { failures, replies }
}

/// Splits the log rows of a group at its silences; job texts and spans belong to the last part
/// and make one only if there is none.
fn split(rows: Vec<MergedRecord>) -> Vec<Vec<MergedRecord>> {
    let (mut logs, others): (Vec<MergedRecord>, Vec<MergedRecord>) =
        rows.into_iter().partition(|record| record.hit.witness.is_log());
    logs.sort_by_key(|record| (record.at(), record.key));
    let mut parts: Vec<Vec<MergedRecord>> = Vec::new();
    let mut before: Option<Instant> = None;
    for record in logs {
        let at = record.at();
        let joins = match (before, at) {
            (Some(before), Some(at)) => before.distance(at) <= GAP_MICROS,
            (None, None) => !parts.is_empty(),
            _ => false,
        };
        before = at;
        match parts.last_mut() {
            Some(part) if joins => part.push(record),
            _ => parts.push(vec![record]),
        }
    }
    if let Some(last) = parts.last_mut() {
        last.extend(others);
    } else if !others.is_empty() {
        let mut others = others;
        // The job's own text leads; spans repeat it.
        others.sort_by_key(|record| (record.hit.witness, record.at(), record.key));
        parts.push(others);
    }
    parts
}
