//! Reports which connections and folders in the input have a name, which have none, and why. Serves
//! `faultline names`; a report does not need it.

use std::collections::{BTreeMap, BTreeSet};

use crate::correlate::naming::names::{NameIndex, UnresolvedReason};
use crate::correlate::naming::scope::{RecordScope, Scope};
use crate::model::{Digest, FolderRef, Guid};

/// The names of one id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NameResolution {
    /// The id as the records write it.
    pub id: String,
    /// Sorted and distinct; several if a folder number is used by several tenants.
    pub names: Vec<String>,
    /// Connector key of a connection.
    pub connector: Option<String>,
    /// Path or name of the folder that contains a connection.
    pub folder: Option<String>,
    /// Why the id has no name, in at least one directory that uses it.
    pub why_not: Vec<UnresolvedReason>,
    /// Number of failures and jobs that name the id.
    pub used: u64,
}

/// The names of every id in use.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NameReport {
    /// In order of id.
    pub connections: Vec<NameResolution>,
    /// Keys first, then numbers.
    pub folders: Vec<NameResolution>,
    /// Number of connections that exports list.
    pub known_connections: u64,
    /// Number of folder keys that exports list.
    pub known_folders: u64,
}

/// How often each folder is named, and in which directories.
type FolderUses = BTreeMap<FolderRef, (u64, BTreeSet<String>)>;

pub fn resolve(digest: &Digest) -> NameReport {
    let scope = Scope::new(digest);
    let names = NameIndex::new(digest, &scope);
    let count = |ids: BTreeSet<Guid>| ids.len() as u64;
    NameReport {
        connections: resolve_connections(digest, &names),
        folders: resolve_folders(digest, &names, &scope),
        known_connections: count(digest.connections.iter().map(|c| c.connection).collect()),
        known_folders: count(digest.folders.iter().filter_map(|f| f.folder.key).collect()),
    }
}

fn resolve_connections(digest: &Digest, names: &NameIndex<'_>) -> Vec<NameResolution> {
    let in_hits = digest.hits.values().filter_map(|hit| hit.details.connection);
    let bound = digest.jobs.values().flat_map(|job| job.bindings.iter().map(|b| b.connection));
    let traced = digest.traces.iter().filter_map(|trace| trace.connection);
    let mut uses: BTreeMap<Guid, u64> = BTreeMap::new();
    for id in in_hits.chain(bound).chain(traced) {
        *uses.entry(id).or_default() += 1;
    }
    uses.into_iter()
        .map(|(id, used)| {
            let fact = names.connection(id);
            let name = fact.and_then(|fact| fact.name.clone());
            let folder = fact.and_then(|fact| {
                let folder = FolderRef { key: fact.folder, ..FolderRef::default() };
                names
                    .complete(&folder, RecordScope::default())
                    .path
                    .or_else(|| fact.folder_name.clone())
            });
            let why_not = match (fact, &name) {
                (None, _) => vec![UnresolvedReason::Unknown],
                (Some(_), None) => vec![UnresolvedReason::Nameless],
                _ => Vec::new(),
            };
            NameResolution {
                id: id.to_string(),
                names: name.into_iter().collect(),
                connector: fact.and_then(|fact| fact.connector.clone()),
                folder,
                why_not,
                used,
            }
        })
        .collect()
}

fn resolve_folders(
    digest: &Digest,
    names: &NameIndex<'_>,
    scope: &Scope<'_>,
) -> Vec<NameResolution> {
    let mut resolutions: BTreeMap<String, NameResolution> = BTreeMap::new();
    for (folder, (used, directories)) in folder_uses(digest) {
        let id = folder.key.map(|key| key.to_string());
        let id = id.or(folder.id.map(|id| id.to_string())).unwrap_or_default();
        let resolution = resolutions.entry(id.clone()).or_insert_with(|| NameResolution {
            id,
            names: Vec::new(),
            connector: None,
            folder: None,
            why_not: Vec::new(),
            used: 0,
        });
        resolution.used += used;
        // A number may mean another folder in each directory.
        for directory in directories {
            let tenant = scope.tenant_of(&directory);
            let directories = [directory];
            let scope = RecordScope { directories: &directories, tenant };
            match names.complete(&folder, scope).path {
                Some(path) => resolution.names.push(path),
                None => resolution.why_not.push(names.unresolved_reason(&folder, scope)),
            }
        }
    }
    let mut resolutions: Vec<NameResolution> = resolutions.into_values().collect();
    for resolution in &mut resolutions {
        resolution.names.sort();
        resolution.names.dedup();
        resolution.why_not.sort();
        resolution.why_not.dedup();
    }
    // Keys before numbers, numbers by value.
    resolutions.sort_by_key(|r| (r.id.parse::<i64>().ok(), r.id.clone()));
    resolutions
}

fn folder_uses(digest: &Digest) -> FolderUses {
    let mut uses = FolderUses::new();
    let mut add = |folder: FolderRef, directories: &[String]| {
        if folder.key.is_some() || folder.id.is_some() {
            // The path that the row itself gives must not answer the question.
            let (count, seen_in) = uses.entry(FolderRef { path: None, ..folder }).or_default();
            *count += 1;
            seen_in.extend(directories.iter().cloned());
        }
    };
    for hit in digest.hits.values() {
        let directories: Vec<String> = hit.locations.sources().map(|key| key.directory()).collect();
        add(hit.folder.clone(), &directories);
        let key = hit.details.connection_folder;
        add(FolderRef { key, ..FolderRef::default() }, &directories);
    }
    for job in digest.jobs.values() {
        add(job.folder.clone(), &job.directories);
    }
    uses
}
