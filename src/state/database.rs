//! The file on disk: how it is made, looked at before it is trusted, brought up to date, and what
//! its sums say. Which rows it holds is the tables' business.

use crate::state::checksum::RowChecksum;
use crate::state::error::StateError;
use crate::state::lock::{beside, private};
use crate::state::reports;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;
/// `FLst`: tells our files from those of other programs.
const APPLICATION: i32 = 0x464c_7374;

/// What is done to a file to bring it from each version to the next. The second has no index over
/// sources, which are read as a whole, and none beside incidents and what runs told of them. The
/// third keeps reports; the fourth writes digests in another form, and the fifth reports. All forms
/// are read.
const MIGRATIONS: [&str; 5] = [
    include_str!("schema.sql"),
    include_str!("slim.sql"),
    include_str!("reports.sql"),
    include_str!("numbers.sql"),
    include_str!("kept.sql"),
];

/// The version this program writes.
pub(crate) const VERSION: i32 = MIGRATIONS.len() as i32;

/// How long a foreign reader or writer of the file is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of SQLite's own header.
const HEADER: usize = 100;

/// Tables whose rows are summed.
pub(crate) const TABLES: [&str; 7] =
    ["sources", "runs", "incidents", "told", "aliases", "settings", "reports"];

/// The version that first had the last of them.
pub(crate) const REPORTS_SINCE: i32 = 3;

/// The file behind a link: who comes by another name must find the same lock. A link that leads
/// nowhere most likely leads to a disk that is not there, and a new state would forget everything.
pub(crate) fn real(path: &Path) -> Result<PathBuf, StateError> {
    match fs::symlink_metadata(path) {
        Ok(about) if about.is_symlink() => fs::canonicalize(path).map_err(|error| {
            StateError::unusable(path, format!("it is a link that leads nowhere: {error}"))
        }),
        _ => Ok(path.to_path_buf()),
    }
}

pub(crate) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // EXTRA is FULL and, beyond that, makes the end of the journal safe: a committed run stays.
    connection.execute_batch(
        "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA; PRAGMA foreign_keys = ON;",
    )?;
    Ok(connection)
}

/// A connection that cannot write, and sees one moment of the file until it is dropped.
pub(crate) fn connect_to_look(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.execute_batch("BEGIN")?;
    Ok(connection)
}

fn open(path: &Path, how: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, how | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    connection.execute_batch("PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;")?;
    Ok(connection)
}

/// Looks at a file that is to be written, before SQLite may write: what it is, in which version.
pub(crate) fn inspect(path: &Path) -> Result<i32, StateError> {
    let version = header(path)?;
    if fs::metadata(path).is_ok_and(|about| about.permissions().readonly()) {
        return Err(StateError::unusable(path, "it is read-only"));
    }
    OpenOptions::new().append(true).open(path).map_err(|error| {
        StateError::unusable(path, format!("it may not be written to: {error}"))
    })?;
    Ok(version)
}

/// The version of the tables, from the first bytes.
pub(crate) fn header(path: &Path) -> Result<i32, StateError> {
    let refuse = |why: &str| Err(StateError::unusable(path, why));
    let about = fs::metadata(path).map_err(|error| StateError::unusable(path, error))?;
    if !about.is_file() {
        return refuse("it is not a file");
    }
    let mut header = [0; HEADER];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
    match read {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            return refuse("it is too short to be a state");
        }
        Err(error) => return Err(StateError::unusable(path, error)),
        Ok(()) => {}
    }
    if !header.starts_with(b"SQLite format 3\0") {
        return refuse("it is not a database of this program");
    }
    let number = |at: usize| {
        i32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    let (application, version) = (number(68), number(60));
    if application != APPLICATION {
        return refuse("it is the database of another program");
    }
    if !(0..=VERSION).contains(&version) {
        let why = format!(
            "it was written in version {version} of the tables and this program knows up to {VERSION}"
        );
        return Err(StateError::unusable(path, why));
    }
    Ok(version)
}

/// Makes a new file beside and renames it, so that a half-made one never has the name.
pub(crate) fn create(path: &Path) -> Result<(), StateError> {
    let new = beside(path, "new");
    let made = make(&new).and_then(|()| {
        // Windows makes safe only what may be written to.
        OpenOptions::new().write(true).open(&new)?.sync_all()?;
        fs::rename(&new, path)
    });
    made.map_err(|error| {
        // Best effort: the error that led here is the one to tell.
        let _ = fs::remove_file(&new);
        StateError::not_written(path, &error)
    })
}

fn make(new: &Path) -> io::Result<()> {
    match fs::remove_file(new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options);
    drop(options.open(new)?);
    let build = || {
        let mut connection = open(new, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // It is made safe as a whole before it gets the name.
        connection.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;")?;
        connection.pragma_update(None, "application_id", APPLICATION)?;
        migrate(&mut connection, 0)
    };
    fail_point!("state-create")?;
    build().map_err(io::Error::other)
}

fn migrate(connection: &mut Connection, from: i32) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for step in MIGRATIONS.iter().skip(usize::try_from(from).unwrap_or_default()) {
        transaction.execute_batch(step)?;
    }
    write_totals(&transaction, &TABLES)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}

/// Brings an older file to this version in one transaction, after a copy was put beside.
pub(crate) fn upgrade(
    path: &Path,
    connection: &mut Connection,
    from: i32,
) -> Result<(), StateError> {
    let copy = beside(path, &format!("v{from}"));
    fs::copy(path, &copy).map_err(|error| StateError::not_written(path, &error))?;
    migrate(connection, from).map_err(|error| {
        // Best effort: nothing was changed that the copy could bring back.
        let _ = fs::remove_file(&copy);
        database_error(path, &error)
    })
}

pub(crate) fn check_structure(connection: &Connection, path: &Path) -> Result<(), StateError> {
    let found: rusqlite::Result<String> =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    match found {
        Ok(word) if word == "ok" => Ok(()),
        Ok(why) => Err(StateError::unusable(path, format!("it is damaged: {why}"))),
        Err(error) => Err(database_error(path, &error)),
    }
}

/// What must hold of a file whose tables are those of this version.
pub(crate) fn check_all(connection: &Connection, path: &Path) -> Result<(), StateError> {
    check_schema(connection, path)?;
    check_totals(connection, path, VERSION)?;
    reports::check(connection, path)
}

/// The tables must be the ones this program makes, word for word.
fn check_schema(connection: &Connection, path: &Path) -> Result<(), StateError> {
    let shape = |connection: &Connection| -> rusqlite::Result<Vec<(String, Option<String>)>> {
        let mut query = connection.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    };
    let fresh = || {
        let mut connection = Connection::open_in_memory()?;
        migrate(&mut connection, 0)?;
        shape(&connection)
    };
    let (mine, wanted) = (shape(connection), fresh());
    match (mine, wanted) {
        (Ok(mine), Ok(wanted)) if mine == wanted => Ok(()),
        (Ok(_), Ok(_)) => Err(StateError::unusable(path, "its tables are not those of a state")),
        (Err(error), _) | (_, Err(error)) => Err(database_error(path, &error)),
    }
}

pub(crate) fn totals(connection: &Connection, table: &str) -> rusqlite::Result<(i64, i64)> {
    let mut query = connection.prepare(&format!("SELECT sum FROM {table}"))?;
    let rows = query.query_map([], |row| row.get::<_, i64>(0))?;
    rows.into_iter()
        .try_fold((0, 0_i64), |(count, sum), row| Ok((count + 1, sum.wrapping_add(row?))))
}

fn total_sum(table: &str, count: i64, sum: i64) -> i64 {
    RowChecksum::of("totals").text(table).number(count).number(sum).finish()
}

/// Writes down what tables hold now. All that were changed have to be among them.
pub(crate) fn write_totals(connection: &Connection, tables: &[&str]) -> rusqlite::Result<()> {
    tables.iter().try_for_each(|table| write_total(connection, table, totals(connection, table)?))
}

/// Writes down by how much a table holds more than before.
pub(crate) fn move_total(
    connection: &Connection,
    table: &str,
    (more, moved): (i64, i64),
) -> rusqlite::Result<()> {
    let query = "SELECT rows, sum FROM totals WHERE name = ?1";
    let known = connection.query_row(query, [table], |row| Ok((row.get(0)?, row.get(1)?)));
    let (count, sum): (i64, i64) = known?;
    write_total(connection, table, (count.wrapping_add(more), sum.wrapping_add(moved)))
}

fn write_total(
    connection: &Connection,
    table: &str,
    (count, sum): (i64, i64),
) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO totals (name, rows, sum, own) VALUES (?1, ?2, ?3, ?4)",
        (table, count, sum, total_sum(table, count, sum)),
    )?;
    Ok(())
}

/// The sums of a file in some version of the tables.
pub(crate) fn check_totals(
    connection: &Connection,
    path: &Path,
    version: i32,
) -> Result<(), StateError> {
    let read = |table: &str| -> rusqlite::Result<bool> {
        let (count, sum, own) = connection.query_row(
            "SELECT rows, sum, own FROM totals WHERE name = ?1",
            [table],
            |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?)),
        )?;
        Ok(totals(connection, table)? == (count, sum) && own == total_sum(table, count, sum))
    };
    let there = if version < REPORTS_SINCE { &TABLES[..TABLES.len() - 1] } else { &TABLES[..] };
    for table in there {
        match read(table) {
            Ok(true) => {}
            Ok(false) => return Err(damaged_row(path, table)),
            Err(error) => return Err(database_error(path, &error)),
        }
    }
    Ok(())
}

/// A row that is not what was written.
pub(crate) fn damaged_row(path: &Path, table: &str) -> StateError {
    StateError::unusable(path, format!("it is damaged: a row of {table} is not what was written"))
}

/// An error while nothing is being written: waiting for others is one thing, damage another.
pub(crate) fn database_error(path: &Path, error: &rusqlite::Error) -> StateError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull) => {
            not_written(path, error)
        }
        _ => StateError::unusable(path, error),
    }
}

/// A transaction that did not end well. When its journal is gone it holds, whatever came after.
pub(crate) fn not_committed(path: &Path, error: &rusqlite::Error) -> StateError {
    let code = error.sqlite_error().map(|error| error.extended_code);
    if code == Some(rusqlite::ffi::SQLITE_IOERR_DIR_FSYNC) {
        return StateError::NotConfirmed { path: path.to_path_buf(), why: error.to_string() };
    }
    not_written(path, error)
}

pub(crate) fn not_written(path: &Path, error: &rusqlite::Error) -> StateError {
    StateError::NotWritten { path: path.to_path_buf(), why: error.to_string() }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn a_transaction_whose_journal_is_gone_is_not_told_as_undone() {
        let ended = |code| {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            not_committed(Path::new("s.db"), &error)
        };
        let confirmed = ended(ffi::SQLITE_IOERR_DIR_FSYNC);
        assert!(matches!(confirmed, StateError::NotConfirmed { .. }), "{confirmed}");
        for code in [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_FULL, ffi::SQLITE_IOERR_WRITE] {
            assert!(matches!(ended(code), StateError::NotWritten { .. }));
        }
    }
}
