//! What to look for and where, as a caller asks for it.

use std::path::PathBuf;
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
