//! The file: how it is made, looked at before it is trusted, and changed in one transaction. The
//! tables themselves are in `sources` and `runs`.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction};

use super::StateError;
use super::lock::{Lock, beside, private};
use super::packed::unpack;
use super::runs::{self, History, Progress, RunRow};
use super::sources::{self, Source};
use super::sums::RowSum;
use crate::model::history::Folded;
use crate::model::{Digest, Instant};

/// `FLst`: tells our files from those of other programs.
const APPLICATION: i32 = 0x464c_7374;

/// What is done to a file to bring it from each version to the next. The second has no index over
/// sources, which are read as a whole, and none beside incidents and what runs told of them.
const MIGRATIONS: [&str; 2] = [include_str!("schema.sql"), include_str!("slim.sql")];

/// The version this program writes.
const VERSION: i32 = MIGRATIONS.len() as i32;

/// How long a foreign reader or writer of the file is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of SQLite's own header.
const HEADER: usize = 100;

/// Tables whose rows are summed.
const TABLES: [&str; 6] = ["sources", "runs", "incidents", "told", "aliases", "settings"];

/// An open state: locked, looked through, and loaded.
pub struct State {
    path: PathBuf,
    connection: Connection,
    sources: Vec<Source>,
    history: History,
    _lock: Lock,
}

/// What `state info` shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Info {
    /// Version of the tables.
    pub version: i32,
    /// Bytes on disk.
    pub bytes: u64,
    /// Sources that are there, and earlier ones.
    pub sources: (usize, usize),
    /// Incidents known.
    pub incidents: usize,
    /// Runs, the latest last.
    pub runs: Vec<RunRow>,
}

/// The version of SQLite that is compiled in.
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}

/// Every file that belongs to a state: itself, and what lies beside it.
pub fn files(path: &Path) -> Vec<PathBuf> {
    let mut journal = path.as_os_str().to_os_string();
    journal.push("-journal");
    let beside = ["lock", "holder", "new"].map(|extension| beside(path, extension));
    let own = [path.to_path_buf(), PathBuf::from(journal), path.with_file_name(super::mutes::FILE)];
    own.into_iter().chain(beside).collect()
}

impl State {
    /// Opens a state, or makes one where there is none or an empty file.
    pub fn open(path: &Path, now: Instant) -> Result<State, StateError> {
        let real = real(path)?;
        let path = real.as_path();
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::create_dir_all(parent).map_err(|error| StateError::not_written(path, &error))?;
        }
        let missing = match fs::metadata(path) {
            Ok(about) => about.is_file() && about.len() == 0,
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        if !missing {
            inspect(path)?;
        }
        let lock = Lock::take(path, now)?;
        // Another run may have made it while this one looked.
        if missing && fs::metadata(path).map_or(0, |about| about.len()) == 0 {
            create(path)?;
        }
        State::load(path, lock)
    }

    /// Opens a state that must be there.
    pub fn existing(path: &Path, now: Instant) -> Result<State, StateError> {
        if fs::symlink_metadata(path).is_err() {
            return Err(StateError::Missing { path: path.to_path_buf() });
        }
        State::open(path, now)
    }

    fn load(path: &Path, lock: Lock) -> Result<State, StateError> {
        let version = inspect(path)?;
        let unusable = |error: rusqlite::Error| refused(path, &error);
        let mut connection = connect(path).map_err(unusable)?;
        check_structure(&connection, path)?;
        if version < VERSION {
            // Sums are written anew below, so what is wrong now would pass for right. The columns
            // that are read have had their names since the first version.
            check_totals(&connection, path)?;
            sources::load(&connection, path)?;
            runs::load(&connection, path)?;
            upgrade(path, &mut connection, version)?;
        }
        check_schema(&connection, path)?;
        check_totals(&connection, path)?;
        let sources = sources::load(&connection, path)?;
        let history = runs::load(&connection, path)?;
        Ok(State { path: path.to_path_buf(), connection, sources, history, _lock: lock })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Every source it knows.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// What earlier runs told.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// What a source told.
    pub fn digest(&self, source: &Source) -> Result<Digest, StateError> {
        unpack(&source.digest).map_err(|_| lost(&self.path, "sources"))
    }

    /// The number of the next run.
    pub fn next_run(&self) -> i64 {
        self.history.next_run
    }

    /// Writes what a run did, all or nothing. What is at hand stays what was read.
    pub fn commit(&mut self, progress: &Progress) -> Result<(), StateError> {
        let before = self.history.at(progress.run - 1);
        self.change(|transaction| {
            sources::write(transaction, &progress.removed, &progress.added)?;
            runs::write(transaction, progress, &before)
        })
    }

    /// Removes sources and folds their failures before an instant into sums, all or nothing.
    pub fn prune(
        &mut self,
        before: Instant,
        removed: &[i64],
        folded: &BTreeMap<String, Folded>,
    ) -> Result<(), StateError> {
        self.change(|transaction| {
            sources::write(transaction, removed, &[])?;
            runs::prune(transaction, before, folded)
        })?;
        // Room is given back where there is room to do it; the rows are gone either way, so an
        // error here would tell something false.
        let _ = self.connection.execute_batch("VACUUM");
        self.sources = sources::load(&self.connection, &self.path)?;
        self.history = runs::load(&self.connection, &self.path)?;
        Ok(())
    }

    /// Marks a run as published: from now on it is what others are compared with.
    pub fn published(&mut self, run: i64) -> Result<(), StateError> {
        self.change(|transaction| runs::publish(transaction, run))
    }

    /// Writes down by hand that the failures of an incident so far are settled.
    pub fn settle(&mut self, id: &str, at: Instant, note: &str) -> Result<(), StateError> {
        self.change(|transaction| runs::settle(transaction, id, at, note))
    }

    /// Looks through everything once more and thoroughly, digests included; returns the rows.
    pub fn check(&self) -> Result<usize, StateError> {
        let found: rusqlite::Result<String> =
            self.connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
        match found {
            Ok(word) if word == "ok" => {}
            Ok(why) => return Err(StateError::unusable(&self.path, why)),
            Err(error) => return Err(refused(&self.path, &error)),
        }
        for source in &self.sources {
            self.digest(source)?;
        }
        let rows = TABLES.iter().map(|table| totals(&self.connection, table).map(|(rows, _)| rows));
        let rows: i64 = rows.sum::<rusqlite::Result<i64>>().map_err(|e| refused(&self.path, &e))?;
        Ok(usize::try_from(rows).unwrap_or_default())
    }

    /// What `state info` shows.
    pub fn info(&self) -> Info {
        let earlier = self.sources.iter().filter(|source| source.generation > 0).count();
        Info {
            version: VERSION,
            bytes: fs::metadata(&self.path).map_or(0, |about| about.len()),
            sources: (self.sources.len() - earlier, earlier),
            incidents: self.history.known.len(),
            runs: self.history.runs.clone(),
        }
    }

    fn change(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StateError> {
        let path = &self.path;
        let failed = |error: rusqlite::Error| not_written(path, &error);
        fail_point!("state-begin").map_err(|error| StateError::not_written(path, &error))?;
        // Nobody else has the connection: this one is never inside another.
        let transaction = self.connection.unchecked_transaction().map_err(failed)?;
        work(&transaction).map_err(failed)?;
        write_totals(&transaction).map_err(failed)?;
        fail_point!("state-commit").map_err(|error| StateError::not_written(path, &error))?;
        transaction.commit().map_err(failed)?;
        fail_point!("state-committed").map_err(|error| StateError::not_written(path, &error))
    }
}

/// The file behind a link: who comes by another name must find the same lock. A link that leads
/// nowhere most likely leads to a disk that is not there, and a new state would forget everything.
fn real(path: &Path) -> Result<PathBuf, StateError> {
    match fs::symlink_metadata(path) {
        Ok(about) if about.is_symlink() => fs::canonicalize(path).map_err(|error| {
            StateError::unusable(path, format!("it is a link that leads nowhere: {error}"))
        }),
        _ => Ok(path.to_path_buf()),
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    // EXTRA is FULL and, beyond that, makes the end of the journal safe: a committed run stays.
    connection.execute_batch(
        "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA; PRAGMA foreign_keys = ON;
         PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;",
    )?;
    Ok(connection)
}

/// Looks at the first bytes, before SQLite may write: what the file is, and in which version.
fn inspect(path: &Path) -> Result<i32, StateError> {
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
    if about.permissions().readonly() {
        return refuse("it is read-only");
    }
    OpenOptions::new().append(true).open(path).map_err(|error| {
        StateError::unusable(path, format!("it may not be written to: {error}"))
    })?;
    Ok(version)
}

/// Makes a new file beside and renames it, so that a half-made one never has the name.
fn create(path: &Path) -> Result<(), StateError> {
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
        let mut connection = connect(new)?;
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
    write_totals(&transaction)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}

/// Brings an older file to this version in one transaction, after a copy was put beside.
fn upgrade(path: &Path, connection: &mut Connection, from: i32) -> Result<(), StateError> {
    let copy = beside(path, &format!("v{from}"));
    fs::copy(path, &copy).map_err(|error| StateError::not_written(path, &error))?;
    migrate(connection, from).map_err(|error| {
        // Best effort: nothing was changed that the copy could bring back.
        let _ = fs::remove_file(&copy);
        refused(path, &error)
    })
}

fn check_structure(connection: &Connection, path: &Path) -> Result<(), StateError> {
    let found: rusqlite::Result<String> =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    match found {
        Ok(word) if word == "ok" => Ok(()),
        Ok(why) => Err(StateError::unusable(path, format!("it is damaged: {why}"))),
        Err(error) => Err(refused(path, &error)),
    }
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
        (Err(error), _) | (_, Err(error)) => Err(refused(path, &error)),
    }
}

fn totals(connection: &Connection, table: &str) -> rusqlite::Result<(i64, i64)> {
    let mut query = connection.prepare(&format!("SELECT sum FROM {table}"))?;
    let rows = query.query_map([], |row| row.get::<_, i64>(0))?;
    rows.into_iter()
        .try_fold((0, 0_i64), |(count, sum), row| Ok((count + 1, sum.wrapping_add(row?))))
}

fn total_sum(table: &str, count: i64, sum: i64) -> i64 {
    RowSum::of("totals").text(table).number(count).number(sum).finish()
}

fn write_totals(connection: &Connection) -> rusqlite::Result<()> {
    for table in TABLES {
        let (count, sum) = totals(connection, table)?;
        connection.execute(
            "INSERT OR REPLACE INTO totals (name, rows, sum, own) VALUES (?1, ?2, ?3, ?4)",
            (table, count, sum, total_sum(table, count, sum)),
        )?;
    }
    Ok(())
}

fn check_totals(connection: &Connection, path: &Path) -> Result<(), StateError> {
    let read = |table: &str| -> rusqlite::Result<bool> {
        let (count, sum, own) = connection.query_row(
            "SELECT rows, sum, own FROM totals WHERE name = ?1",
            [table],
            |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?)),
        )?;
        Ok(totals(connection, table)? == (count, sum) && own == total_sum(table, count, sum))
    };
    for table in TABLES {
        match read(table) {
            Ok(true) => {}
            Ok(false) => return Err(lost(path, table)),
            Err(error) => return Err(refused(path, &error)),
        }
    }
    Ok(())
}

/// A row that is not what was written.
pub(super) fn lost(path: &Path, table: &str) -> StateError {
    StateError::unusable(path, format!("it is damaged: a row of {table} is not what was written"))
}

/// An error while nothing is being written: waiting for others is one thing, damage another.
pub(super) fn refused(path: &Path, error: &rusqlite::Error) -> StateError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull) => {
            not_written(path, error)
        }
        _ => StateError::unusable(path, error),
    }
}

fn not_written(path: &Path, error: &rusqlite::Error) -> StateError {
    StateError::NotWritten { path: path.to_path_buf(), why: error.to_string() }
}
