//! The input of this stage: which roots are walked and which files in them are sources. Plain
//! values.

use std::path::PathBuf;

#[derive(Clone, Debug, Default)]
pub struct SourceSelection {
    /// Files, directories, pipes, or `-` for standard input.
    pub roots: Vec<PathBuf>,
    /// Globs, one of which a file found by walking must match; empty includes every file. A pattern
    /// without `/` is matched against the file name, one with `/` against the path below the root.
    pub include: Vec<String>,
    /// Globs that exclude a file found by walking, or a directory with all files below it.
    pub exclude: Vec<String>,
    /// Links are followed only to targets inside the roots.
    pub follow_links: bool,
    /// Files that this program writes, which are never input.
    pub own: Option<OutputDirectory>,
}

/// The files that this program writes. They may lie in any directory, also in a scanned one: all
/// other files there are input.
#[derive(Clone, Debug)]
pub struct OutputDirectory {
    pub directory: PathBuf,
    /// True if a file of this name in `directory` was written by this program.
    pub is_own: fn(&str) -> bool,
}
