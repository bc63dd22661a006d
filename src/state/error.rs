//! Why a state cannot be used, and which of these an error of SQLite means. Every variant says
//! whether the file was changed; the command line maps each to an exit code.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another process holds the lock; `holder` is that process and its start time, or a
    /// placeholder where it left no note.
    #[error("the state {} is in use by {holder}; try again when that has ended", path.display())]
    Locked { path: PathBuf, holder: String },
    /// The file is damaged, unrecognised, written by a newer version, or not writable.
    #[error("the state {} cannot be used: {why}; nothing was changed", path.display())]
    Unusable { path: PathBuf, why: String },
    /// A write failed and was rolled back.
    #[error("cannot write the state {}: {why}; it was not changed", path.display())]
    NotWritten { path: PathBuf, why: String },
    /// The reports of a run are in place, but the run is not marked as published.
    #[error("reports were written but the state {} was not updated: {why}; the next run will report the same incidents again", path.display())]
    NotMarked { path: PathBuf, why: String },
    /// The transaction was committed, but the system did not confirm that it is on disk.
    #[error("the state {} was written, but the disk did not confirm it: {why}", path.display())]
    NotConfirmed { path: PathBuf, why: String },
    #[error("state not found: {}", path.display())]
    Missing { path: PathBuf },
}

impl StateError {
    pub(crate) fn unusable(path: &Path, why: impl ToString) -> StateError {
        StateError::Unusable { path: path.to_path_buf(), why: why.to_string() }
    }

    pub(crate) fn not_written(path: &Path, error: &io::Error) -> StateError {
        StateError::NotWritten { path: path.to_path_buf(), why: error.to_string() }
    }
}

/// A row whose checksum does not match its columns, or whose columns cannot be decoded.
pub(crate) fn damaged_row(path: &Path, table: &str) -> StateError {
    StateError::unusable(
        path,
        format!("it is damaged: the checksum of a row of {table} does not match"),
    )
}

/// Maps an error that occurred outside a write transaction. A busy database or a full disk may
/// pass; anything else means that the file is damaged.
pub(crate) fn database_error(path: &Path, error: &rusqlite::Error) -> StateError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull) => {
            write_error(path, error)
        }
        _ => StateError::unusable(path, error),
    }
}

/// Maps an error of COMMIT. Once SQLite has deleted its journal the transaction is valid, even if
/// syncing the directory failed afterwards.
pub(crate) fn commit_error(path: &Path, error: &rusqlite::Error) -> StateError {
    let code = error.sqlite_error().map(|error| error.extended_code);
    if code == Some(rusqlite::ffi::SQLITE_IOERR_DIR_FSYNC) {
        return StateError::NotConfirmed { path: path.to_path_buf(), why: error.to_string() };
    }
    write_error(path, error)
}

/// Maps an error inside a write transaction, which is rolled back.
pub(crate) fn write_error(path: &Path, error: &rusqlite::Error) -> StateError {
    StateError::NotWritten { path: path.to_path_buf(), why: error.to_string() }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn a_commit_whose_journal_is_deleted_counts_as_written() {
        let mapped = |code| {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            commit_error(Path::new("s.db"), &error)
        };
        let confirmed = mapped(ffi::SQLITE_IOERR_DIR_FSYNC);
        assert!(matches!(confirmed, StateError::NotConfirmed { .. }), "{confirmed}");
        for code in [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_FULL, ffi::SQLITE_IOERR_WRITE] {
            assert!(matches!(mapped(code), StateError::NotWritten { .. }));
        }
    }
}
