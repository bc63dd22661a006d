//! What the inventories in the input can name: connections by id, folders by key, and folders by
//! numeric id or path within the scope of the statement. Leaves a name empty rather than wrong:
//! statements that disagree name nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::correlate::naming::scope::{InventoryKind, RecordScope, Scope, contains};
use crate::model::{ConnectionFact, Digest, FolderFact, FolderRef, Guid};

/// A statement of an inventory and where it holds.
struct ScopedStatement<'d, T> {
    /// The statement holds for records of this directory and below.
    directory: String,
    /// The tenant of the statement, if exports tell it.
    tenant: Option<&'d str>,
    is_global: bool,
    value: T,
}

impl<T> ScopedStatement<'_, T> {
    /// Tenants decide where both are known, directories where one is not.
    fn holds_for(&self, scope: RecordScope<'_>) -> bool {
        self.is_global
            || match (self.tenant, scope.tenant) {
                (Some(own), Some(other)) => own == other,
                _ => scope.directories.iter().any(|d| contains(&self.directory, d)),
            }
    }
}

/// The names that inventories give to connections and folders.
pub struct NameIndex<'d> {
    /// What is known about each connection: each field from the latest statement that has it.
    connections: BTreeMap<Guid, ConnectionFact>,
    scoped_connections: Vec<ScopedStatement<'d, &'d ConnectionFact>>,
    by_key: BTreeMap<Guid, Vec<ScopedStatement<'d, &'d FolderFact>>>,
    by_id: BTreeMap<i64, Vec<ScopedStatement<'d, FolderRef>>>,
    by_path: BTreeMap<String, Vec<ScopedStatement<'d, Guid>>>,
}

impl<'d> NameIndex<'d> {
    pub fn new(digest: &'d Digest, scope: &Scope<'d>) -> NameIndex<'d> {
        let mut names = NameIndex {
            connections: BTreeMap::new(),
            scoped_connections: Vec::new(),
            by_key: BTreeMap::new(),
            by_id: BTreeMap::new(),
            by_path: BTreeMap::new(),
        };
        let mut statements: BTreeMap<Guid, Vec<&ConnectionFact>> = BTreeMap::new();
        for fact in &digest.connections {
            statements.entry(fact.connection).or_default().push(fact);
            names.scoped_connections.push(ScopedStatement {
                directory: scope
                    .scope_directory(&fact.directory, InventoryKind::Anything)
                    .to_string(),
                tenant: scope.tenant_of(&fact.directory),
                is_global: fact.is_global,
                value: fact,
            });
        }
        names.connections =
            statements.into_iter().filter_map(|(id, facts)| Some((id, latest(facts)?))).collect();
        for fact in &digest.folders {
            names.add_folder(fact, scope);
        }
        names
    }

    fn add_folder(&mut self, fact: &'d FolderFact, scope: &Scope<'d>) {
        let folder = &fact.folder;
        // A folder without a name comes from a job row, whose statement holds for log rows.
        let kind = if fact.name.is_some() { InventoryKind::Anything } else { InventoryKind::Logs };
        let holds_in = scope.scope_directory(&fact.directory, kind);
        let (tenant, is_global) = (scope.tenant_of(&fact.directory), fact.is_global);
        if let Some(key) = folder.key {
            let directory = holds_in.to_string();
            let statement = ScopedStatement { directory, tenant, is_global, value: fact };
            self.by_key.entry(key).or_default().push(statement);
            if let Some(path) = &folder.path {
                let directory = holds_in.to_string();
                let statement = ScopedStatement { directory, tenant, is_global, value: key };
                self.by_path.entry(path.clone()).or_default().push(statement);
            }
        }
        if let Some(id) = folder.id {
            let directory = holds_in.to_string();
            let statement = ScopedStatement { directory, tenant, is_global, value: folder.clone() };
            self.by_id.entry(id).or_default().push(statement);
        }
    }

    pub fn connection(&self, id: Guid) -> Option<&ConnectionFact> {
        self.connections.get(&id)
    }

    /// Statements about connections that hold for a record.
    pub fn connections_for<'n>(
        &'n self,
        scope: RecordScope<'n>,
    ) -> impl Iterator<Item = &'d ConnectionFact> + use<'n, 'd> {
        self.scoped_connections.iter().filter(move |s| s.holds_for(scope)).map(|s| s.value)
    }

    /// The value that statements about a folder key agree on: those that hold for the
    /// record, otherwise all.
    fn folder_value<T: Ord>(
        &self,
        key: Guid,
        scope: RecordScope<'_>,
        value: impl Fn(&FolderFact) -> Option<T>,
    ) -> Option<T> {
        let statements = self.by_key.get(&key)?;
        let local = statements.iter().filter(|s| s.holds_for(scope));
        only_distinct(local.filter_map(|s| value(s.value)))
            .or_else(|| only_distinct(statements.iter().filter_map(|s| value(s.value))))
    }

    /// What statements say about a folder number, in scope and in total.
    fn numbered_folders(&self, id: i64, scope: RecordScope<'_>) -> NumberedFolders<'_> {
        let statements = self.by_id.get(&id).map_or(&[][..], Vec::as_slice);
        let local = statements.iter().filter(|s| s.holds_for(scope));
        NumberedFolders {
            is_known: !statements.is_empty(),
            local: local.map(|s| &s.value).collect(),
        }
    }

    /// Fills in the parts of a folder that statements prove: by its key everywhere, by its number
    /// or path only within scope, and never where statements disagree.
    pub fn complete(&self, folder: &FolderRef, scope: RecordScope<'_>) -> FolderRef {
        let mut full = folder.clone();
        if full.key.is_none()
            && let Some(id) = full.id
        {
            let local = self.numbered_folders(id, scope).local;
            full.key = only_distinct(local.iter().filter_map(|f| f.key));
            if full.path.is_none() {
                full.path = only_distinct(local.iter().filter_map(|f| f.path.clone()));
            }
        }
        if full.key.is_none()
            && full.id.is_none()
            && let Some(path) = &full.path
        {
            let statements = self.by_path.get(path).map_or(&[][..], Vec::as_slice);
            let local = statements.iter().filter(|s| s.holds_for(scope));
            full.key = only_distinct(local.map(|s| s.value));
        }
        if let Some(key) = full.key {
            full.path = self
                .folder_value(key, scope, |fact| fact.folder.path.clone())
                .or(full.path)
                .or_else(|| self.folder_value(key, scope, |fact| fact.name.clone()));
            full.id = full.id.or_else(|| self.folder_value(key, scope, |fact| fact.folder.id));
        }
        full
    }
}

/// Each field of a connection from the latest statement that has it.
fn latest(mut facts: Vec<&ConnectionFact>) -> Option<ConnectionFact> {
    // Equal dates are ordered by the whole statement, so that the order of input is not visible.
    facts.sort_by(|a, b| (b.updated, *b).cmp(&(a.updated, *a)));
    let mut known: ConnectionFact = (*facts.first()?).clone();
    let fill = |value: &mut Option<String>, other: &Option<String>| {
        if value.is_none() {
            value.clone_from(other);
        }
    };
    for fact in facts {
        fill(&mut known.name, &fact.name);
        fill(&mut known.connector, &fact.connector);
        fill(&mut known.connector_name, &fact.connector_name);
        fill(&mut known.folder_name, &fact.folder_name);
        known.folder = known.folder.or(fact.folder);
    }
    Some(known)
}

/// Why a folder has no path.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum UnresolvedReason {
    /// No export names the id.
    Unknown,
    /// Exports name the number, but none whose scope contains the records.
    Elsewhere,
    /// Exports whose scope contains the records disagree.
    Disagree,
    /// An export lists the id without a name.
    Nameless,
}

/// The statements about one folder number.
struct NumberedFolders<'n> {
    is_known: bool,
    /// Those that hold for the directories in question.
    local: Vec<&'n FolderRef>,
}

impl NameIndex<'_> {
    /// Why [`NameIndex::complete`] gives a folder no path.
    pub fn unresolved_reason(
        &self,
        folder: &FolderRef,
        scope: RecordScope<'_>,
    ) -> UnresolvedReason {
        let named_or_not = |has_path: bool| {
            if has_path { UnresolvedReason::Disagree } else { UnresolvedReason::Nameless }
        };
        if let Some(key) = folder.key {
            return self.by_key.get(&key).map_or(UnresolvedReason::Unknown, |statements| {
                named_or_not(statements.iter().any(|s| s.value.folder.path.is_some()))
            });
        }
        match folder.id.map(|id| self.numbered_folders(id, scope)) {
            Some(numbered) if !numbered.local.is_empty() => {
                named_or_not(numbered.local.iter().any(|f| f.path.is_some()))
            }
            Some(numbered) if numbered.is_known => UnresolvedReason::Elsewhere,
            _ => UnresolvedReason::Unknown,
        }
    }
}

/// The value, if all values are equal.
pub fn only_distinct<T: Ord>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut distinct: BTreeSet<T> = values.collect();
    if distinct.len() == 1 { distinct.pop_first() } else { None }
}
