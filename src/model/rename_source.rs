//! Renames a source in its digest, when an unchanged file has another path. Changes keys and
//! directories only.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::diagnostic::Diagnostics;
use crate::model::digest::Digest;
use crate::model::source::{MEMBER, SourceKey};

impl Digest {
    /// The digest of the same file under another key. The members of an archive are renamed, too.
    #[must_use]
    pub fn renamed(mut self, from: &SourceKey, to: &SourceKey) -> Digest {
        if from == to {
            return self;
        }
        let rename = SourceRename::new(from, to);
        for hit in self.hits.values_mut() {
            let hit = Arc::make_mut(hit);
            let locations = std::mem::take(&mut hit.locations).into_iter();
            hit.locations =
                locations.map(|(key, location)| (rename.map_key(&key), location)).collect();
        }
        for job in self.jobs.values_mut() {
            job.directories.iter_mut().for_each(|directory| rename.map_directory(directory));
            job.directories.sort();
            job.directories.dedup();
        }
        self.folders = std::mem::take(&mut self.folders)
            .into_iter()
            .map(|mut fact| {
                rename.map_directory(&mut fact.directory);
                fact
            })
            .collect();
        self.connections = std::mem::take(&mut self.connections)
            .into_iter()
            .map(|mut fact| {
                rename.map_directory(&mut fact.directory);
                fact
            })
            .collect();
        self.tenants = std::mem::take(&mut self.tenants)
            .into_iter()
            .map(|mut fact| {
                rename.map_directory(&mut fact.directory);
                fact
            })
            .collect();
        rename.map_directories(&mut self.log_directories);
        rename.map_directories(&mut self.job_directories);
        let links = std::mem::take(&mut self.continuations).into_iter();
        self.continuations = links.map(|(key, link)| (rename.map_key(&key), link)).collect();
        let rows = std::mem::take(&mut self.coverage).into_iter();
        self.coverage = rows.map(|(key, item)| (rename.map_key(&key), item)).collect();
        let mut diagnostics = Diagnostics::default();
        for mut diagnostic in std::mem::take(&mut self.diagnostics) {
            diagnostic.source = rename.map_key(&SourceKey::new(&diagnostic.source)).to_string();
            diagnostics.add(diagnostic);
        }
        self.diagnostics = diagnostics;
        self
    }
}

/// The old and the new key of a file, and the old and the new path of the directories that depend
/// on it.
struct SourceRename<'k> {
    from: &'k SourceKey,
    to: &'k SourceKey,
    /// Prefix of the old keys of its members.
    member_prefix: String,
    /// The directory of the file.
    old_parent: String,
    new_parent: String,
    /// The archive itself, as the directory of its members.
    old_archive: String,
    new_archive: String,
}

impl<'k> SourceRename<'k> {
    fn new(from: &'k SourceKey, to: &'k SourceKey) -> SourceRename<'k> {
        SourceRename {
            from,
            to,
            member_prefix: format!("{from}{MEMBER}"),
            old_parent: from.directory(),
            new_parent: to.directory(),
            old_archive: from.as_str().replace(MEMBER, "/"),
            new_archive: to.as_str().replace(MEMBER, "/"),
        }
    }

    fn map_key(&self, key: &SourceKey) -> SourceKey {
        if key == self.from {
            return self.to.clone();
        }
        match key.as_str().strip_prefix(&self.member_prefix) {
            Some(member) => self.to.member(member),
            None => key.clone(),
        }
    }

    fn map_directory(&self, directory: &mut String) {
        let relative = directory.strip_prefix(&self.old_archive);
        if let Some(rest) = relative.filter(|rest| rest.is_empty() || rest.starts_with('/')) {
            *directory = format!("{}{rest}", self.new_archive);
        } else if *directory == self.old_parent {
            directory.clone_from(&self.new_parent);
        }
    }

    fn map_directories(&self, directories: &mut BTreeSet<String>) {
        *directories = std::mem::take(directories)
            .into_iter()
            .map(|mut directory| {
                self.map_directory(&mut directory);
                directory
            })
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_their_directories_are_renamed_with_the_archive() {
        let (from, to) = (SourceKey::new("a/n.zip"), SourceKey::new("b/m.zip"));
        let rename = SourceRename::new(&from, &to);
        let key = |text: &str| rename.map_key(&SourceKey::new(text)).to_string();
        assert_eq!(key("a/n.zip"), "b/m.zip");
        assert_eq!(key("a/n.zip » R1/x.log"), "b/m.zip » R1/x.log");
        assert_eq!(key("a/n.zip2"), "a/n.zip2");
        for (old, new) in [
            ("a", "b"),
            ("a/n.zip", "b/m.zip"),
            ("a/n.zip/R1", "b/m.zip/R1"),
            ("a/n.zip2", "a/n.zip2"),
            ("c", "c"),
        ] {
            let mut directory = old.to_string();
            rename.map_directory(&mut directory);
            assert_eq!(directory, new);
        }
    }
}
