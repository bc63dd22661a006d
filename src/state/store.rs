//! An open state: locked, checked, loaded, and changed in one transaction at a time. The file is in
//! `database`; the tables are in `sources`, `runs`, `incidents` and `reports`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use rusqlite::{Connection, Transaction};

use crate::model::{Digest, Instant, PrunedCounts};
use crate::state::database::{
    TABLES, VERSION, add_to_total, check_all, check_structure, check_totals, check_writable,
    connect, create, resolve_link, table_total, upgrade, write_totals,
};
use crate::state::error::{StateError, commit_error, damaged_row, database_error, write_error};
use crate::state::history::History;
use crate::state::lock::{Lock, sibling_path};
use crate::state::reports::{ArchivedReport, DeltaBase};
use crate::state::runs::{RunRecord, RunRow};
use crate::state::sources::{Changes, Source};
use crate::state::{incidents, mutes, reports, runs, sources};

/// Tables that [`runs::write`] changes.
const RUN_TABLES: [&str; 4] = ["runs", "incidents", "told", "aliases"];

/// Bytes of source rows that are written before the results of the run are known. They must stay in
/// SQLite's cache: from the moment the first page spills to the file until the transaction ends, no
/// other process can read the file.
const MAX_EARLY_BYTES: usize = 48 << 20;

/// SQLite's default cache in bytes, for everything else.
const DEFAULT_CACHE: usize = 2 << 20;

/// Holds the lock until it is dropped.
pub struct StateStore {
    path: PathBuf,
    connection: Connection,
    sources: Vec<Source>,
    history: Arc<History>,
    _lock: Lock,
}

/// What `state info` shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Info {
    /// Version of the tables.
    pub version: i32,
    /// Size of the file.
    pub bytes: u64,
    /// Number of present sources, and of previous contents.
    pub sources: (usize, usize),
    /// Number of known incidents.
    pub incidents: usize,
    /// The latest last.
    pub runs: Vec<RunRow>,
}

/// The version of the linked SQLite.
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}

/// Every file that belongs to a state, whether it exists or not: the state, its journal, the mutes,
/// the lock, the holder, and the temporary file.
pub fn files(path: &Path) -> Vec<PathBuf> {
    let mut journal = path.as_os_str().to_os_string();
    journal.push("-journal");
    let files = [path.to_path_buf(), PathBuf::from(journal), path.with_file_name(mutes::FILE_NAME)];
    let siblings = ["lock", "holder", "new"].map(|extension| sibling_path(path, extension));
    files.into_iter().chain(siblings).collect()
}

impl StateStore {
    /// Opens a state, or creates one where the file is missing or empty.
    pub fn open(path: &Path, now: Instant) -> Result<StateStore, StateError> {
        let path = &resolve_link(path)?;
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::create_dir_all(parent).map_err(|error| StateError::not_written(path, &error))?;
        }
        let is_missing = match fs::metadata(path) {
            Ok(metadata) => metadata.is_file() && metadata.len() == 0,
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        if !is_missing {
            check_writable(path)?;
        }
        let lock = Lock::acquire(path, now)?;
        // Another run may have created it before this one had the lock.
        if is_missing && fs::metadata(path).map_or(0, |metadata| metadata.len()) == 0 {
            create(path)?;
        }
        StateStore::load(path, lock)
    }

    /// Opens a state that must exist.
    pub fn existing(path: &Path, now: Instant) -> Result<StateStore, StateError> {
        if fs::symlink_metadata(path).is_err() {
            return Err(StateError::Missing { path: path.to_path_buf() });
        }
        StateStore::open(path, now)
    }

    fn load(path: &Path, lock: Lock) -> Result<StateStore, StateError> {
        let version = check_writable(path)?;
        let mut connection = connect(path).map_err(|error| database_error(path, &error))?;
        check_structure(&connection, path)?;
        if version < VERSION {
            // The upgrade recomputes all totals, which would hide damage, so every row is checked
            // first. The columns have had the same names since the first version.
            check_totals(&connection, path, version)?;
            sources::load(&connection, path)?;
            History::load(&connection, path)?;
            upgrade(path, &mut connection, version)?;
        }
        check_all(&connection, path)?;
        let sources = sources::load(&connection, path)?;
        let history = Arc::new(History::load(&connection, path)?);
        Ok(StateStore { path: path.to_path_buf(), connection, sources, history, _lock: lock })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    pub fn history(&self) -> &Arc<History> {
        &self.history
    }

    pub fn digest(&self, source: &Source) -> Result<Digest, StateError> {
        source.digest.decode().map_err(|_| damaged_row(&self.path, "sources"))
    }

    pub fn next_run(&self) -> i64 {
        self.history.next_run
    }

    /// Stores a run in one transaction, on a thread of its own. Until `compute_results`
    /// returns, the thread encodes the sources, and writes them if they are at most
    /// `MAX_EARLY_BYTES`.
    /// `meanwhile` runs while the rest is written. Sources and history in memory do not change.
    pub fn commit<A, B>(
        &mut self,
        changes: Changes,
        compute_results: impl FnOnce() -> (RunRecord, A),
        meanwhile: impl FnOnce(A) -> B,
    ) -> Result<B, StateError> {
        let (path, connection, history) = (&self.path, &mut self.connection, &self.history);
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::sync_channel(1);
            let writer = scope.spawn(move || {
                let changes = changes.encode();
                // The sender is gone: the other thread panicked and reports why.
                let receive = || receiver.recv().map_err(|_| rusqlite::Error::InvalidQuery);
                // Before the first run is published there is nothing for others to read.
                let early_bytes = if history.published.is_none() { 0 } else { changes.bytes() };
                let received_first = (early_bytes > MAX_EARLY_BYTES).then(receive);
                let cache = set_cache_size(connection, early_bytes.min(MAX_EARLY_BYTES));
                cache.map_err(|error| write_error(path, &error))?;
                run_transaction(connection, path, |transaction| {
                    let difference = sources::write(transaction, changes)?;
                    add_to_total(transaction, "sources", difference)?;
                    let record: RunRecord = received_first.unwrap_or_else(receive)?;
                    runs::write(transaction, &record, &history.snapshots_at(record.run - 1))?;
                    write_totals(transaction, &RUN_TABLES)
                })
            });
            let (record, value) = compute_results();
            // Fails only if the writer has failed, which `join` reports.
            let _ = sender.send(record);
            let result = meanwhile(value);
            writer.join().unwrap_or_else(|panic| resume_unwind(panic))?;
            Ok(result)
        })
    }

    /// In one transaction, removes sources and reports and replaces the pruned counts of incidents
    /// by `folded`, which covers failures before an instant.
    pub fn prune(
        &mut self,
        before: Instant,
        removed: &[i64],
        folded: &BTreeMap<String, PrunedCounts>,
    ) -> Result<(), StateError> {
        let changes = Changes { removed: removed.to_vec(), ..Changes::default() };
        self.change(&TABLES, |transaction| {
            sources::write(transaction, changes)?;
            reports::remove_before(transaction, &before.to_string())?;
            runs::prune(transaction, before, folded)
        })?;
        // Best effort: shrinking needs free space on the disk, and the rows are removed either way.
        let _ = self.connection.execute_batch("VACUUM");
        self.sources = sources::load(&self.connection, &self.path)?;
        self.history = Arc::new(History::load(&self.connection, &self.path)?);
        Ok(())
    }

    /// What the report of a run is compressed against.
    pub fn base(&self, run: i64) -> Result<DeltaBase, StateError> {
        let base = reports::delta_base(&self.connection, &self.path, run);
        base.map_err(|error| write_error(&self.path, &error))
    }

    /// Marks a run as published, so that later runs are compared with it, and stores its report
    /// unless it is too large.
    pub fn mark_published(
        &mut self,
        run: i64,
        report: Option<ArchivedReport>,
    ) -> Result<(), StateError> {
        self.change(&["reports", "runs"], |transaction| {
            match report {
                Some(report) => reports::write(transaction, run, &report)?,
                None => reports::remove_from(transaction, run)?,
            }
            runs::mark_published(transaction, run)
        })
    }

    /// Marks the failures of an incident up to `at` as resolved.
    pub fn resolve_until(&mut self, id: &str, at: Instant, note: &str) -> Result<(), StateError> {
        self.change(&["incidents"], |transaction| {
            incidents::resolve_incident(transaction, id, at, note)
        })
    }

    /// Runs SQLite's full integrity check and decodes every digest. Returns the number of rows.
    pub fn check(&self) -> Result<usize, StateError> {
        let result: rusqlite::Result<String> =
            self.connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
        match result {
            Ok(message) if message == "ok" => {}
            Ok(why) => return Err(StateError::unusable(&self.path, why)),
            Err(error) => return Err(database_error(&self.path, &error)),
        }
        for source in &self.sources {
            self.digest(source)?;
        }
        let rows = TABLES.iter().map(|table| Ok(table_total(&self.connection, table)?.rows));
        let rows: i64 = rows
            .sum::<rusqlite::Result<i64>>()
            .map_err(|error| database_error(&self.path, &error))?;
        Ok(usize::try_from(rows).unwrap_or_default())
    }

    /// The runs whose reports are stored, in order.
    pub fn reports(&self) -> Result<Vec<i64>, StateError> {
        let sizes = reports::stored_sizes(&self.connection)
            .map_err(|error| database_error(&self.path, &error))?;
        Ok(sizes.into_keys().collect())
    }

    pub fn info(&self) -> Info {
        let previous = self.sources.iter().filter(|source| source.generation > 0).count();
        Info {
            version: VERSION,
            bytes: fs::metadata(&self.path).map_or(0, |metadata| metadata.len()),
            sources: (self.sources.len() - previous, previous),
            incidents: self.history.known.len(),
            runs: self.history.runs.clone(),
        }
    }

    /// Makes changes to the given tables in one transaction and updates their totals.
    fn change(
        &self,
        tables: &[&str],
        make_changes: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StateError> {
        run_transaction(&self.connection, &self.path, |transaction| {
            make_changes(transaction)?;
            write_totals(transaction, tables)
        })
    }
}

/// Makes room in SQLite's cache for `bytes` of rows, a quarter more for its pages, and the default.
fn set_cache_size(connection: &Connection, bytes: usize) -> rusqlite::Result<()> {
    let kibibytes = (bytes / 4 * 5 + DEFAULT_CACHE) >> 10;
    connection.pragma_update(None, "cache_size", -(kibibytes as i64))
}

/// `make_changes` must also update the totals of the tables that it changes.
fn run_transaction(
    connection: &Connection,
    path: &Path,
    make_changes: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
) -> Result<(), StateError> {
    let failed = |error: rusqlite::Error| write_error(path, &error);
    fail_point!("state-begin").map_err(|error| StateError::not_written(path, &error))?;
    // Not nested: a `StateStore` owns its connection and runs one transaction at a time.
    let transaction = connection.unchecked_transaction().map_err(failed)?;
    make_changes(&transaction).map_err(failed)?;
    fail_point!("state-commit").map_err(|error| StateError::not_written(path, &error))?;
    transaction.commit().map_err(|error| commit_error(path, &error))?;
    fail_point!("state-committed").map_err(|error| StateError::not_written(path, &error))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant as Clock};

    use super::*;
    use crate::model::{SourceKey, SourceUse};
    use crate::state::encoded_digest::EncodedDigest;
    use crate::state::snapshot::StateSnapshot;

    fn source(name: &str, bytes: usize) -> Source {
        let byte = |n: usize| xxhash_rust::xxh3::xxh3_64(&n.to_le_bytes()) as u8;
        Source {
            id: 0,
            path: name.into(),
            purpose: SourceUse::Records,
            generation: 0,
            key: SourceKey::new(name),
            settings: "".into(),
            stamp: None,
            is_final: true,
            read_run: 1,
            digest: EncodedDigest::Bytes((0..bytes).map(byte).collect()),
        }
    }

    fn record(run: i64) -> RunRecord {
        RunRecord {
            run,
            interrupted: false,
            started: String::new(),
            finished: String::new(),
            about: Default::default(),
            incidents: Vec::new(),
            aliases: BTreeMap::new(),
        }
    }

    /// With few large rows, many small ones, and more than may be written early.
    #[test]
    fn others_can_read_while_the_results_of_a_run_are_computed() {
        let few = vec![source("a", 30 << 20), source("b", 12 << 20)];
        let many: Vec<Source> = (0..60_000).map(|n| source(&format!("{n}.log"), 250)).collect();
        let too_large = vec![source("a", MAX_EARLY_BYTES), source("b", 1)];
        for added in [few, many, too_large] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("state.db");
            let mut state = StateStore::open(&path, Instant(0)).unwrap();
            let (rows, changes) = (added.len(), Changes { added, ..Changes::default() });
            state.commit(Changes::default(), || (record(1), ()), |()| ()).unwrap();
            state.mark_published(1, None).unwrap();
            drop(state);
            let mut state = StateStore::open(&path, Instant(0)).unwrap();
            let compute_results = || {
                let start = Clock::now();
                while start.elapsed() < Duration::from_secs(1) {
                    let opening = Clock::now();
                    StateSnapshot::at(&path).unwrap();
                    assert!(opening.elapsed() < Duration::from_secs(1), "it had to wait");
                    std::thread::sleep(Duration::from_millis(20));
                }
                (record(2), ())
            };
            state.commit(changes, compute_results, |()| ()).unwrap();
            drop(state);
            let state = StateStore::open(&path, Instant(0)).unwrap();
            assert_eq!(state.sources().len(), rows);
            assert_eq!(state.history().runs.len(), 2);
        }
    }
}
