//! What the inventories in the input can name: connections by id, folders by key, and folders by
//! numeric id within the territory where the id is known to hold.

use crate::correlate::naming::scope::{InventoryKind, Scope, contains};
use crate::model::{ConnectionFact, Digest, FolderFact, FolderRef, Guid};
use std::collections::{BTreeMap, BTreeSet};
/// A statement with the territory it holds in.
struct ScopedStatement<T> {
    territory: String,
    everywhere: bool,
    what: T,
}

impl<T> ScopedStatement<T> {
    fn holds_for(&self, directories: &[String]) -> bool {
        self.everywhere || directories.iter().any(|d| contains(&self.territory, d))
    }
}

/// Everything that can be named.
pub struct NameIndex<'d> {
    connections: BTreeMap<Guid, Vec<&'d ConnectionFact>>,
    held_connections: Vec<ScopedStatement<&'d ConnectionFact>>,
    by_key: BTreeMap<Guid, Vec<ScopedStatement<&'d FolderFact>>>,
    by_id: BTreeMap<i64, Vec<ScopedStatement<FolderRef>>>,
    by_path: BTreeMap<String, Vec<ScopedStatement<Guid>>>,
}

impl<'d> NameIndex<'d> {
    /// The names of a digest.
    pub fn new(digest: &'d Digest, scope: &Scope<'_>) -> NameIndex<'d> {
        let mut names = NameIndex {
            connections: BTreeMap::new(),
            held_connections: Vec::new(),
            by_key: BTreeMap::new(),
            by_id: BTreeMap::new(),
            by_path: BTreeMap::new(),
        };
        for fact in &digest.connections {
            names.connections.entry(fact.connection).or_default().push(fact);
            let territory =
                scope.scope_directory(&fact.directory, InventoryKind::Anything).to_string();
            let everywhere = fact.everywhere;
            names.held_connections.push(ScopedStatement { territory, everywhere, what: fact });
        }
        for facts in names.connections.values_mut() {
            // The latest statement names; equal dates go by the whole statement.
            facts.sort_by(|a, b| (b.updated, *b).cmp(&(a.updated, *a)));
        }
        for fact in &digest.folders {
            let folder = &fact.folder;
            // Job rows name folders too; what they say of numeric ids holds where their logs are.
            let about =
                if fact.name.is_some() { InventoryKind::Anything } else { InventoryKind::Logs };
            let territory = scope.scope_directory(&fact.directory, about).to_string();
            let everywhere = fact.everywhere;
            if let Some(key) = folder.key {
                let held = ScopedStatement { territory: territory.clone(), everywhere, what: fact };
                names.by_key.entry(key).or_default().push(held);
            }
            if let (Some(path), Some(key)) = (&folder.path, folder.key) {
                let held = ScopedStatement { territory: territory.clone(), everywhere, what: key };
                names.by_path.entry(path.clone()).or_default().push(held);
            }
            if let Some(id) = folder.id {
                let held = ScopedStatement { territory, everywhere, what: folder.clone() };
                names.by_id.entry(id).or_default().push(held);
            }
        }
        names
    }

    /// The latest statement about a connection, each part from the latest that has it.
    pub fn connection(&self, id: Guid) -> Option<ConnectionFact> {
        let facts = self.connections.get(&id)?;
        let mut best: ConnectionFact = (*facts.first()?).clone();
        for fact in facts {
            let fill = |mine: &mut Option<String>, theirs: &Option<String>| {
                if mine.is_none() {
                    mine.clone_from(theirs);
                }
            };
            fill(&mut best.name, &fact.name);
            fill(&mut best.connector, &fact.connector);
            fill(&mut best.connector_name, &fact.connector_name);
            fill(&mut best.folder_name, &fact.folder_name);
            best.folder = best.folder.or(fact.folder);
        }
        Some(best)
    }

    /// Connections known where these directories are.
    pub fn connections_for<'n>(
        &'n self,
        directories: &'n [String],
    ) -> impl Iterator<Item = &'d ConnectionFact> + use<'n, 'd> {
        self.held_connections.iter().filter(|h| h.holds_for(directories)).map(|h| h.what)
    }

    /// What the statements about a folder key agree on: those that hold here, else all.
    fn of_key<T: Ord>(
        &self,
        key: Guid,
        directories: &[String],
        part: impl Fn(&FolderFact) -> Option<T>,
    ) -> Option<T> {
        let held = self.by_key.get(&key)?;
        let here = held.iter().filter(|h| h.holds_for(directories));
        one(here.filter_map(|h| part(h.what)))
            .or_else(|| one(held.iter().filter_map(|h| part(h.what))))
    }

    /// Completes a folder: what is unique by itself everywhere, a numeric id only in its
    /// territory, and nothing on which statements disagree.
    pub fn complete(&self, folder: &FolderRef, directories: &[String]) -> FolderRef {
        let mut full = folder.clone();
        if full.key.is_none()
            && let Some(id) = full.id
        {
            let held = self.by_id.get(&id).map(Vec::as_slice).unwrap_or(&[]);
            let here: Vec<&FolderRef> =
                held.iter().filter(|h| h.holds_for(directories)).map(|h| &h.what).collect();
            full.key = one(here.iter().filter_map(|f| f.key));
            if full.path.is_none() {
                full.path = one(here.iter().filter_map(|f| f.path.clone()));
            }
        }
        if full.key.is_none()
            && full.id.is_none()
            && let Some(path) = &full.path
        {
            let held = self.by_path.get(path).map(Vec::as_slice).unwrap_or(&[]);
            full.key = one(held.iter().filter(|h| h.holds_for(directories)).map(|h| h.what));
        }
        if let Some(key) = full.key {
            full.path = self
                .of_key(key, directories, |fact| fact.folder.path.clone())
                .or(full.path)
                .or_else(|| self.of_key(key, directories, |fact| fact.name.clone()));
            full.id = full.id.or_else(|| self.of_key(key, directories, |fact| fact.folder.id));
        }
        full
    }
}

/// Why a folder has no path.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum UnresolvedReason {
    /// No export names it.
    Unknown,
    /// Exports name its number, but none that belongs to these records.
    Elsewhere,
    /// Exports that hold here say different things.
    Disagree,
    /// An export lists it without saying what it is called.
    Nameless,
}

impl NameIndex<'_> {
    /// Why [`NameIndex::complete`] gives a folder no path.
    pub fn why_not(&self, folder: &FolderRef, directories: &[String]) -> UnresolvedReason {
        let told = |paths: BTreeSet<&String>| match paths.len() {
            0 => UnresolvedReason::Nameless,
            _ => UnresolvedReason::Disagree,
        };
        if let Some(key) = folder.key {
            return match self.by_key.get(&key) {
                None => UnresolvedReason::Unknown,
                Some(held) => {
                    told(held.iter().filter_map(|h| h.what.folder.path.as_ref()).collect())
                }
            };
        }
        let held = folder.id.and_then(|id| self.by_id.get(&id)).map(Vec::as_slice).unwrap_or(&[]);
        let here: Vec<&FolderRef> =
            held.iter().filter(|h| h.holds_for(directories)).map(|h| &h.what).collect();
        match (held.is_empty(), here.is_empty()) {
            (true, _) => UnresolvedReason::Unknown,
            (false, true) => UnresolvedReason::Elsewhere,
            (false, false) => told(here.iter().filter_map(|f| f.path.as_ref()).collect()),
        }
    }
}

/// The only distinct value.
pub fn one<T: Ord>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut distinct: BTreeSet<T> = values.collect();
    if distinct.len() == 1 { distinct.pop_first() } else { None }
}
