//! A state opened for looking alone: it takes no lock, changes nothing, and sees one moment of the
//! file, also while a run is going on.

use crate::state::database::{
    REPORTS_SINCE, check_all, check_structure, check_totals, connect_to_look, database_error,
    header, real,
};
use crate::state::error::StateError;
use crate::state::reports;
use crate::state::runs;
use crate::state::runs::History;
use rusqlite::{Connection, ErrorCode};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
/// What a state holds at one moment.
pub struct StateSnapshot {
    path: PathBuf,
    connection: Connection,
    history: History,
    reports: BTreeMap<i64, u64>,
}

impl StateSnapshot {
    /// Looks at a state that must be there. One of an earlier version keeps no reports.
    pub fn at(path: &Path) -> Result<StateSnapshot, StateError> {
        if fs::symlink_metadata(path).is_err() {
            return Err(StateError::Missing { path: path.to_path_buf() });
        }
        let path = real(path)?;
        let version = header(&path)?;
        let unusable = |error: rusqlite::Error| unfinished(&path, &error);
        let connection = connect_to_look(&path).map_err(unusable)?;
        // The first reading tells whether there is a moment to be seen at all.
        connection.query_row("PRAGMA schema_version", [], |_| Ok(())).map_err(unusable)?;
        check_structure(&connection, &path)?;
        let mut reports = BTreeMap::new();
        if version < REPORTS_SINCE {
            check_totals(&connection, &path, version)?;
        } else {
            check_all(&connection, &path)?;
            reports = reports::runs(&connection).map_err(|error| database_error(&path, &error))?;
        }
        let history = runs::load(&connection, &path)?;
        Ok(StateSnapshot { path, connection, history, reports })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What runs told.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The runs whose reports are kept.
    pub fn kept(&self) -> impl DoubleEndedIterator<Item = i64> + '_ {
        let published = self.history.published.unwrap_or_default();
        self.reports.keys().copied().filter(move |run| *run <= published)
    }

    /// Lets runs write again: what was read stays, more cannot be.
    pub fn close(self) -> History {
        // Dropping the connection ends the moment.
        self.history
    }

    /// The text a run published; nothing where it is not kept.
    pub fn report(&self, run: i64) -> Result<Option<Vec<u8>>, StateError> {
        if !self.reports.contains_key(&run) {
            return Ok(None);
        }
        reports::read(&self.connection, &self.path, run)
    }
}

/// A run that was killed while it wrote leaves a journal, and who only looks cannot play it back.
fn unfinished(path: &Path, error: &rusqlite::Error) -> StateError {
    match error.sqlite_error_code() {
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) => StateError::unusable(
            path,
            "a run ended while it wrote; the next run, or `faultline state check`, puts it in order",
        ),
        _ => database_error(path, error),
    }
}
