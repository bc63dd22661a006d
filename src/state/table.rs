//! Reads a table as a whole, and converts the columns that hold JSON. Knows no table.

use std::path::Path;

use rusqlite::{Connection, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::state::error::{StateError, damaged_row, database_error};

/// Reads all rows, ordered by the first two columns. `read_row` returns `None` for a damaged row,
/// and one such row is an error: no part of a damaged table is used.
pub(crate) fn read_table<T>(
    connection: &Connection,
    path: &Path,
    (name, columns): (&str, &str),
    read_row: impl Fn(&Row<'_>) -> rusqlite::Result<Option<T>>,
) -> Result<Vec<T>, StateError> {
    let read_rows = || -> rusqlite::Result<Vec<Option<T>>> {
        let mut query =
            connection.prepare(&format!("SELECT {columns} FROM {name} ORDER BY 1, 2"))?;
        let rows = query.query_map([], |row| read_row(row))?;
        rows.collect()
    };
    let rows = read_rows().map_err(|error| database_error(path, &error))?;
    rows.into_iter().collect::<Option<Vec<T>>>().ok_or_else(|| damaged_row(path, name))
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

pub(crate) fn to_json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}
