//! Makes one plan of all roots: every file once, under one key, in one order.

use crate::discover::error::DiscoverError;
use crate::discover::filter::Filter;
use crate::discover::key;
use crate::discover::selection::{OutputDirectory, SourceSelection};
use crate::discover::walk;
use crate::discover::walk::{EntryKind, WalkEntry};
use crate::model::{Diagnostic, DiagnosticSeverity, SourceItem, SourceKey, SourceStatus};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
/// Finds the sources of a selection. What cannot be read is in the plan; only a pattern that
/// cannot be understood is an error.
pub fn plan(selection: &SourceSelection) -> Result<Plan, DiscoverError> {
    let filter = Arc::new(Filter::new(&selection.include, &selection.exclude)?);
    let own = selection.own.as_ref().and_then(|own| {
        Some(OutputDirectory {
            directory: fs::canonicalize(&own.directory).ok()?,
            is_own: own.is_own,
        })
    });
    let directories = selection.roots.iter().filter_map(|root| fs::canonicalize(root).ok());
    let mut planner = Planner {
        several: selection.roots.len() > 1,
        follow_links: selection.follow_links,
        inside: directories.collect(),
        filter,
        own,
        found: BTreeMap::new(),
        unread: BTreeMap::new(),
        diagnostics: BTreeSet::new(),
        missing: Vec::new(),
    };
    for root in &selection.roots {
        planner.root(root);
    }
    Ok(planner.finish())
}

struct Planner {
    several: bool,
    follow_links: bool,
    /// The roots as the system knows them; links may lead nowhere else.
    inside: Vec<PathBuf>,
    filter: Arc<Filter>,
    own: Option<OutputDirectory>,
    /// By the path as the system knows it, so that a file reached twice is planned once.
    found: BTreeMap<PathBuf, (SourceKey, u64, SourceOrigin)>,
    unread: BTreeMap<SourceKey, SourceItem>,
    diagnostics: BTreeSet<Diagnostic>,
    missing: Vec<PathBuf>,
}

impl Planner {
    fn root(&mut self, root: &Path) {
        if root == Path::new("-") {
            let key = SourceKey::new("<stdin>");
            return self.take(root.to_path_buf(), key, 0, SourceOrigin::Stdin);
        }
        let typed = key::text(root);
        match fs::metadata(root) {
            Ok(about) if is_pipe(&about) => {
                self.take(root.to_path_buf(), self.named(root, &typed), 0, SourceOrigin::Pipe);
            }
            Ok(about) if about.is_dir() || about.is_file() => match fs::canonicalize(root) {
                Ok(path) if about.is_dir() => self.directory(&path, &typed),
                Ok(path) => {
                    self.take(path, self.named(root, &typed), about.len(), SourceOrigin::File)
                }
                Err(error) => self.failed(self.named(root, &typed), &error),
            },
            Ok(_) => {
                let key = self.named(root, &typed);
                self.fail(key, "walk.special", "neither a file nor a directory nor a pipe");
            }
            Err(error) if is_missing(&error) => self.missing(root, &typed),
            Err(error) => self.failed(self.named(root, &typed), &error),
        }
    }

    fn missing(&mut self, root: &Path, typed: &str) {
        self.missing.push(root.to_path_buf());
        self.fail(SourceKey::new(typed), "walk.not-found", "does not exist");
    }

    /// The key of a root that is no directory.
    fn named(&self, root: &Path, typed: &str) -> SourceKey {
        match root.file_name() {
            Some(name) if !self.several => SourceKey::new(&key::text(Path::new(name))),
            _ => SourceKey::new(typed),
        }
    }

    fn directory(&mut self, root: &Path, typed: &str) {
        let prefix = if self.several { typed } else { "" };
        let (filter, base) = (Arc::clone(&self.filter), root.to_path_buf());
        let enters = move |path: &Path| filter.enters(&key::text(below(&base, path)));
        for seen in walk::walk(root, self.follow_links, enters) {
            let relative = key::text(below(root, &seen.path));
            let key = match (prefix, relative.as_str()) {
                // The root itself, when it cannot be opened.
                (_, "") => SourceKey::new(if typed.is_empty() { "." } else { typed }),
                ("", relative) => SourceKey::new(relative),
                (prefix, relative) => {
                    SourceKey::new(&format!("{}/{relative}", prefix.trim_end_matches('/')))
                }
            };
            // A directory that cannot be opened counts whatever the patterns ask of files.
            if matches!(seen.kind, EntryKind::Failed(_)) || self.filter.takes(&relative) {
                self.seen(seen, key);
            }
        }
    }

    fn seen(&mut self, seen: WalkEntry, key: SourceKey) {
        match seen.kind {
            EntryKind::File { size } => self.file(seen.path, key, size),
            EntryKind::Link => self.skip(key, "walk.link", "a link, not followed"),
            EntryKind::Loop => self.skip(key, "walk.link-loop", "a link to a directory above it"),
            EntryKind::Special => {
                self.skip(key, "walk.special", "a pipe, socket or device; not opened");
            }
            EntryKind::Failed(error) => self.failed(key, &error),
        }
    }

    fn file(&mut self, path: PathBuf, key: SourceKey, size: u64) {
        if !self.follow_links {
            return self.take(path, key, size, SourceOrigin::File);
        }
        match fs::canonicalize(&path) {
            Ok(real) if self.inside.iter().any(|root| real.starts_with(root)) => {
                self.take(real, key, size, SourceOrigin::File);
            }
            Ok(_) => {
                self.skip(key, "walk.link-outside", "a link out of the given paths, not followed");
            }
            Err(error) => self.failed(key, &error),
        }
    }

    /// Plans a source; of two keys for one file the smaller stays.
    fn take(&mut self, path: PathBuf, key: SourceKey, size: u64, origin: SourceOrigin) {
        if self.own.as_ref().is_some_and(|own| wrote(own, &path)) {
            return;
        }
        let kept = self.found.entry(path).or_insert_with(|| (key.clone(), size, origin));
        if key < kept.0 {
            kept.0 = key;
        }
    }

    fn failed(&mut self, key: SourceKey, error: &io::Error) {
        match error.kind() {
            io::ErrorKind::PermissionDenied => {
                self.fail(key, "walk.permission-denied", "no permission to read it");
            }
            io::ErrorKind::NotFound => self.fail(key, "walk.vanished", "listed, but not there"),
            _ => self.fail(key, "walk.unreadable", &format!("cannot be looked at: {error}")),
        }
    }

    fn fail(&mut self, key: SourceKey, code: &str, reason: &str) {
        self.book(key, SourceStatus::Failed, code, DiagnosticSeverity::Error, reason);
    }

    fn skip(&mut self, key: SourceKey, code: &str, reason: &str) {
        self.book(key, SourceStatus::Skipped, code, DiagnosticSeverity::Note, reason);
    }

    fn book(
        &mut self,
        key: SourceKey,
        status: SourceStatus,
        code: &str,
        severity: DiagnosticSeverity,
        reason: &str,
    ) {
        self.diagnostics.insert(Diagnostic::new(code, severity, key.as_str(), "", reason));
        self.unread.insert(key, SourceItem::unread(status, 0, reason));
    }

    fn finish(self) -> Plan {
        let found = self.found.into_iter();
        let mut sources: Vec<FoundSource> = found
            .map(|(path, (key, size, origin))| FoundSource { key, path, size, origin })
            .collect();
        sources.sort_by(|a, b| a.key.cmp(&b.key));
        Plan {
            sources,
            unread: self.unread.into_iter().collect(),
            diagnostics: self.diagnostics.into_iter().collect(),
            missing: self.missing,
        }
    }
}

/// The part of a path below its root; the walk gives no other paths.
fn below<'p>(root: &Path, path: &'p Path) -> &'p Path {
    path.strip_prefix(root).unwrap_or(path)
}

/// True for a file this program wrote itself.
fn wrote(own: &OutputDirectory, path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    path.parent() == Some(own.directory.as_path()) && name.is_some_and(own.is_own)
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(unix)]
fn is_pipe(about: &fs::Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&about.file_type())
}

/// Windows tells a pipe by its path, which is opened like a file.
#[cfg(not(unix))]
fn is_pipe(_: &fs::Metadata) -> bool {
    false
}

/// How a source is opened.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SourceOrigin {
    /// A regular file.
    File,
    /// Standard input.
    Stdin,
    /// A pipe that was named.
    Pipe,
}

/// One source to be opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundSource {
    /// Its key.
    pub key: SourceKey,
    /// Where it is; `-` for standard input.
    pub path: PathBuf,
    /// Bytes on disk when it was listed; 0 where nobody knows.
    pub size: u64,
    /// How it is opened.
    pub origin: SourceOrigin,
}

/// Everything that was found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Plan {
    /// Sources in the order of their keys.
    pub sources: Vec<FoundSource>,
    /// What was found and is not read, in the order of the keys.
    pub unread: Vec<(SourceKey, SourceItem)>,
    /// Problems.
    pub diagnostics: Vec<Diagnostic>,
    /// Roots that do not exist, as typed.
    pub missing: Vec<PathBuf>,
}
