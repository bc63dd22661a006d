//! Which evidence belongs together. Two tenants in one tree may use the same folder numbers and
//! process names, so a statement that is not unique by itself holds only within its scope: the
//! nearest directory around an inventory that also contains the logs or jobs that the inventory
//! describes. Logs next to a directory of jobs belong to it if no other jobs are there. Works on
//! directories only; `names` applies the scope. A directory tells a tenant only where an export in it
//! says its tenant.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::model::Digest;

/// The directories that contain rows, and those that contain an export of a known tenant.
pub struct Scope<'d> {
    logs: &'d BTreeSet<String>,
    jobs: &'d BTreeSet<String>,
    tenants: BTreeMap<&'d str, BTreeSet<&'d str>>,
}

/// The evidence that belongs to a record.
#[derive(Clone, Copy, Default)]
pub struct RecordScope<'r> {
    /// Directories of the record and of the exports that describe its job.
    pub directories: &'r [String],
    /// The tenant that they tell.
    pub tenant: Option<&'r str>,
}

/// The kind of rows that an inventory describes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum InventoryKind {
    /// Log rows and job rows: an inventory of folders or connections.
    Anything,
    /// Log rows: job rows that serve as an inventory.
    Logs,
}

impl<'d> Scope<'d> {
    pub fn new(digest: &'d Digest) -> Scope<'d> {
        let mut tenants: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for fact in &digest.tenants {
            tenants.entry(&fact.directory).or_default().insert(&fact.tenant);
        }
        Scope { logs: &digest.log_directories, jobs: &digest.job_directories, tenants }
    }

    /// True if exports of more than one tenant are in the input.
    pub fn has_several_tenants(&self) -> bool {
        self.tenants.values().flatten().collect::<BTreeSet<_>>().len() > 1
    }

    /// The tenant that the directories tell, if they tell the same one.
    pub fn tenant(&self, directories: &[String]) -> Option<&'d str> {
        let mut tenants = directories.iter().filter_map(|directory| self.tenant_of(directory));
        let first = tenants.next()?;
        tenants.all(|tenant| tenant == first).then_some(first)
    }

    /// The tenant of the exports in a directory and below it; without any, of those in and below the
    /// nearest directory above that has some. `None` if they are of several tenants.
    pub fn tenant_of(&self, directory: &str) -> Option<&'d str> {
        let mut current = directory;
        loop {
            let mut below = self
                .tenants
                .range::<str, _>((Bound::Included(current), Bound::Unbounded))
                .take_while(|(d, _)| d.starts_with(current))
                .filter(|(d, _)| contains(current, d))
                .flat_map(|(_, tenants)| tenants.iter().copied());
            if let Some(first) = below.next() {
                return below.all(|tenant| tenant == first).then_some(first);
            }
            current = match current.rfind('/') {
                Some(end) => &current[..end],
                None if current.is_empty() => return None,
                None => "",
            };
        }
    }

    /// The directory in which a statement read in `directory` holds: `directory` itself or the
    /// nearest one above it that has rows of the kind in it or below, extended to its parent if
    /// that adds logs and no other jobs. `directory` itself if no such rows exist.
    pub fn scope_directory<'t>(&self, directory: &'t str, kind: InventoryKind) -> &'t str {
        let nearest = self.nearest_with_rows(directory, kind);
        if nearest.is_empty() || below(self.logs, nearest).next().is_some() {
            return nearest;
        }
        let parent = nearest.rfind('/').map_or("", |end| &nearest[..end]);
        let has_logs = below(self.logs, parent).next().is_some();
        let has_no_other_jobs =
            below(self.jobs, parent).all(|directory| contains(nearest, directory));
        if has_logs && has_no_other_jobs { parent } else { nearest }
    }

    fn nearest_with_rows<'t>(&self, directory: &'t str, kind: InventoryKind) -> &'t str {
        let mut current = directory;
        loop {
            if self.has_rows(current, kind) {
                return current;
            }
            match current.rfind('/') {
                Some(end) => current = &current[..end],
                None if current.is_empty() => return directory,
                None => current = "",
            }
        }
    }

    fn has_rows(&self, directory: &str, kind: InventoryKind) -> bool {
        let has = |directories| below(directories, directory).next().is_some();
        has(self.logs) || kind == InventoryKind::Anything && has(self.jobs)
    }
}

/// The members of a set that are `directory` or below it.
fn below<'s>(set: &'s BTreeSet<String>, directory: &'s str) -> impl Iterator<Item = &'s String> {
    // In sorted order `a/b` follows `a` with only names like `a b` between them, so a range from
    // `a` reaches all of them.
    set.range(directory.to_string()..)
        .take_while(move |d| d.starts_with(directory))
        .filter(move |d| contains(directory, d))
}

/// True when `inner` is `outer` or below it.
pub fn contains(outer: &str, inner: &str) -> bool {
    outer.is_empty()
        || inner == outer
        || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TenantFact;

    #[test]
    fn scope_of_an_inventory_contains_its_logs() {
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
    fn logs_next_to_jobs_of_two_tenants_are_in_neither_scope() {
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
    fn a_directory_has_the_tenant_of_its_exports() {
        let mut digest = Digest::default();
        for (directory, tenant) in [("a", "o/prod"), ("a/old", "o/prod"), ("b/x", "o/test")] {
            let (directory, tenant) = (directory.to_string(), tenant.to_string());
            digest.tenants.insert(TenantFact { tenant, directory });
        }
        let scope = Scope::new(&digest);
        let tenant = |directory: &str| scope.tenant_of(directory);
        assert_eq!(tenant("a"), Some("o/prod"));
        assert_eq!(tenant("a/robots/R1"), Some("o/prod"));
        assert_eq!(tenant("b"), Some("o/test"));
        assert_eq!(tenant("robots"), None);
        assert_eq!(tenant("ab"), None);
        let both = ["a/old".to_string(), "robots".to_string()];
        assert_eq!(scope.tenant(&both), Some("o/prod"));
        assert_eq!(scope.tenant(&["a".to_string(), "b".to_string()]), None);
    }

    #[test]
    fn contains_compares_whole_names() {
        assert!(contains("a", "a/b"));
        assert!(!contains("a", "ab"));
        assert!(contains("", "x"));
    }
}
