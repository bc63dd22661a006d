//! Groups witnesses into occurrences: hits of one job and signature that do not contradict each other
//! in connection, connection folder and activity, where a gap of more than two seconds begins a new
//! occurrence. What one witness says is lent to the others of its occurrence, and to no other row.
//! Replies without a job remain for `identity`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::correlate::grouping::inventory::Inventories;
use crate::correlate::grouping::witnesses::{OccurrenceBuilder, Stated};
use crate::correlate::naming::names::NameIndex;
use crate::correlate::occurrence::OccurrenceGroup;
use crate::correlate::record::MergedRecord;
use crate::model::{Digest, Guid, Witness};

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

pub fn occurrences(
    records: Vec<MergedRecord>,
    digest: &Digest,
    names: &NameIndex<'_>,
    inventories: &Inventories<'_>,
) -> Occurrences {
    let mut groups: BTreeMap<(FailureOwner, Arc<str>), Vec<MergedRecord>> = BTreeMap::new();
    let mut replies = Vec::new();
    for record in records {
        if record.hit.witness == Witness::Reply && record.job.is_none() {
            replies.push(record);
        } else {
            let key = (FailureOwner::new(&record), Arc::clone(&record.details.signature));
            groups.entry(key).or_default().push(record);
        }
    }
    let mut failures = Vec::new();
    for ((owner, _), rows) in groups {
        let recovered = match owner {
            FailureOwner::Job(job) => digest.jobs.get(&job).is_some_and(|j| j.succeeded()),
            FailureOwner::Row { .. } => false,
        };
        let stated = |record: &MergedRecord| stated(record, names, inventories);
        failures.extend(split(rows, &stated, recovered));
    }
    failures.sort_by_key(|failure| (failure.time(), failure.primary().key));
    Occurrences { failures, replies }
}

fn stated(record: &MergedRecord, names: &NameIndex<'_>, inventories: &Inventories<'_>) -> Stated {
    let details = &record.details;
    let known = details.connection.and_then(|id| names.connection(id));
    let of_activity = || {
        let inventory = inventories.for_record(record);
        match &*inventory.connectors_of(details.activity.as_deref()?) {
            [connector] => Some(connector.clone()),
            _ => None,
        }
    };
    let connector = known.and_then(|fact| fact.connector.clone());
    Stated {
        connection: details.connection,
        connection_folder: details.connection_folder.or_else(|| known.and_then(|fact| fact.folder)),
        activity: details.activity.clone(),
        connector: connector.or_else(|| details.connector.clone()).or_else(of_activity),
    }
}

/// The occurrences of the rows of one job and signature. Rows with a time come first, in order of it;
/// the job's own text belongs to the last occurrence that it does not contradict.
fn split(
    rows: Vec<MergedRecord>,
    stated: &dyn Fn(&MergedRecord) -> Stated,
    recovered: bool,
) -> Vec<OccurrenceGroup> {
    let (mut timed, mut texts): (Vec<MergedRecord>, Vec<MergedRecord>) =
        rows.into_iter().partition(|record| record.hit.witness != Witness::Info);
    // Of rows of one instant, a row that repeats another one has the longer text.
    timed.sort_by_cached_key(|r| (r.time(), !r.hit.witness.is_log(), r.hit.headline.len(), r.key));
    texts.sort_by_cached_key(|record| (record.time(), record.key));
    let mut builder = OccurrenceBuilder::new(timed.len() + texts.len());
    for record in timed {
        let stated = stated(&record);
        builder.add_row(record, stated);
    }
    for record in texts {
        let stated = stated(&record);
        builder.add_job_text(record, stated);
    }
    builder.finish(recovered)
}
