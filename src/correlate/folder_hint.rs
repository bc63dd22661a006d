//! A folder that the caller knows for a source whose records carry none.

/// A folder that the caller knows for a source whose records carry none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FolderHint {
    /// Its path.
    pub path: String,
    /// `path` or `option`.
    pub source: &'static str,
}
