//! Which sources exist: the roots a user names, walked, filtered and put in one order. Comes
//! first; `open` is next. Looks at names and kinds only, never opens a file, and its result does
//! not depend on the order in which a system lists a directory.

mod filter;
mod key;
mod plan;
#[cfg(test)]
mod tests;
mod walk;

use std::path::PathBuf;

use crate::model::{Diagnostic, SourceItem, SourceKey};

pub use plan::plan;

/// What to look for, and where.
#[derive(Clone, Debug, Default)]
pub struct SourceSelection {
    /// Files, directories, pipes, or `-` for standard input.
    pub roots: Vec<PathBuf>,
    /// Globs of which a file found by walking must match one, if there are any. A pattern without
    /// `/` is matched with the file name, one with `/` with the path below the root.
    pub include: Vec<String>,
    /// Globs no file found by walking, and no directory above it, may match.
    pub exclude: Vec<String>,
    /// Follow links to targets inside the roots.
    pub follow_links: bool,
    /// What this program writes itself, which is never input.
    pub own: Option<OutputDirectory>,
}

/// The files this program writes. The directory may be anybody's, the one that is scanned too:
/// whatever else lies in it is input.
#[derive(Clone, Debug)]
pub struct OutputDirectory {
    /// Where they are.
    pub directory: PathBuf,
    /// Tells them by name.
    pub is_own: fn(&str) -> bool,
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

/// Why nothing can be looked for.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// A pattern that cannot be understood.
    #[error("the pattern {pattern:?} is not valid: {reason}")]
    Pattern {
        /// As typed.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
}
