//! The memory of a series of runs: one SQLite file with the digest of every source, the incidents
//! and what each run told of them. Comes between `scan` and `correlate`; knows how things are kept
//! and never what they mean. SQLite stands nowhere else.
//!
//! Nothing is ever repaired or emptied in silence: a file that does not hold what was written into
//! it is refused, unchanged. See docs/adr/0020-state.md.

use crate::state::lock::Holder;
use std::io;
use std::path::PathBuf;
/// Why the state cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another run has it.
    #[error("the state {} is in use by {holder}; try again when that has ended", path.display())]
    Locked {
        /// The state.
        path: PathBuf,
        /// Who has it.
        holder: Holder,
    },
    /// It is damaged, foreign, too new or may not be written. It was not touched.
    #[error("the state {} cannot be used: {why}; nothing was changed", path.display())]
    Unusable {
        /// The state.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Something could not be written; the state is as it was before.
    #[error("the state {} could not be written: {why}; it is as it was before", path.display())]
    NotWritten {
        /// The state.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The reports of a run are in place, and the run has no mark.
    #[error("the reports are in place, but the state {} could not note it: {why}; the next run tells the same again", path.display())]
    NotMarked {
        /// The state.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// Everything was written, and the disk did not confirm that it stays.
    #[error("the state {} was written, but the disk did not confirm that it stays: {why}", path.display())]
    NotConfirmed {
        /// The state.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// There is none.
    #[error("there is no state {}", path.display())]
    Missing {
        /// The path.
        path: PathBuf,
    },
}

impl StateError {
    pub(crate) fn unusable(path: &std::path::Path, why: impl ToString) -> StateError {
        StateError::Unusable { path: path.to_path_buf(), why: why.to_string() }
    }

    pub(crate) fn not_written(path: &std::path::Path, error: &io::Error) -> StateError {
        StateError::NotWritten { path: path.to_path_buf(), why: error.to_string() }
    }
}
