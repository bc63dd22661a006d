//! Walks one directory with several threads. Tells everything that is there, in any order; what
//! it means is decided by the plan.

use ignore::{WalkBuilder, WalkState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
/// One thing found below a root.
pub(crate) struct WalkEntry {
    pub(crate) path: PathBuf,
    pub(crate) kind: EntryKind,
}

/// What it is.
pub(crate) enum EntryKind {
    File {
        size: u64,
    },
    /// A link that is not followed.
    Link,
    /// A link to a directory above it.
    Loop,
    /// A pipe, socket or device.
    Special,
    /// It could not be looked at.
    Failed(io::Error),
}

/// Everything below a directory except directories. `enters` tells whether a directory is walked.
pub(crate) fn walk(
    root: &Path,
    follow_links: bool,
    enters: impl Fn(&Path) -> bool + Send + Sync + 'static,
) -> Vec<WalkEntry> {
    let mut builder = WalkBuilder::new(root);
    // All of the filters are meant for source code: they would hide logs.
    builder.standard_filters(false).follow_links(follow_links).threads(0);
    builder.filter_entry(move |entry| {
        let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
        !is_directory || entry.depth() == 0 || enters(entry.path())
    });
    let (sender, receiver) = mpsc::channel();
    builder.build_parallel().run(|| {
        let sender = sender.clone();
        Box::new(move |entry| {
            let seen = match entry {
                Ok(entry) => look(&entry),
                Err(error) => failed(error, None),
            };
            // The receiver outlives the walk, so that nothing can be lost here.
            match seen.map(|seen| sender.send(seen)) {
                Some(Err(_)) => WalkState::Quit,
                _ => WalkState::Continue,
            }
        })
    });
    drop(sender);
    receiver.into_iter().collect()
}

fn look(entry: &ignore::DirEntry) -> Option<WalkEntry> {
    let kind = entry.file_type()?;
    let path = entry.path().to_path_buf();
    if kind.is_dir() {
        return None;
    }
    let kind = if kind.is_symlink() {
        EntryKind::Link
    } else if !kind.is_file() {
        EntryKind::Special
    } else {
        match entry.metadata() {
            Ok(about) => EntryKind::File { size: about.len() },
            Err(error) => return failed(error, Some(path)),
        }
    };
    Some(WalkEntry { path, kind })
}

/// The path and the cause out of the layers of an error. Without a path nothing can be said.
fn failed(error: ignore::Error, path: Option<PathBuf>) -> Option<WalkEntry> {
    use ignore::Error;
    match error {
        Error::WithPath { path, err } => failed(*err, Some(path)),
        Error::WithDepth { err, .. } | Error::WithLineNumber { err, .. } => failed(*err, path),
        Error::Loop { child, .. } => Some(WalkEntry { path: child, kind: EntryKind::Loop }),
        Error::Io(error) => Some(WalkEntry { path: path?, kind: EntryKind::Failed(error) }),
        other => Some(WalkEntry {
            path: path?,
            kind: EntryKind::Failed(io::Error::other(other.to_string())),
        }),
    }
}
