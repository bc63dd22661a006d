//! Makes one plan of all roots, in which every file has one key and occurs once, in the order of
//! the keys. Looks at names and metadata; opens no file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::discover::error::DiscoverError;
use crate::discover::filter::Filter;
use crate::discover::key::render_path;
use crate::discover::selection::{OutputDirectory, SourceSelection};
use crate::discover::walk::{self, EntryKind, WalkEntry};
use crate::model::{
    Diagnostic, DiagnosticCode, DiagnosticSeverity, SourceItem, SourceKey, SourceStatus,
};

/// Finds the sources of a selection. A path that cannot be read is part of the plan; only an
/// invalid pattern is an error.
pub fn plan(selection: &SourceSelection) -> Result<SourcePlan, DiscoverError> {
    let filter = Arc::new(Filter::new(&selection.include, &selection.exclude)?);
    let output = selection.own.as_ref().and_then(|output| {
        Some(OutputDirectory {
            directory: fs::canonicalize(&output.directory).ok()?,
            is_own: output.is_own,
        })
    });
    let canonical_roots = selection.roots.iter().filter_map(|root| fs::canonicalize(root).ok());
    let mut planner = Planner {
        has_several_roots: selection.roots.len() > 1,
        follow_links: selection.follow_links,
        canonical_roots: canonical_roots.collect(),
        filter,
        output,
        sources: BTreeMap::new(),
        unread: BTreeMap::new(),
        diagnostics: BTreeSet::new(),
        missing: Vec::new(),
    };
    for root in &selection.roots {
        planner.add_root(root);
    }
    Ok(planner.finish())
}

struct Planner {
    has_several_roots: bool,
    follow_links: bool,
    /// Links are followed only to targets inside these.
    canonical_roots: Vec<PathBuf>,
    filter: Arc<Filter>,
    output: Option<OutputDirectory>,
    /// By canonical path, so that a file reached twice is planned once.
    sources: BTreeMap<PathBuf, FoundSource>,
    unread: BTreeMap<SourceKey, SourceItem>,
    diagnostics: BTreeSet<Diagnostic>,
    missing: Vec<PathBuf>,
}

impl Planner {
    fn add_root(&mut self, root: &Path) {
        if root == Path::new("-") {
            let key = SourceKey::new("<stdin>");
            return self.add_source(root.to_path_buf(), key, 0, SourceOrigin::Stdin);
        }
        let typed = render_path(root);
        match fs::metadata(root) {
            Ok(metadata) if is_pipe(&metadata) => {
                let key = self.root_key(root, &typed);
                self.add_source(root.to_path_buf(), key, 0, SourceOrigin::Pipe);
            }
            Ok(metadata) if metadata.is_dir() || metadata.is_file() => {
                match fs::canonicalize(root) {
                    Ok(path) if metadata.is_dir() => self.add_directory(&path, &typed),
                    Ok(path) => {
                        let key = self.root_key(root, &typed);
                        self.add_source(path, key, metadata.len(), SourceOrigin::File);
                    }
                    Err(error) => self.fail_with(self.root_key(root, &typed), &error),
                }
            }
            Ok(_) => {
                let key = self.root_key(root, &typed);
                self.fail(key, DiagnosticCode::WalkSpecial, "not a file, directory or pipe");
            }
            Err(error) if is_missing(&error) => {
                self.missing.push(root.to_path_buf());
                self.fail(
                    SourceKey::new(&typed),
                    DiagnosticCode::WalkNotFound,
                    "not found; check the path",
                );
            }
            Err(error) => self.fail_with(self.root_key(root, &typed), &error),
        }
    }

    /// The key of a root that is not a directory.
    fn root_key(&self, root: &Path, typed: &str) -> SourceKey {
        match root.file_name() {
            Some(name) if !self.has_several_roots => SourceKey::new(&render_path(Path::new(name))),
            _ => SourceKey::new(typed),
        }
    }

    fn add_directory(&mut self, root: &Path, typed: &str) {
        let prefix = if self.has_several_roots { typed } else { "" };
        let (filter, base) = (Arc::clone(&self.filter), root.to_path_buf());
        let enters =
            move |path: &Path| filter.includes_directory(&render_path(relative_to(&base, path)));
        for entry in walk::walk(root, self.follow_links, enters) {
            let relative = render_path(relative_to(root, &entry.path));
            let key = match (prefix, relative.as_str()) {
                // The root itself: the walk returns it only if it cannot be read.
                (_, "") => SourceKey::new(if typed.is_empty() { "." } else { typed }),
                ("", relative) => SourceKey::new(relative),
                (prefix, relative) => {
                    SourceKey::new(&format!("{}/{relative}", prefix.trim_end_matches('/')))
                }
            };
            // A directory that cannot be read counts even if no pattern includes files of its name.
            if matches!(entry.kind, EntryKind::Failed(_)) || self.filter.includes_file(&relative) {
                self.add_entry(entry, key);
            }
        }
    }

    fn add_entry(&mut self, entry: WalkEntry, key: SourceKey) {
        match entry.kind {
            EntryKind::File { size } => self.add_file(entry.path, key, size),
            EntryKind::Link => self.skip(
                key,
                DiagnosticCode::WalkLink,
                "a link, skipped; use --follow-links to read it",
            ),
            EntryKind::Loop => self.skip(
                key,
                DiagnosticCode::WalkLinkLoop,
                "a link to one of its parent directories, skipped",
            ),
            EntryKind::Special => {
                self.skip(key, DiagnosticCode::WalkSpecial, "a pipe, socket or device, skipped");
            }
            EntryKind::Failed(error) => self.fail_with(key, &error),
        }
    }

    fn add_file(&mut self, path: PathBuf, key: SourceKey, size: u64) {
        if !self.follow_links {
            return self.add_source(path, key, size, SourceOrigin::File);
        }
        match fs::canonicalize(&path) {
            Ok(target) if self.canonical_roots.iter().any(|root| target.starts_with(root)) => {
                self.add_source(target, key, size, SourceOrigin::File);
            }
            Ok(_) => {
                self.skip(
                    key,
                    DiagnosticCode::WalkLinkOutside,
                    "a link to a target outside the given paths, skipped",
                );
            }
            Err(error) => self.fail_with(key, &error),
        }
    }

    /// Plans a source; if a file has two keys, the smaller one is used.
    fn add_source(&mut self, path: PathBuf, key: SourceKey, size: u64, origin: SourceOrigin) {
        if self.output.as_ref().is_some_and(|output| is_own_file(output, &path)) {
            return;
        }
        let planned = self.sources.entry(path).or_insert_with_key(|path| FoundSource {
            key: key.clone(),
            path: path.clone(),
            size,
            origin,
        });
        if key < planned.key {
            planned.key = key;
        }
    }

    fn fail_with(&mut self, key: SourceKey, error: &io::Error) {
        match error.kind() {
            io::ErrorKind::PermissionDenied => {
                self.fail(
                    key,
                    DiagnosticCode::WalkPermissionDenied,
                    "permission denied; give the account that runs faultline read access",
                );
            }
            io::ErrorKind::NotFound => self.fail(
                key,
                DiagnosticCode::WalkVanished,
                "not found: removed after it was listed, or a link without a target",
            ),
            _ => self.fail(
                key,
                DiagnosticCode::WalkUnreadable,
                &format!("cannot read its metadata: {error}"),
            ),
        }
    }

    fn fail(&mut self, key: SourceKey, code: DiagnosticCode, reason: &str) {
        self.add_unread(key, SourceStatus::Failed, code, DiagnosticSeverity::Error, reason);
    }

    fn skip(&mut self, key: SourceKey, code: DiagnosticCode, reason: &str) {
        self.add_unread(key, SourceStatus::Skipped, code, DiagnosticSeverity::Note, reason);
    }

    fn add_unread(
        &mut self,
        key: SourceKey,
        status: SourceStatus,
        code: DiagnosticCode,
        severity: DiagnosticSeverity,
        reason: &str,
    ) {
        self.diagnostics.insert(Diagnostic::new(code, severity, key.as_str(), "", reason));
        self.unread.insert(key, SourceItem::unread(status, 0, reason));
    }

    fn finish(self) -> SourcePlan {
        let mut sources: Vec<FoundSource> = self.sources.into_values().collect();
        sources.sort_by(|a, b| a.key.cmp(&b.key));
        SourcePlan {
            sources,
            unread: self.unread.into_iter().collect(),
            diagnostics: self.diagnostics.into_iter().collect(),
            missing: self.missing,
        }
    }
}

/// The part of a path below its root; the walk returns no other paths.
fn relative_to<'p>(root: &Path, path: &'p Path) -> &'p Path {
    path.strip_prefix(root).unwrap_or(path)
}

fn is_own_file(output: &OutputDirectory, path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    path.parent() == Some(output.directory.as_path()) && name.is_some_and(output.is_own)
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(unix)]
fn is_pipe(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type())
}

/// Windows knows a pipe by its path alone and opens it like a file.
#[cfg(not(unix))]
fn is_pipe(_: &fs::Metadata) -> bool {
    false
}

/// How a source is opened.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SourceOrigin {
    File,
    Stdin,
    /// A named pipe that is itself a root.
    Pipe,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundSource {
    pub key: SourceKey,
    /// `-` for standard input.
    pub path: PathBuf,
    /// Bytes on disk when the source was listed; 0 if unknown.
    pub size: u64,
    pub origin: SourceOrigin,
}

/// All sources of a selection and all problems of finding them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SourcePlan {
    /// In the order of their keys.
    pub sources: Vec<FoundSource>,
    /// What was found and is not read, in the order of the keys.
    pub unread: Vec<(SourceKey, SourceItem)>,
    pub diagnostics: Vec<Diagnostic>,
    /// Roots that do not exist, as the user typed them.
    pub missing: Vec<PathBuf>,
}
