//! The folder of a connection and the folder in which a job ran. The two are never mixed, and each
//! states the source of its value. Names nothing itself: it asks `names`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use crate::correlate::folder_hint::FolderHint;
use crate::correlate::naming::names::NameIndex;
use crate::correlate::occurrence::OccurrenceGroup;
use crate::correlate::record::MergedRecord;
use crate::model::{
    Binding, ConnectionFolder, ConnectionFolderSource, ConnectionRef, Digest, FolderRef,
    FolderSource, Guid, JobFolder, SourceKey,
};

/// Everything that names folders and connections.
pub struct Folders<'a> {
    pub digest: &'a Digest,
    pub names: &'a NameIndex<'a>,
    /// The first binding of each connection, in the order of the jobs.
    pub bindings: HashMap<Guid, &'a Binding>,
    /// Exports of more than one tenant are in the input.
    pub has_several_tenants: bool,
    /// Folder of a source whose records name none.
    pub hint: &'a dyn Fn(&SourceKey) -> Option<FolderHint>,
}

impl<'a> Folders<'a> {
    pub fn new(
        digest: &'a Digest,
        names: &'a NameIndex<'a>,
        hint: &'a dyn Fn(&SourceKey) -> Option<FolderHint>,
        has_several_tenants: bool,
    ) -> Folders<'a> {
        let mut bindings = HashMap::new();
        for binding in digest.jobs.values().flat_map(|job| &job.bindings) {
            bindings.entry(binding.connection).or_insert(binding);
        }
        Folders { digest, names, bindings, has_several_tenants, hint }
    }

    /// The folder in which the job of a failure ran, as its records and its job row say.
    pub fn stated_job_folder(&self, failure: &OccurrenceGroup) -> (FolderRef, FolderSource) {
        let mut folder = FolderRef::default();
        for record in &failure.records {
            let stated = &record.hit.folder;
            folder.id = folder.id.or(stated.id);
            folder.key = folder.key.or(stated.key);
            folder.path = folder.path.or_else(|| stated.path.clone());
        }
        let mut source =
            if folder.is_empty() { FolderSource::Unknown } else { FolderSource::Record };
        if let Some(job) = failure.primary().job.and_then(|key| self.digest.jobs.get(&key)) {
            let agrees =
                folder.id.is_none() || job.folder.id.is_none() || folder.id == job.folder.id;
            if agrees && !job.folder.is_empty() {
                if folder.is_empty() {
                    source = FolderSource::Job;
                }
                folder.id = folder.id.or(job.folder.id);
                folder.key = folder.key.or(job.folder.key);
                // The path of a job is fully qualified; a log row has at most a display name.
                folder.path = job.folder.path.clone().or(folder.path);
            }
        }
        if folder.is_empty()
            && let Some(hint) = failure.records.iter().find_map(|record| self.hint_for(record))
        {
            folder.path = Some(hint.path);
            source = hint.source;
        }
        (folder, source)
    }

    /// The folder in which the job of a failure ran, with its names; the caller counts `jobs`.
    pub fn job_folder(&self, failure: &OccurrenceGroup) -> JobFolder {
        let (folder, source) = self.stated_job_folder(failure);
        let full = self.names.complete(&folder, failure.primary().scope());
        JobFolder { id: full.id, key: full.key, path: full.path, source, jobs: 0 }
    }

    fn hint_for(&self, record: &MergedRecord) -> Option<FolderHint> {
        record.locations.sources().find_map(|source| (self.hint)(source))
    }

    /// The connection of a failure, with its name and connector where they are known.
    pub fn connection(&self, failure: &OccurrenceGroup) -> ConnectionRef {
        let evidence = &failure.evidence;
        let fact = evidence.connection.and_then(|id| self.names.connection(id));
        let label = |id| self.binding(failure, id).and_then(|b| b.label.clone());
        let name = fact.and_then(|fact| fact.name.clone());
        ConnectionRef {
            id: evidence.connection,
            name: name.or_else(|| evidence.connection.and_then(label)),
            connector: fact
                .and_then(|fact| fact.connector.clone())
                .or_else(|| evidence.connector.clone()),
            attribution: failure.attribution,
            candidates: failure.candidates.listed.to_vec(),
            candidates_total: failure.candidates.total,
            rungs: BTreeMap::from([(failure.attribution, 1)]),
        }
    }

    /// The folder that contains the connection of a failure.
    pub fn connection_folder(&self, failure: &OccurrenceGroup) -> ConnectionFolder {
        let primary = failure.primary();
        let named = failure.evidence.connection_folder;
        let connection = failure.evidence.connection;
        let known = connection.and_then(|id| self.names.connection(id));
        let bound = connection.and_then(|id| self.binding(failure, id)?.folder);
        let listed = known.and_then(|fact| fact.folder);
        let (key, source) = match (named, listed, bound) {
            (Some(key), ..) => (Some(key), ConnectionFolderSource::Message),
            (None, Some(key), _) => (Some(key), ConnectionFolderSource::Inventory),
            (None, None, Some(key)) => (Some(key), ConnectionFolderSource::JobBinding),
            _ => (None, ConnectionFolderSource::Unknown),
        };
        let display_name = known
            .filter(|fact| key.is_none() || fact.folder == key)
            .and_then(|fact| fact.folder_name.clone());
        let stated = FolderRef { id: None, key, path: None };
        let full = self.names.complete(&stated, primary.scope());
        let path = full.path.or(display_name);
        let is_named = key.is_none() && path.is_some();
        let source = if is_named { ConnectionFolderSource::Inventory } else { source };
        ConnectionFolder { key: full.key, id: full.id, path, source }
    }

    /// The binding of a connection to the job of the failure, otherwise to any job.
    fn binding(&self, failure: &OccurrenceGroup, connection: Guid) -> Option<&'a Binding> {
        let own_job = failure.primary().job.and_then(|key| self.digest.jobs.get(&key));
        let mut of_own_job = own_job.into_iter().flat_map(|job| &job.bindings);
        of_own_job
            .find(|binding| binding.connection == connection)
            .or_else(|| self.bindings.get(&connection).copied())
    }
}

/// The better attributed of two references to the connection of an incident, completed from the
/// other.
pub fn better_connection(a: ConnectionRef, b: ConnectionRef) -> ConnectionRef {
    let rank = |c: &ConnectionRef| {
        (c.attribution, Reverse(c.candidates_total), c.name.is_none(), c.name.clone())
    };
    let (mut best, other) = if rank(&a) <= rank(&b) { (a, b) } else { (b, a) };
    best.name = best.name.or(other.name);
    best.connector = best.connector.or(other.connector);
    for (rung, occurrences) in other.rungs {
        *best.rungs.entry(rung).or_default() += occurrences;
    }
    best
}
