//! Which connections and folders that records and jobs name can be called by their names, which
//! not, and why.

use crate::correlate::naming::names::{NameIndex, UnresolvedReason};
use crate::correlate::naming::scope::Scope;
use crate::model::{Digest, FolderRef, Guid};
use std::collections::{BTreeMap, BTreeSet};
/// What became of one id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NameResolution {
    /// As the records write it.
    pub id: String,
    /// What it is called; of a folder number in several tenants, what it is called in each.
    pub names: Vec<String>,
    /// Of a connection: its connector.
    pub connector: Option<String>,
    /// Of a connection: the folder it lives in.
    pub folder: Option<String>,
    /// Why it has no name everywhere.
    pub why_not: Vec<UnresolvedReason>,
    /// Failures and jobs that name it.
    pub used: u64,
}

/// Every id that is used.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NameReport {
    /// Connections, by id.
    pub connections: Vec<NameResolution>,
    /// Folders, by key, then by number.
    pub folders: Vec<NameResolution>,
    /// Connections that exports name.
    pub known_connections: u64,
    /// Folders that exports name, by key.
    pub known_folders: u64,
}

/// How often a folder is named, and where.
type Used = BTreeMap<FolderRef, (u64, BTreeSet<String>)>;

/// Resolves what the digest holds.
pub fn resolve(digest: &Digest) -> NameReport {
    let scope = Scope::new(digest);
    let names = NameIndex::new(digest, &scope);
    let known = |ids: BTreeSet<Guid>| ids.len() as u64;
    NameReport {
        connections: connections(digest, &names),
        folders: folders(digest, &names),
        known_connections: known(digest.connections.iter().map(|c| c.connection).collect()),
        known_folders: known(digest.folders.iter().filter_map(|f| f.folder.key).collect()),
    }
}

fn connections(digest: &Digest, names: &NameIndex<'_>) -> Vec<NameResolution> {
    let hits = digest.hits.values().filter_map(|hit| hit.reading.connection);
    let bound = digest.jobs.values().flat_map(|job| job.bindings.iter().map(|b| b.connection));
    let traced = digest.traces.iter().map(|trace| trace.connection);
    let mut used: BTreeMap<Guid, u64> = BTreeMap::new();
    for id in hits.chain(bound).chain(traced) {
        *used.entry(id).or_default() += 1;
    }
    used.into_iter()
        .map(|(id, used)| {
            let fact = names.connection(id);
            let name = fact.as_ref().and_then(|fact| fact.name.clone());
            let home = fact.as_ref().and_then(|fact| {
                let key = FolderRef { key: fact.folder, ..FolderRef::default() };
                names.complete(&key, &[]).path.or_else(|| fact.folder_name.clone())
            });
            let why_not = match (&fact, &name) {
                (None, _) => vec![UnresolvedReason::Unknown],
                (Some(_), None) => vec![UnresolvedReason::Nameless],
                _ => Vec::new(),
            };
            NameResolution {
                id: id.to_string(),
                names: name.into_iter().collect(),
                connector: fact.and_then(|fact| fact.connector),
                folder: home,
                why_not,
                used,
            }
        })
        .collect()
}

fn folders(digest: &Digest, names: &NameIndex<'_>) -> Vec<NameResolution> {
    let mut used = Used::new();
    let mut add = |folder: FolderRef, directories: &[String]| {
        if folder.key.is_some() || folder.id.is_some() {
            // What a row itself calls the folder is what is asked about.
            let (count, places) = used.entry(FolderRef { path: None, ..folder }).or_default();
            *count += 1;
            places.extend(directories.iter().cloned());
        }
    };
    for hit in digest.hits.values() {
        let directories: Vec<String> = hit.places.sources().map(|key| key.directory()).collect();
        add(hit.folder.clone(), &directories);
        let key = hit.reading.connection_folder;
        add(FolderRef { key, ..FolderRef::default() }, &directories);
    }
    for job in digest.jobs.values() {
        add(job.folder.clone(), &job.directories);
    }
    let mut resolutions: BTreeMap<String, NameResolution> = BTreeMap::new();
    for (folder, (used, directories)) in used {
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
        // A number means what it means where it stands.
        for directory in directories {
            let here = [directory];
            match names.complete(&folder, &here).path {
                Some(path) => resolution.names.push(path),
                None => resolution.why_not.push(names.why_not(&folder, &here)),
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
