//! Groups witnesses into occurrences: hits of one job, signature and connection, where a gap of more
//! than two seconds begins a new occurrence. Replies without a job remain for `identity`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::correlate::occurrence::OccurrenceGroup;
use crate::correlate::record::MergedRecord;
use crate::model::{Digest, Guid, Witness};

/// A longer gap between log rows begins a new occurrence.
const GAP_MICROS: u64 = 2_000_000;

pub struct Occurrences {
    /// In order of time.
    pub failures: Vec<OccurrenceGroup>,
    /// Replies without a job. Each is a witness of a known incident or a failure of its own.
    pub replies: Vec<MergedRecord>,
}

/// The job whose failure a record describes, or what identifies the row instead.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum FailureOwner {
    Job(Guid),
    Row {
        process: Option<Arc<str>>,
        machine: Option<Arc<str>>,
        robot: Option<Arc<str>>,
        /// Only for a row that names neither process nor host.
        directories: Option<Arc<[String]>>,
    },
}

impl FailureOwner {
    fn new(record: &MergedRecord) -> FailureOwner {
        if let Some(job) = record.job {
            return FailureOwner::Job(job);
        }
        let hit = &record.hit;
        let is_anonymous = hit.process.is_none() && hit.machine.is_none();
        FailureOwner::Row {
            process: hit.process.clone(),
            machine: hit.machine.clone(),
            robot: hit.robot.clone(),
            directories: is_anonymous.then(|| Arc::clone(&record.directories)),
        }
    }
}

/// Records of one key may belong to one occurrence. The order of the fields is the order of the
/// groups.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct OccurrenceKey {
    owner: FailureOwner,
    signature: Arc<str>,
    connection: Option<Guid>,
    /// Only where the connection is unknown.
    connection_folder: Option<Guid>,
}

impl OccurrenceKey {
    fn new(record: &MergedRecord) -> OccurrenceKey {
        let details = &record.details;
        OccurrenceKey {
            owner: FailureOwner::new(record),
            signature: Arc::clone(&details.signature),
            connection: details.connection,
            connection_folder: details.connection_folder.filter(|_| details.connection.is_none()),
        }
    }
}

pub fn occurrences(records: Vec<MergedRecord>, digest: &Digest) -> Occurrences {
    let mut groups: BTreeMap<OccurrenceKey, Vec<MergedRecord>> = BTreeMap::new();
    let mut replies = Vec::new();
    for record in records {
        if record.hit.witness == Witness::Reply && record.job.is_none() {
            replies.push(record);
        } else {
            groups.entry(OccurrenceKey::new(&record)).or_default().push(record);
        }
    }
    let mut failures = Vec::new();
    for (key, rows) in groups {
        let recovered = match key.owner {
            FailureOwner::Job(job) => digest.jobs.get(&job).is_some_and(|j| j.succeeded()),
            FailureOwner::Row { .. } => false,
        };
        failures.extend(split_at_gaps(rows).into_iter().map(|records| OccurrenceGroup {
            records,
            recovered,
            is_platform_failure: false,
        }));
    }
    failures.sort_by_key(|failure| (failure.time(), failure.primary().key));
    Occurrences { failures, replies }
}

/// Splits the log rows of a group at gaps. Job texts and spans are added to the last part; they form
/// a part of their own only if there are no log rows.
fn split_at_gaps(rows: Vec<MergedRecord>) -> Vec<Vec<MergedRecord>> {
    let (mut logs, mut others): (Vec<MergedRecord>, Vec<MergedRecord>) =
        rows.into_iter().partition(|record| record.hit.witness.is_log());
    logs.sort_by_key(|record| (record.time(), record.key));
    let mut parts: Vec<Vec<MergedRecord>> = Vec::new();
    for record in logs {
        let previous = parts.last().and_then(|part| part.last()).map(MergedRecord::time);
        let continues = match (previous, record.time()) {
            (Some(Some(previous)), Some(time)) => previous.distance(time) <= GAP_MICROS,
            (Some(None), None) => true,
            _ => false,
        };
        match parts.last_mut() {
            Some(part) if continues => part.push(record),
            _ => parts.push(vec![record]),
        }
    }
    if let Some(last) = parts.last_mut() {
        last.extend(others);
    } else if !others.is_empty() {
        // The job's own text is the primary record; spans repeat it.
        others.sort_by_key(|record| (record.hit.witness, record.time(), record.key));
        parts.push(others);
    }
    parts
}
