//! The ladder that names a record's connection: the first rung that gives exactly one. A
//! candidate that contradicts the record's own evidence is none.

use crate::correlate::naming::names::NameIndex;
use crate::correlate::record::MergedRecord;
use crate::model::Candidate;
use crate::model::{Attribution, ConnectionFact, Digest, FolderRef, Guid, TraceFact};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
/// Process, workflow and activity.
type ActivityKey = (Option<Arc<str>>, Option<String>, String);

/// Names the connections of all records that lack one.
pub fn attribute(records: &mut [MergedRecord], digest: &Digest, names: &NameIndex<'_>) {
    let learned = exact_connections(records);
    for record in records.iter_mut() {
        if record.reading.connection.is_none() {
            attribute_record(record, digest, names, &learned);
        }
    }
}

/// Which exact connections each step was seen with.
fn exact_connections(records: &[MergedRecord]) -> BTreeMap<ActivityKey, BTreeSet<Guid>> {
    let mut learned: BTreeMap<ActivityKey, BTreeSet<Guid>> = BTreeMap::new();
    for record in records.iter().filter(|r| r.attribution == Attribution::Exact) {
        if let (Some(step), Some(connection)) = (step(record), record.reading.connection) {
            learned.entry(step).or_default().insert(connection);
        }
    }
    learned
}

fn step(record: &MergedRecord) -> Option<ActivityKey> {
    let activity = record.reading.activity.clone()?;
    record.hit.process.as_ref()?;
    // A stack names the file, a row's own field only its stem.
    let workflow = record.reading.workflow.as_deref();
    let stem = workflow.map(|file| file.strip_suffix(".xaml").unwrap_or(file).to_string());
    Some((record.hit.process.clone(), stem, activity))
}

fn attribute_record(
    record: &mut MergedRecord,
    digest: &Digest,
    names: &NameIndex<'_>,
    learned: &BTreeMap<ActivityKey, BTreeSet<Guid>>,
) {
    let fits = ConnectionConstraints::new(record, names);
    let job = record.job.and_then(|key| digest.jobs.get(&key));
    let bound: BTreeSet<Guid> = job
        .into_iter()
        .flat_map(|job| &job.bindings)
        .filter(|binding| fits.permits(binding.connection, binding.folder))
        .map(|binding| binding.connection)
        .collect();
    let step_of_job = record.job.zip(record.reading.activity.as_deref());
    let traced: BTreeSet<Guid> = step_of_job
        .into_iter()
        .flat_map(|(job, activity)| traces(digest, job, activity))
        .filter(|connection| fits.permits(*connection, None))
        .collect();
    let known: BTreeSet<Guid> = step(record)
        .and_then(|step| learned.get(&step))
        .into_iter()
        .flatten()
        .copied()
        .filter(|connection| fits.permits(*connection, None))
        .collect();
    let listed = inventory(record, digest, names, &fits);
    let rungs = [
        (Attribution::JobBinding, bound),
        (Attribution::Trace, traced),
        (Attribution::Learned, known),
        (Attribution::Inventory, listed),
    ];
    if let Some((rung, only)) = rungs.iter().find(|(_, found)| found.len() == 1) {
        record.details_mut().connection = only.first().copied();
        record.attribution = *rung;
    } else if let Some((_, several)) = rungs.iter().find(|(_, found)| found.len() > 1) {
        record.attribution = Attribution::Ambiguous;
        let label = |id: Guid| {
            let bindings = job.into_iter().flat_map(|job| &job.bindings);
            bindings.filter(|binding| binding.connection == id).find_map(|b| b.label.clone())
        };
        let name = |id: Guid| names.connection(id).and_then(|fact| fact.name);
        record.candidates = several
            .iter()
            .map(|id| Candidate { id: *id, name: name(*id).or_else(|| label(*id)) })
            .collect();
    }
}

/// The connections that traces show an activity of a job using; traces stand in order of both.
fn traces<'d>(
    digest: &'d Digest,
    job: Guid,
    activity: &'d str,
) -> impl Iterator<Item = Guid> + use<'d> {
    let first = TraceFact { job, activity: activity.to_string(), connection: Guid(0) };
    let same = move |trace: &&TraceFact| trace.job == job && trace.activity == activity;
    digest.traces.range(first..).take_while(same).map(|trace| trace.connection)
}

/// Connections of the activity's connector: in the job's folder, failing that in the tenant.
fn inventory(
    record: &MergedRecord,
    digest: &Digest,
    names: &NameIndex<'_>,
    fits: &ConnectionConstraints<'_>,
) -> BTreeSet<Guid> {
    if fits.connectors.is_empty() {
        return BTreeSet::new();
    }
    let of_connector: Vec<&ConnectionFact> = names
        .connections_for(&record.directories)
        .filter(|fact| fact.connector.as_ref().is_some_and(|c| fits.connectors.contains(c)))
        .filter(|fact| fits.permits(fact.connection, fact.folder))
        .collect();
    let mut folder: FolderRef = record.hit.folder.clone();
    if let Some(job) = record.job.and_then(|key| digest.jobs.get(&key))
        && folder.is_empty()
    {
        folder = job.folder.clone();
    }
    let home = names.complete(&folder, &record.directories).key;
    let beside: BTreeSet<Guid> = of_connector
        .iter()
        .filter(|fact| home.is_some() && fact.folder == home)
        .map(|fact| fact.connection)
        .collect();
    if beside.is_empty() { of_connector.iter().map(|f| f.connection).collect() } else { beside }
}

/// What the record itself says of its connection.
struct ConnectionConstraints<'n> {
    names: &'n NameIndex<'n>,
    folder: Option<Guid>,
    connectors: BTreeSet<String>,
}

impl<'n> ConnectionConstraints<'n> {
    fn new(record: &MergedRecord, names: &'n NameIndex<'n>) -> ConnectionConstraints<'n> {
        let hints = hints(record);
        let hinted = |names_it: fn(&str, &ConnectionFact) -> bool| -> BTreeSet<String> {
            names
                .connections_for(&record.directories)
                .filter(|fact| hints.iter().any(|hint| names_it(hint, fact)))
                .filter_map(|fact| fact.connector.clone())
                .collect()
        };
        // A key begins with the vendor, who may have several products: the name goes first.
        let mut connectors = hinted(is_name);
        if connectors.is_empty() {
            connectors = hinted(begins_key);
        }
        if let Some(own) = &record.reading.connector {
            connectors = BTreeSet::from([own.clone()]);
        }
        ConnectionConstraints { names, folder: record.reading.connection_folder, connectors }
    }

    /// False when the folder named in the message or the connector of the activity is another.
    fn permits(&self, connection: Guid, folder: Option<Guid>) -> bool {
        let fact = self.names.connection(connection);
        let lives = folder.or_else(|| fact.as_ref().and_then(|f| f.folder));
        let connector = fact.and_then(|f| f.connector);
        let folder_fits = match (self.folder, lives) {
            (Some(named), Some(lives)) => named == lives,
            _ => true,
        };
        let connector_fits = match connector {
            Some(connector) if !self.connectors.is_empty() => self.connectors.contains(&connector),
            _ => true,
        };
        folder_fits && connector_fits
    }
}

/// Words that may name the connector: what stands before the colon in `Workday: New Invoice`, in
/// the activity's name or in front of the message.
fn hints(record: &MergedRecord) -> Vec<String> {
    let activity = record.reading.activity.as_deref().unwrap_or_default();
    [activity, &record.hit.core]
        .iter()
        .filter_map(|text| text.split_once(": ").map(|(front, _)| plain(front)))
        .filter(|word| word.len() > 1)
        .collect()
}

fn is_name(hint: &str, fact: &ConnectionFact) -> bool {
    fact.connector_name.as_ref().is_some_and(|name| plain(name) == hint)
}

/// `uipath-workday`, `uipath-salesforce-sfdc`: vendor first, then the product's own words.
fn begins_key(hint: &str, fact: &ConnectionFact) -> bool {
    fact.connector.as_ref().is_some_and(|key| {
        let product = key.strip_prefix("uipath-").unwrap_or(key);
        plain(product) == hint || product.split('-').next().is_some_and(|word| word == hint)
    })
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
