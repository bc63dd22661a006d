//! A folder that the caller supplies for a source whose records name none. Used only where neither
//! the record nor its job names a folder.

use crate::model::FolderSource;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FolderHint {
    /// Path of the folder in Orchestrator.
    pub path: String,
    /// `Path` if the directory of the source names the folder, `Option` if a command line option
    /// does.
    pub source: FolderSource,
}
