//! Names the connection of a record that lacks one: the first rung that leaves exactly one. The
//! rungs after `exact` are `job-binding`, `trace`, `learned` and `inventory`, in this order. A
//! candidate that contradicts the record's own evidence is excluded on every rung.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::correlate::naming::names::NameIndex;
use crate::correlate::record::MergedRecord;
use crate::model::knowledge::KNOWLEDGE;
use crate::model::{
    Attribution, Candidate, ConnectionFact, Digest, FolderRef, Guid, JobFact, TraceFact,
};

/// Process, workflow and activity.
type ActivityKey = (Option<Arc<str>>, Option<String>, String);

/// Names the connections of all records that lack one.
pub fn attribute(records: &mut [MergedRecord], digest: &Digest, names: &NameIndex<'_>) {
    let learned = exact_connections(records);
    for record in records.iter_mut() {
        if record.details.connection.is_none() {
            attribute_record(record, digest, names, &learned);
        }
    }
}

/// The connections that records of each activity name themselves.
fn exact_connections(records: &[MergedRecord]) -> BTreeMap<ActivityKey, BTreeSet<Guid>> {
    let mut learned: BTreeMap<ActivityKey, BTreeSet<Guid>> = BTreeMap::new();
    for record in records.iter().filter(|r| r.attribution == Attribution::Exact) {
        if let (Some(key), Some(connection)) = (activity_key(record), record.details.connection) {
            learned.entry(key).or_default().insert(connection);
        }
    }
    learned
}

fn activity_key(record: &MergedRecord) -> Option<ActivityKey> {
    let activity = record.details.activity.clone()?;
    record.hit.process.as_ref()?;
    // A stack names the file, the row's own field only its stem.
    let workflow = record.details.workflow.as_deref();
    let stem = workflow.map(|file| file.strip_suffix(".xaml").unwrap_or(file).to_string());
    Some((record.hit.process.clone(), stem, activity))
}

fn attribute_record(
    record: &mut MergedRecord,
    digest: &Digest,
    names: &NameIndex<'_>,
    learned: &BTreeMap<ActivityKey, BTreeSet<Guid>>,
) {
    let constraints = ConnectionConstraints::new(record, names);
    let job = record.job.and_then(|key| digest.jobs.get(&key));
    let bound: BTreeSet<Guid> = job
        .into_iter()
        .flat_map(|job| &job.bindings)
        .filter(|binding| constraints.permits(binding.connection, binding.folder))
        .map(|binding| binding.connection)
        .collect();
    let traced: BTreeSet<Guid> = record
        .job
        .zip(record.details.activity.as_deref())
        .into_iter()
        .flat_map(|(job, activity)| traced_connections(digest, job, activity))
        .filter(|connection| constraints.permits(*connection, None))
        .collect();
    let seen_elsewhere: BTreeSet<Guid> = activity_key(record)
        .and_then(|key| learned.get(&key))
        .into_iter()
        .flatten()
        .copied()
        .filter(|connection| constraints.permits(*connection, None))
        .collect();
    let listed = inventory_connections(record, digest, names, &constraints);
    let rungs = [
        (Attribution::JobBinding, bound),
        (Attribution::Trace, traced),
        (Attribution::Learned, seen_elsewhere),
        (Attribution::Inventory, listed),
    ];
    if let Some((rung, connections)) = rungs.iter().find(|(_, found)| found.len() == 1) {
        record.details_mut().connection = connections.first().copied();
        record.attribution = *rung;
    } else if let Some((_, connections)) = rungs.iter().find(|(_, found)| found.len() > 1) {
        record.attribution = Attribution::Ambiguous;
        record.candidates = connections.iter().map(|id| candidate(*id, job, names)).collect();
    }
}

/// A candidate by its name, otherwise by the label of the job's binding.
fn candidate(id: Guid, job: Option<&JobFact>, names: &NameIndex<'_>) -> Candidate {
    let label = || {
        let bindings = job.into_iter().flat_map(|job| &job.bindings);
        bindings.filter(|binding| binding.connection == id).find_map(|b| b.label.clone())
    };
    let name = names.connection(id).and_then(|fact| fact.name);
    Candidate { id, name: name.or_else(label) }
}

/// The connections that an activity of a job used according to traces, which the digest orders by
/// job and activity.
fn traced_connections<'d>(
    digest: &'d Digest,
    job: Guid,
    activity: &'d str,
) -> impl Iterator<Item = Guid> + use<'d> {
    let first = TraceFact { job, activity: activity.to_string(), connection: Guid(0) };
    let is_same = move |trace: &&TraceFact| trace.job == job && trace.activity == activity;
    digest.traces.range(first..).take_while(is_same).map(|trace| trace.connection)
}

/// Connections of the activity's connector in the folder of the job, otherwise in the tenant.
fn inventory_connections(
    record: &MergedRecord,
    digest: &Digest,
    names: &NameIndex<'_>,
    constraints: &ConnectionConstraints<'_>,
) -> BTreeSet<Guid> {
    if constraints.connectors.is_empty() {
        return BTreeSet::new();
    }
    let of_connector: Vec<&ConnectionFact> = names
        .connections_for(&record.directories)
        .filter(|fact| fact.connector.as_ref().is_some_and(|c| constraints.connectors.contains(c)))
        .filter(|fact| constraints.permits(fact.connection, fact.folder))
        .collect();
    let mut folder: FolderRef = record.hit.folder.clone();
    if let Some(job) = record.job.and_then(|key| digest.jobs.get(&key))
        && folder.is_empty()
    {
        folder = job.folder.clone();
    }
    let job_folder = names.complete(&folder, &record.directories).key;
    let in_job_folder: BTreeSet<Guid> = of_connector
        .iter()
        .filter(|fact| job_folder.is_some() && fact.folder == job_folder)
        .map(|fact| fact.connection)
        .collect();
    if in_job_folder.is_empty() {
        of_connector.iter().map(|fact| fact.connection).collect()
    } else {
        in_job_folder
    }
}

/// What the record itself says about its connection.
struct ConnectionConstraints<'n> {
    names: &'n NameIndex<'n>,
    folder: Option<Guid>,
    /// Keys of the possible connectors; empty if the record names none.
    connectors: BTreeSet<String>,
}

impl<'n> ConnectionConstraints<'n> {
    fn new(record: &MergedRecord, names: &'n NameIndex<'n>) -> ConnectionConstraints<'n> {
        let hints = connector_hints(record);
        let connectors_by = |is_named: fn(&str, &ConnectionFact) -> bool| -> BTreeSet<String> {
            names
                .connections_for(&record.directories)
                .filter(|fact| hints.iter().any(|hint| is_named(hint, fact)))
                .filter_map(|fact| fact.connector.clone())
                .collect()
        };
        // A key begins with the vendor, who may have several products: the name is more precise.
        let mut connectors = connectors_by(is_connector_name);
        if connectors.is_empty() {
            connectors = connectors_by(is_connector_key);
        }
        if let Some(own) = &record.details.connector {
            connectors = BTreeSet::from([own.clone()]);
        }
        ConnectionConstraints { names, folder: record.details.connection_folder, connectors }
    }

    /// False when the connection is known to be in another folder than the message names, or of
    /// another connector than the activity. `folder` overrides the folder of the inventory.
    fn permits(&self, connection: Guid, folder: Option<Guid>) -> bool {
        let fact = self.names.connection(connection);
        let folder = folder.or_else(|| fact.as_ref().and_then(|fact| fact.folder));
        let folder_fits = match (self.folder, folder) {
            (Some(named), Some(known)) => named == known,
            _ => true,
        };
        let connector_fits = match fact.and_then(|fact| fact.connector) {
            Some(connector) if !self.connectors.is_empty() => self.connectors.contains(&connector),
            _ => true,
        };
        folder_fits && connector_fits
    }
}

/// Texts that may name the connector: the part before the colon in `Workday: New Invoice`, of the
/// activity and of the message.
fn connector_hints(record: &MergedRecord) -> Vec<String> {
    let activity = record.details.activity.as_deref().unwrap_or_default();
    [activity, &record.hit.headline]
        .iter()
        .filter_map(|text| text.split_once(": ").map(|(prefix, _)| letters_and_digits(prefix)))
        .filter(|hint| hint.len() > 1)
        .collect()
}

fn is_connector_name(hint: &str, fact: &ConnectionFact) -> bool {
    fact.connector_name.as_ref().is_some_and(|name| letters_and_digits(name) == hint)
}

/// True when the hint is the product or the vendor of the key: in `uipath-salesforce-sfdc` the
/// product is `salesforce-sfdc`, the vendor `salesforce`.
fn is_connector_key(hint: &str, fact: &ConnectionFact) -> bool {
    fact.connector.as_ref().is_some_and(|key| {
        let prefix = &KNOWLEDGE.product.vendors.connector_prefix;
        let product = key.strip_prefix(prefix).unwrap_or(key);
        let vendor = product.split('-').next();
        letters_and_digits(product) == hint || vendor == Some(hint)
    })
}

/// The letters and digits of a text in lower case, by which names are compared.
fn letters_and_digits(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
