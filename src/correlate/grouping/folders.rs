//! Where a connection lives and where a job ran: two folders, never mixed, each with the source
//! of what is known.

use crate::correlate::folder_hint::FolderHint;
use crate::correlate::naming::names::NameIndex;
use crate::correlate::occurrence::OccurrenceGroup;
use crate::correlate::record::MergedRecord;
use crate::model::{Attribution, Digest, FolderRef, Guid, SourceKey};
use crate::model::{ConnectionFolder, ConnectionRef, JobFolder};
/// What folders and connections can be named from.
pub struct Folders<'a> {
    /// The merged digest.
    pub digest: &'a Digest,
    /// The inventories.
    pub names: &'a NameIndex<'a>,
    /// Folder of records that carry none.
    pub hint: &'a dyn Fn(&SourceKey) -> Option<FolderHint>,
}

impl Folders<'_> {
    /// The folder the failure's job ran in; `jobs` is left at zero.
    pub fn job_folder(&self, failure: &OccurrenceGroup) -> JobFolder {
        let mut folder = FolderRef::default();
        for record in &failure.records {
            let own = &record.hit.folder;
            folder.id = folder.id.or(own.id);
            folder.key = folder.key.or(own.key);
            folder.path = folder.path.or_else(|| own.path.clone());
        }
        let mut source = if folder.is_empty() { "unknown" } else { "record" };
        let lead = failure.lead();
        if let Some(job) = lead.job.and_then(|key| self.digest.jobs.get(&key)) {
            let agrees =
                folder.id.is_none() || job.folder.id.is_none() || folder.id == job.folder.id;
            if agrees && !job.folder.is_empty() {
                if folder.is_empty() {
                    source = "job";
                }
                folder.id = folder.id.or(job.folder.id);
                folder.key = folder.key.or(job.folder.key);
                // The job's path is qualified; a log row shows at most a display name.
                folder.path = job.folder.path.clone().or(folder.path);
            }
        }
        if folder.is_empty()
            && let Some(hint) = failure.records.iter().find_map(|record| self.hinted(record))
        {
            folder.path = Some(hint.path);
            source = hint.source;
        }
        let full = self.names.complete(&folder, &lead.directories);
        JobFolder { id: full.id, key: full.key, path: full.path, source: source.into(), jobs: 0 }
    }

    fn hinted(&self, record: &MergedRecord) -> Option<FolderHint> {
        record.places.sources().find_map(|source| (self.hint)(source))
    }

    /// The connection as it can be named.
    pub fn connection(&self, failure: &OccurrenceGroup) -> ConnectionRef {
        let lead = failure.lead();
        let Some(id) = lead.reading.connection else {
            return ConnectionRef {
                id: None,
                name: None,
                connector: lead.reading.connector.clone(),
                attribution: failure.attribution(),
                candidates: failure.candidates(),
            };
        };
        let known = self.names.connection(id);
        let (mut name, mut connector) = (None, lead.reading.connector.clone());
        if let Some(fact) = known {
            name = fact.name;
            connector = fact.connector.or(connector);
        }
        ConnectionRef {
            id: Some(id),
            name: name.or_else(|| self.bound(failure, id).and_then(|(_, label)| label)),
            connector,
            attribution: failure.attribution(),
            candidates: Vec::new(),
        }
    }

    /// The folder the connection lives in.
    pub fn connection_folder(&self, failure: &OccurrenceGroup) -> ConnectionFolder {
        let lead = failure.lead();
        let named = failure.records.iter().find_map(|r| r.reading.connection_folder);
        let known = lead.reading.connection.and_then(|id| self.names.connection(id));
        let bound =
            lead.reading.connection.and_then(|id| self.bound(failure, id)).and_then(|(f, _)| f);
        let listed = known.as_ref().and_then(|fact| fact.folder);
        let (key, source) = match (named, listed, bound) {
            (Some(key), ..) => (Some(key), "message"),
            (None, Some(key), _) => (Some(key), "inventory"),
            (None, None, Some(key)) => (Some(key), "job-binding"),
            _ => (None, "unknown"),
        };
        let shown = known
            .filter(|fact| key.is_none() || fact.folder == key)
            .and_then(|fact| fact.folder_name);
        let full = self.names.complete(&FolderRef { id: None, key, path: None }, &lead.directories);
        let path = full.path.or(shown);
        let source = if key.is_none() && path.is_some() { "inventory" } else { source };
        ConnectionFolder { key: full.key, id: full.id, path, source: source.into() }
    }

    /// What the failure's own job says of a connection bound to it; failing that any job.
    fn bound(
        &self,
        failure: &OccurrenceGroup,
        connection: Guid,
    ) -> Option<(Option<Guid>, Option<String>)> {
        let own = failure.lead().job.and_then(|key| self.digest.jobs.get(&key));
        own.into_iter()
            .chain(self.digest.jobs.values())
            .flat_map(|job| &job.bindings)
            .find(|binding| binding.connection == connection)
            .map(|binding| (binding.folder, binding.label.clone()))
    }
}

/// How well a connection is known: an incident shows the best of its occurrences.
pub fn better(a: ConnectionRef, b: ConnectionRef) -> ConnectionRef {
    let rank = |c: &ConnectionRef| (c.attribution, c.name.is_none(), c.name.clone());
    let (mut best, other) = if rank(&a) <= rank(&b) { (a, b) } else { (b, a) };
    best.name = best.name.or(other.name);
    best.connector = best.connector.or(other.connector);
    if best.attribution == Attribution::Ambiguous {
        best.candidates.extend(other.candidates);
        best.candidates.sort();
        best.candidates.dedup();
    }
    best
}
