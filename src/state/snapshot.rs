//! A read-only view of a state: takes no lock, changes nothing, and sees one consistent snapshot of
//! the file, also while a run is in progress.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode};

use crate::state::database::{
    REPORTS_SINCE_VERSION, check_all, check_structure, check_totals, connect_read_only,
    read_version, resolve_link,
};
use crate::state::error::{StateError, database_error};
use crate::state::history::History;
use crate::state::reports;

pub struct StateSnapshot {
    path: PathBuf,
    connection: Connection,
    history: History,
    /// Stored reports with their sizes in bytes.
    reports: BTreeMap<i64, u64>,
}

impl StateSnapshot {
    /// Opens a state that must exist. One of an earlier version of the tables has no reports.
    pub fn at(path: &Path) -> Result<StateSnapshot, StateError> {
        if fs::symlink_metadata(path).is_err() {
            return Err(StateError::Missing { path: path.to_path_buf() });
        }
        let path = resolve_link(path)?;
        let version = read_version(&path)?;
        let first_read_failed = |error: rusqlite::Error| first_read_error(&path, &error);
        let connection = connect_read_only(&path).map_err(first_read_failed)?;
        // SQLite takes the snapshot at the first read, which fails if a journal is left over.
        connection.query_row("PRAGMA schema_version", [], |_| Ok(())).map_err(first_read_failed)?;
        check_structure(&connection, &path)?;
        let mut reports = BTreeMap::new();
        if version < REPORTS_SINCE_VERSION {
            check_totals(&connection, &path, version)?;
        } else {
            check_all(&connection, &path)?;
            reports = reports::stored_sizes(&connection)
                .map_err(|error| database_error(&path, &error))?;
        }
        let history = History::load(&connection, &path)?;
        Ok(StateSnapshot { path, connection, history, reports })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn history(&self) -> &History {
        &self.history
    }

    /// The published runs whose reports are stored, in order.
    pub fn archived_runs(&self) -> impl DoubleEndedIterator<Item = i64> + '_ {
        let published = self.history.published.unwrap_or_default();
        self.reports.keys().copied().filter(move |run| *run <= published)
    }

    /// Ends the snapshot, so that runs can write again, and returns the history.
    pub fn close(self) -> History {
        // Dropping the connection ends its transaction.
        self.history
    }

    /// The bytes that a run published; `None` where they are not stored.
    pub fn report(&self, run: i64) -> Result<Option<Vec<u8>>, StateError> {
        if !self.reports.contains_key(&run) {
            return Ok(None);
        }
        reports::read(&self.connection, &self.path, run)
    }
}

/// A run that was killed while writing leaves a journal, which a read-only connection cannot roll
/// back.
fn first_read_error(path: &Path, error: &rusqlite::Error) -> StateError {
    match error.sqlite_error_code() {
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) => StateError::unusable(
            path,
            "a run ended while it wrote; the next run, or `faultline state check`, puts it in order",
        ),
        _ => database_error(path, error),
    }
}
