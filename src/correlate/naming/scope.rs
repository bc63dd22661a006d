//! Which evidence belongs together. Two tenants in one tree may reuse numeric folder ids and
//! process names, so what is not unique by itself is joined only within a *territory*: the
//! smallest directory around an inventory that also holds the logs or jobs it names. Where that
//! holds jobs alone, the logs beside it belong to it if no other jobs do.

use crate::model::Digest;
use std::collections::BTreeSet;
/// Directories that hold rows.
pub struct Scope<'d> {
    logs: &'d BTreeSet<String>,
    jobs: &'d BTreeSet<String>,
}

/// What kind of rows an inventory is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum InventoryKind {
    /// Folders and connections: about log rows and job rows.
    Anything,
    /// Job rows as an inventory: about log rows.
    Logs,
}

impl<'d> Scope<'d> {
    /// The scope of a digest.
    pub fn new(digest: &'d Digest) -> Scope<'d> {
        Scope { logs: &digest.log_directories, jobs: &digest.job_directories }
    }

    /// The territory of what was read in `directory`: itself or the nearest directory above it
    /// that holds rows anywhere below, with the logs beside it. Where nothing does, the directory
    /// itself.
    pub fn scope_directory<'t>(&self, directory: &'t str, about: InventoryKind) -> &'t str {
        let home = self.nearest_rows(directory, about);
        if home.is_empty() || below(self.logs, home).next().is_some() {
            return home;
        }
        let around = home.rfind('/').map_or("", |at| &home[..at]);
        let beside = below(self.logs, around).next().is_some();
        let alone = below(self.jobs, around).all(|directory| contains(home, directory));
        if beside && alone { around } else { home }
    }

    fn nearest_rows<'t>(&self, directory: &'t str, about: InventoryKind) -> &'t str {
        let mut here = directory;
        loop {
            if self.holds_rows(here, about) {
                return here;
            }
            match here.rfind('/') {
                Some(at) => here = &here[..at],
                None if here.is_empty() => return directory,
                None => here = "",
            }
        }
    }

    fn holds_rows(&self, directory: &str, about: InventoryKind) -> bool {
        let holds = |set| below(set, directory).next().is_some();
        holds(self.logs) || about == InventoryKind::Anything && holds(self.jobs)
    }
}

/// Those of a set that are `directory` or lie below it.
fn below<'s>(set: &'s BTreeSet<String>, directory: &'s str) -> impl Iterator<Item = &'s String> {
    // Sorted order puts `a/b` right behind `a` save for names like `a b`; a range scan from `a`
    // sees them all.
    set.range(directory.to_string()..)
        .take_while(move |d| d.starts_with(directory))
        .filter(move |d| contains(directory, d))
}

/// True when `inner` is `outer` or lies below it.
pub fn contains(outer: &str, inner: &str) -> bool {
    outer.is_empty()
        || inner == outer
        || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
}

/// How near two directories are: the number of directories they share.
pub fn nearness(a: &str, b: &str) -> usize {
    if a.is_empty() || b.is_empty() {
        return 0;
    }
    a.split('/').zip(b.split('/')).take_while(|(x, y)| x == y).count()
}

/// Of what stands in directories, keeps what is nearest to any of `mine`.
pub fn nearest<T>(items: Vec<(usize, T)>) -> Vec<T> {
    let best = items.iter().map(|(near, _)| *near).max();
    items.into_iter().filter(|(near, _)| Some(*near) == best).map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inventory_holds_where_its_logs_are() {
        let mut digest = Digest::default();
        for directory in ["a/logs/R1", "b/logs", "c/jobs logs"] {
            digest.log_directories.insert(directory.to_string());
        }
        digest.job_directories.insert("a/jobs".to_string());
        let scope = Scope::new(&digest);
        assert_eq!(scope.scope_directory("a/inventory", InventoryKind::Anything), "a");
        assert_eq!(scope.scope_directory("a", InventoryKind::Anything), "a");
        assert_eq!(scope.scope_directory("inventory", InventoryKind::Anything), "");
        assert_eq!(scope.scope_directory("a/jobs", InventoryKind::Anything), "a");
        assert_eq!(scope.scope_directory("a/jobs", InventoryKind::Logs), "a");
        assert_eq!(scope.scope_directory("c/jobs", InventoryKind::Logs), "c");
    }

    #[test]
    fn logs_between_two_tenants_jobs_belong_to_neither() {
        let mut digest = Digest::default();
        digest.log_directories.insert("robots/R1".to_string());
        for directory in ["orch-a", "orch-b", "c/deep/orch"] {
            digest.job_directories.insert(directory.to_string());
        }
        let scope = Scope::new(&digest);
        assert_eq!(scope.scope_directory("orch-a", InventoryKind::Anything), "orch-a");
        assert_eq!(scope.scope_directory("c/deep/orch", InventoryKind::Anything), "c/deep/orch");
    }

    #[test]
    fn containing_is_by_whole_names() {
        assert!(contains("a", "a/b"));
        assert!(!contains("a", "ab"));
        assert!(contains("", "x"));
        assert_eq!(nearness("a/b/c", "a/b/d"), 2);
    }
}
