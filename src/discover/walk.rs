//! Walks one directory with several threads and returns every entry, in any order. `plan` decides
//! which entries are sources.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use ignore::{WalkBuilder, WalkState};

pub(crate) struct WalkEntry {
    pub(crate) path: PathBuf,
    pub(crate) kind: EntryKind,
}

pub(crate) enum EntryKind {
    File {
        /// In bytes.
        size: u64,
    },
    /// A link that is not followed.
    Link,
    /// A link to a directory above it.
    Loop,
    /// A pipe, socket or device.
    Special,
    /// The system refused to read the entry.
    Failed(io::Error),
}

/// Returns everything below `root` except directories. Below it only those directories are walked
/// for which `enters` returns true.
pub(crate) fn walk(
    root: &Path,
    follow_links: bool,
    enters: impl Fn(&Path) -> bool + Send + Sync + 'static,
) -> Vec<WalkEntry> {
    let mut builder = WalkBuilder::new(root);
    // The standard filters (hidden files, `.gitignore`) are made for source code; they would leave
    // out logs.
    builder.standard_filters(false).follow_links(follow_links).threads(0);
    builder.filter_entry(move |entry| {
        let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
        !is_directory || entry.depth() == 0 || enters(entry.path())
    });
    let (sender, receiver) = mpsc::channel();
    builder.build_parallel().run(|| {
        let sender = sender.clone();
        Box::new(move |entry| {
            let entry = match entry {
                Ok(entry) => inspect(&entry),
                Err(error) => failed_entry(error, None),
            };
            // The receiver outlives the walk, so that no entry is lost here.
            match entry.map(|entry| sender.send(entry)) {
                Some(Err(_)) => WalkState::Quit,
                _ => WalkState::Continue,
            }
        })
    });
    drop(sender);
    receiver.into_iter().collect()
}

fn inspect(entry: &ignore::DirEntry) -> Option<WalkEntry> {
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
            Ok(metadata) => EntryKind::File { size: metadata.len() },
            Err(error) => return failed_entry(error, Some(path)),
        }
    };
    Some(WalkEntry { path, kind })
}

/// Unwraps the layers of an error down to its path and its cause. An error without a path is
/// dropped, because no source can be named.
fn failed_entry(error: ignore::Error, path: Option<PathBuf>) -> Option<WalkEntry> {
    use ignore::Error;
    match error {
        Error::WithPath { path, err } => failed_entry(*err, Some(path)),
        Error::WithDepth { err, .. } | Error::WithLineNumber { err, .. } => {
            failed_entry(*err, path)
        }
        Error::Loop { child, .. } => Some(WalkEntry { path: child, kind: EntryKind::Loop }),
        Error::Io(error) => Some(WalkEntry { path: path?, kind: EntryKind::Failed(error) }),
        other => Some(WalkEntry {
            path: path?,
            kind: EntryKind::Failed(io::Error::other(other.to_string())),
        }),
    }
}
