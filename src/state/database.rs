//! The database file: creating, checking, migrating and connecting to it, and the totals of its
//! tables. Knows no columns of the tables except the checksum that each row has.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::state::checksum::{RowChecksum, TableTotal};
use crate::state::error::{StateError, damaged_row, database_error};
use crate::state::lock::{restrict_to_owner, sibling_path};
use crate::state::reports;

/// `FLst` in the `application_id` of SQLite's header marks a state of this program.
const APPLICATION_ID: i32 = 0x464c_7374;

/// Each script upgrades a file from the version of its index to the next. The second drops the
/// indexes over sources, which are always read as a whole, and those of `incidents` and `told`. The
/// third adds the table of reports. The fourth and fifth change the encoding of digests and of
/// reports; the earlier encodings stay readable.
const MIGRATIONS: [&str; 5] = [
    include_str!("schema.sql"),
    include_str!("slim.sql"),
    include_str!("reports.sql"),
    include_str!("compact_digests.sql"),
    include_str!("messagepack_reports.sql"),
];

/// The version of the tables that this program writes.
pub(crate) const VERSION: i32 = MIGRATIONS.len() as i32;

/// How long a connection waits for another process that has the file locked.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Length of SQLite's file header in bytes.
const HEADER_BYTES: usize = 100;

/// Tables whose rows have a checksum; `reports` is last because earlier versions lack it.
pub(crate) const TABLES: [&str; 7] =
    ["sources", "runs", "incidents", "told", "aliases", "settings", "reports"];

/// The first version that has the table of reports.
pub(crate) const REPORTS_SINCE_VERSION: i32 = 3;

/// Follows a symbolic link, so that every name of a state leads to the same lock. A broken link is
/// an error: its target is probably on a disk that is not mounted, and a new state in its place
/// would lose the history.
pub(crate) fn resolve_link(path: &Path) -> Result<PathBuf, StateError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => fs::canonicalize(path).map_err(|error| {
            StateError::unusable(path, format!("it is a link that leads nowhere: {error}"))
        }),
        _ => Ok(path.to_path_buf()),
    }
}

pub(crate) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // EXTRA is FULL and also syncs the directory after the journal is deleted, so that a committed
    // run survives a power failure.
    connection.execute_batch(
        "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA; PRAGMA foreign_keys = ON;",
    )?;
    Ok(connection)
}

/// A connection that cannot write. Its transaction stays open until it is dropped, so every query
/// reads the same snapshot.
pub(crate) fn connect_read_only(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.execute_batch("BEGIN")?;
    Ok(connection)
}

fn open(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.execute_batch("PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;")?;
    Ok(connection)
}

/// Checks a file before SQLite may write to it: that it is a state and writable. Returns the
/// version of its tables.
pub(crate) fn check_writable(path: &Path) -> Result<i32, StateError> {
    let version = read_version(path)?;
    if fs::metadata(path).is_ok_and(|metadata| metadata.permissions().readonly()) {
        return Err(StateError::unusable(path, "it is read-only"));
    }
    OpenOptions::new().append(true).open(path).map_err(|error| {
        StateError::unusable(path, format!("it may not be written to: {error}"))
    })?;
    Ok(version)
}

/// Reads the version of the tables from the file header; an error if the file is not a state of
/// this version or an earlier one.
pub(crate) fn read_version(path: &Path) -> Result<i32, StateError> {
    let refuse = |why: &str| Err(StateError::unusable(path, why));
    let metadata = fs::metadata(path).map_err(|error| StateError::unusable(path, error))?;
    if !metadata.is_file() {
        return refuse("it is not a file");
    }
    let mut header = [0; HEADER_BYTES];
    match File::open(path).and_then(|mut file| file.read_exact(&mut header)) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            return refuse("it is too short to be a state");
        }
        Err(error) => return Err(StateError::unusable(path, error)),
        Ok(()) => {}
    }
    if !header.starts_with(b"SQLite format 3\0") {
        return refuse("it is not a database of this program");
    }
    let number = |offset: usize| {
        let bytes = [header[offset], header[offset + 1], header[offset + 2], header[offset + 3]];
        i32::from_be_bytes(bytes)
    };
    let (application_id, version) = (number(68), number(60));
    if application_id != APPLICATION_ID {
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

/// Creates a new state under a temporary name and renames it, so that a partial file never has the
/// final name.
pub(crate) fn create(path: &Path) -> Result<(), StateError> {
    let temporary = sibling_path(path, "new");
    let created = write_empty_state(&temporary).and_then(|()| {
        // Windows syncs only files that are open for writing.
        OpenOptions::new().write(true).open(&temporary)?.sync_all()?;
        fs::rename(&temporary, path)
    });
    created.map_err(|error| {
        // Best effort: the first error is the one to report.
        let _ = fs::remove_file(&temporary);
        StateError::not_written(path, &error)
    })
}

fn write_empty_state(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    restrict_to_owner(&mut options);
    drop(options.open(path)?);
    let build = || {
        let mut connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // The caller syncs the whole file before it renames it.
        connection.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;")?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        migrate(&mut connection, 0)
    };
    fail_point!("state-create")?;
    build().map_err(io::Error::other)
}

fn migrate(connection: &mut Connection, version: i32) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for script in MIGRATIONS.iter().skip(usize::try_from(version).unwrap_or_default()) {
        transaction.execute_batch(script)?;
    }
    write_totals(&transaction, &TABLES)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}

/// Migrates a file of an earlier version in one transaction. A copy of the file, with its version
/// in the name, stays next to it.
pub(crate) fn upgrade(
    path: &Path,
    connection: &mut Connection,
    version: i32,
) -> Result<(), StateError> {
    let copy = sibling_path(path, &format!("v{version}"));
    fs::copy(path, &copy).map_err(|error| StateError::not_written(path, &error))?;
    migrate(connection, version).map_err(|error| {
        // Best effort: the transaction was rolled back, so the copy is not needed.
        let _ = fs::remove_file(&copy);
        database_error(path, &error)
    })
}

/// SQLite's quick check of the structure of its file.
pub(crate) fn check_structure(connection: &Connection, path: &Path) -> Result<(), StateError> {
    let result: rusqlite::Result<String> =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    match result {
        Ok(message) if message == "ok" => Ok(()),
        Ok(why) => Err(StateError::unusable(path, format!("it is damaged: {why}"))),
        Err(error) => Err(database_error(path, &error)),
    }
}

/// Checks a file whose tables are of this version: schema, totals, and the rows of reports.
pub(crate) fn check_all(connection: &Connection, path: &Path) -> Result<(), StateError> {
    check_schema(connection, path)?;
    check_totals(connection, path, VERSION)?;
    reports::check(connection, path)
}

/// The schema must be exactly the one that the migrations produce.
fn check_schema(connection: &Connection, path: &Path) -> Result<(), StateError> {
    let schema = |connection: &Connection| -> rusqlite::Result<Vec<(String, Option<String>)>> {
        let mut query = connection.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    };
    let expected_schema = || {
        let mut connection = Connection::open_in_memory()?;
        migrate(&mut connection, 0)?;
        schema(&connection)
    };
    match (schema(connection), expected_schema()) {
        (Ok(actual), Ok(expected)) if actual == expected => Ok(()),
        (Ok(_), Ok(_)) => Err(StateError::unusable(path, "its tables are not those of a state")),
        (Err(error), _) | (_, Err(error)) => Err(database_error(path, &error)),
    }
}

/// Computes the total of a table from the stored checksums of its rows.
pub(crate) fn table_total(connection: &Connection, table: &str) -> rusqlite::Result<TableTotal> {
    let mut query = connection.prepare(&format!("SELECT sum FROM {table}"))?;
    let mut total = TableTotal::default();
    for checksum in query.query_map([], |row| row.get::<_, i64>(0))? {
        total.add_row(checksum?);
    }
    Ok(total)
}

fn total_checksum(table: &str, total: TableTotal) -> i64 {
    RowChecksum::new("totals").text(table).number(total.rows).number(total.checksum).finish()
}

/// Recomputes and stores the totals of tables. `tables` must name every table that was changed.
pub(crate) fn write_totals(connection: &Connection, tables: &[&str]) -> rusqlite::Result<()> {
    tables
        .iter()
        .try_for_each(|table| write_total(connection, table, table_total(connection, table)?))
}

/// Adds a difference to the stored total of a table, without reading its rows.
pub(crate) fn add_to_total(
    connection: &Connection,
    table: &str,
    difference: TableTotal,
) -> rusqlite::Result<()> {
    let query = "SELECT rows, sum FROM totals WHERE name = ?1";
    let stored = connection.query_row(query, [table], |row| {
        Ok(TableTotal { rows: row.get(0)?, checksum: row.get(1)? })
    })?;
    write_total(connection, table, stored.plus(difference))
}

fn write_total(connection: &Connection, table: &str, total: TableTotal) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO totals (name, rows, sum, own) VALUES (?1, ?2, ?3, ?4)",
        (table, total.rows, total.checksum, total_checksum(table, total)),
    )?;
    Ok(())
}

/// Compares the stored totals with the rows, in a file of any supported version of the tables.
pub(crate) fn check_totals(
    connection: &Connection,
    path: &Path,
    version: i32,
) -> Result<(), StateError> {
    let is_intact = |table: &str| -> rusqlite::Result<bool> {
        let query = "SELECT rows, sum, own FROM totals WHERE name = ?1";
        let (stored, checksum) = connection.query_row(query, [table], |row| {
            let total = TableTotal { rows: row.get(0)?, checksum: row.get(1)? };
            Ok((total, row.get::<_, i64>(2)?))
        })?;
        Ok(table_total(connection, table)? == stored && checksum == total_checksum(table, stored))
    };
    let tables =
        if version < REPORTS_SINCE_VERSION { &TABLES[..TABLES.len() - 1] } else { &TABLES[..] };
    for table in tables {
        match is_intact(table) {
            Ok(true) => {}
            Ok(false) => return Err(damaged_row(path, table)),
            Err(error) => return Err(database_error(path, &error)),
        }
    }
    Ok(())
}
