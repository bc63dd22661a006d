//! A source that is known under another name: its digest says the same, in another place. Only
//! names change here, never what was learned.

use crate::model::diagnostic::Diagnostics;
use crate::model::digest::Digest;
use crate::model::source::{MEMBER, SourceKey};
use std::collections::BTreeSet;
use std::sync::Arc;
impl Digest {
    /// The digest of the same file under another key, members of an archive included.
    #[must_use]
    pub fn renamed(mut self, from: &SourceKey, to: &SourceKey) -> Digest {
        if from == to {
            return self;
        }
        let names = SourceRename::new(from, to);
        for hit in self.hits.values_mut() {
            let hit = Arc::make_mut(hit);
            let places = std::mem::take(&mut hit.places);
            hit.places = places.into_iter().map(|(key, place)| (names.key(&key), place)).collect();
        }
        for job in self.jobs.values_mut() {
            job.directories.iter_mut().for_each(|directory| names.move_directory(directory));
            job.directories.sort();
            job.directories.dedup();
        }
        self.folders = std::mem::take(&mut self.folders)
            .into_iter()
            .map(|mut fact| {
                names.move_directory(&mut fact.directory);
                fact
            })
            .collect();
        self.connections = std::mem::take(&mut self.connections)
            .into_iter()
            .map(|mut fact| {
                names.move_directory(&mut fact.directory);
                fact
            })
            .collect();
        names.move_all(&mut self.log_directories);
        names.move_all(&mut self.job_directories);
        let links = std::mem::take(&mut self.continuations);
        self.continuations = links.into_iter().map(|(key, link)| (names.key(&key), link)).collect();
        let rows = std::mem::take(&mut self.coverage);
        self.coverage = rows.into_iter().map(|(key, item)| (names.key(&key), item)).collect();
        let mut diagnostics = Diagnostics::default();
        for mut diagnostic in std::mem::take(&mut self.diagnostics) {
            diagnostic.source = names.key(&SourceKey::new(&diagnostic.source)).to_string();
            diagnostics.add(diagnostic);
        }
        self.diagnostics = diagnostics;
        self
    }
}

/// The old and the new name of a file, of its directory, and of what is inside it.
struct SourceRename<'k> {
    from: &'k SourceKey,
    to: &'k SourceKey,
    members: String,
    directory: String,
    new_directory: String,
    inside: String,
    new_inside: String,
}

impl<'k> SourceRename<'k> {
    fn new(from: &'k SourceKey, to: &'k SourceKey) -> SourceRename<'k> {
        SourceRename {
            from,
            to,
            members: format!("{from}{MEMBER}"),
            directory: from.directory(),
            new_directory: to.directory(),
            inside: from.as_str().replace(MEMBER, "/"),
            new_inside: to.as_str().replace(MEMBER, "/"),
        }
    }

    fn key(&self, key: &SourceKey) -> SourceKey {
        if key == self.from {
            return self.to.clone();
        }
        match key.as_str().strip_prefix(&self.members) {
            Some(member) => self.to.member(member),
            None => key.clone(),
        }
    }

    fn move_directory(&self, directory: &mut String) {
        let below = directory.strip_prefix(&self.inside);
        if let Some(rest) = below.filter(|rest| rest.is_empty() || rest.starts_with('/')) {
            *directory = format!("{}{rest}", self.new_inside);
        } else if *directory == self.directory {
            directory.clone_from(&self.new_directory);
        }
    }

    fn move_all(&self, directories: &mut BTreeSet<String>) {
        *directories = std::mem::take(directories)
            .into_iter()
            .map(|mut directory| {
                self.move_directory(&mut directory);
                directory
            })
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_their_directories_move_with_the_archive() {
        let (from, to) = (SourceKey::new("a/n.zip"), SourceKey::new("b/m.zip"));
        let names = SourceRename::new(&from, &to);
        let key = |text: &str| names.key(&SourceKey::new(text)).to_string();
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
            names.move_directory(&mut directory);
            assert_eq!(directory, new);
        }
    }
}
