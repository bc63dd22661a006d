//! An open state: locked, looked through, loaded, and changed in one transaction. The file itself is
//! in `file`, the tables are in `sources`, `runs` and `reports`.

use crate::model::PrunedCounts;
use crate::model::{Digest, Instant};
use crate::state::database::{
    TABLES, VERSION, check_all, check_structure, check_totals, connect, create, damaged_row,
    database_error, inspect, move_total, not_committed, not_written, real, totals, upgrade,
    write_totals,
};
use crate::state::error::StateError;
use crate::state::lock::{Lock, beside};
use crate::state::reports;
use crate::state::reports::{ArchivedReport, DeltaBase};
use crate::state::runs;
use crate::state::runs::{History, RunRecord, RunRow};
use crate::state::sources;
use crate::state::sources::{Changes, Source};
use rusqlite::{Connection, Transaction};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
/// Tables to which a run writes what it tells.
const TOLD: [&str; 4] = ["runs", "incidents", "told", "aliases"];

/// Bytes of rows that are written before it is known what a run tells. They wait in memory, as
/// nobody can look at a file from the moment in which any of them is in it until the transaction
/// ends.
const EARLY: usize = 48 << 20;

/// What SQLite keeps in memory otherwise.
const USUAL_CACHE: usize = 2 << 20;

/// An open state: locked, looked through, and loaded.
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
    let own = [
        path.to_path_buf(),
        PathBuf::from(journal),
        path.with_file_name(crate::state::mutes::FILE),
    ];
    own.into_iter().chain(beside).collect()
}

impl StateStore {
    /// Opens a state, or makes one where there is none or an empty file.
    pub fn open(path: &Path, now: Instant) -> Result<StateStore, StateError> {
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
        StateStore::load(path, lock)
    }

    /// Opens a state that must be there.
    pub fn existing(path: &Path, now: Instant) -> Result<StateStore, StateError> {
        if fs::symlink_metadata(path).is_err() {
            return Err(StateError::Missing { path: path.to_path_buf() });
        }
        StateStore::open(path, now)
    }

    fn load(path: &Path, lock: Lock) -> Result<StateStore, StateError> {
        let version = inspect(path)?;
        let unusable = |error: rusqlite::Error| database_error(path, &error);
        let mut connection = connect(path).map_err(unusable)?;
        check_structure(&connection, path)?;
        if version < VERSION {
            // Sums are written anew below, so what is wrong now would pass for right. The columns
            // that are read have had their names since the first version.
            check_totals(&connection, path, version)?;
            sources::load(&connection, path)?;
            runs::load(&connection, path)?;
            upgrade(path, &mut connection, version)?;
        }
        check_all(&connection, path)?;
        let sources = sources::load(&connection, path)?;
        let history = Arc::new(runs::load(&connection, path)?);
        Ok(StateStore { path: path.to_path_buf(), connection, sources, history, _lock: lock })
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
    pub fn history(&self) -> &Arc<History> {
        &self.history
    }

    /// What a source told.
    pub fn digest(&self, source: &Source) -> Result<Digest, StateError> {
        source.digest.digest().map_err(|_| damaged_row(&self.path, "sources"))
    }

    /// The number of the next run.
    pub fn next_run(&self) -> i64 {
        self.history.next_run
    }

    /// Writes what a run did, all or nothing; of what it tells, what the runs before it did not.
    /// Its sources are packed, and written if they are not too many, while that is still found
    /// out; the rest while something is made of it. What is at hand stays what was read.
    pub fn commit<A, B>(
        &mut self,
        changes: Changes,
        tell: impl FnOnce() -> (RunRecord, A),
        meanwhile: impl FnOnce(A) -> B,
    ) -> Result<B, StateError> {
        let (path, connection, history) = (&self.path, &mut self.connection, &self.history);
        std::thread::scope(|scope| {
            let (told, telling) = mpsc::sync_channel(1);
            let writer = scope.spawn(move || {
                let changes = changes.ready();
                // Nobody tells any more: a defect, of which the other thread says more.
                let wait = || telling.recv().map_err(|_| rusqlite::Error::InvalidQuery);
                // Before the first run is published there is nothing to look at.
                let waiting = if history.published.is_none() { 0 } else { changes.bytes() };
                let late = (waiting > EARLY).then(wait);
                let room = cache(connection, waiting.min(EARLY));
                room.map_err(|error| not_written(path, &error))?;
                change(connection, path, |transaction| {
                    let moved = sources::write(transaction, changes)?;
                    move_total(transaction, "sources", moved)?;
                    let progress: RunRecord = late.unwrap_or_else(wait)?;
                    runs::write(transaction, &progress, &history.at(progress.run - 1))?;
                    write_totals(transaction, &TOLD)
                })
            });
            let (progress, result) = tell();
            // A writer that does not listen any more has failed, and says so below.
            let _ = told.send(progress);
            let result = meanwhile(result);
            writer.join().unwrap_or_else(|panic| resume_unwind(panic))?;
            Ok(result)
        })
    }

    /// Removes sources and folds their failures before an instant into sums, all or nothing.
    pub fn prune(
        &mut self,
        before: Instant,
        removed: &[i64],
        folded: &BTreeMap<String, PrunedCounts>,
    ) -> Result<(), StateError> {
        let changes = Changes { removed: removed.to_vec(), ..Changes::default() };
        self.change(&TABLES, |transaction| {
            sources::write(transaction, changes)?;
            reports::forget(transaction, &before.to_string())?;
            runs::prune(transaction, before, folded)
        })?;
        // Room is given back where there is room to do it; the rows are gone either way, so an
        // error here would tell something false.
        let _ = self.connection.execute_batch("VACUUM");
        self.sources = sources::load(&self.connection, &self.path)?;
        self.history = Arc::new(runs::load(&self.connection, &self.path)?);
        Ok(())
    }

    /// What the report of a run is packed against.
    pub fn base(&self, run: i64) -> Result<DeltaBase, StateError> {
        let found = reports::base(&self.connection, &self.path, run);
        found.map_err(|error| not_written(&self.path, &error))
    }

    /// Marks a run as published: from now on it is what others are compared with. Its report is
    /// kept, if there is one and it is not too large.
    pub fn mark_published(
        &mut self,
        run: i64,
        report: Option<ArchivedReport>,
    ) -> Result<(), StateError> {
        self.change(&["reports", "runs"], |transaction| {
            match report {
                Some(report) => reports::write(transaction, run, &report)?,
                None => reports::replace(transaction, run)?,
            }
            runs::publish(transaction, run)
        })
    }

    /// Writes down by hand that the failures of an incident so far are settled.
    pub fn settle(&mut self, id: &str, at: Instant, note: &str) -> Result<(), StateError> {
        self.change(&["incidents"], |transaction| runs::resolve_incident(transaction, id, at, note))
    }

    /// Looks through everything once more and thoroughly, digests included; returns the rows.
    pub fn check(&self) -> Result<usize, StateError> {
        let found: rusqlite::Result<String> =
            self.connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
        match found {
            Ok(word) if word == "ok" => {}
            Ok(why) => return Err(StateError::unusable(&self.path, why)),
            Err(error) => return Err(database_error(&self.path, &error)),
        }
        for source in &self.sources {
            self.digest(source)?;
        }
        let rows = TABLES.iter().map(|table| totals(&self.connection, table).map(|(rows, _)| rows));
        let rows: i64 =
            rows.sum::<rusqlite::Result<i64>>().map_err(|e| database_error(&self.path, &e))?;
        Ok(usize::try_from(rows).unwrap_or_default())
    }

    /// Runs whose reports are kept.
    pub fn reports(&self) -> Result<Vec<i64>, StateError> {
        let kept = reports::runs(&self.connection).map_err(|e| database_error(&self.path, &e))?;
        Ok(kept.into_keys().collect())
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
        tables: &[&str],
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StateError> {
        change(&self.connection, &self.path, |transaction| {
            work(transaction)?;
            write_totals(transaction, tables)
        })
    }
}

/// Lets so many bytes wait in memory until a transaction ends.
fn cache(connection: &Connection, bytes: usize) -> rusqlite::Result<()> {
    let kibibytes = (bytes / 4 * 5 + USUAL_CACHE) >> 10;
    connection.pragma_update(None, "cache_size", -(kibibytes as i64))
}

/// Does some work, with the totals of all tables it touches, in one transaction.
fn change(
    connection: &Connection,
    path: &Path,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
) -> Result<(), StateError> {
    let failed = |error: rusqlite::Error| not_written(path, &error);
    fail_point!("state-begin").map_err(|error| StateError::not_written(path, &error))?;
    // Nobody else has the connection: this one is never inside another.
    let transaction = connection.unchecked_transaction().map_err(failed)?;
    work(&transaction).map_err(failed)?;
    fail_point!("state-commit").map_err(|error| StateError::not_written(path, &error))?;
    transaction.commit().map_err(|error| not_committed(path, &error))?;
    fail_point!("state-committed").map_err(|error| StateError::not_written(path, &error))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant as Clock};

    use super::*;
    use crate::model::SourceKey;
    use crate::state::encoded_digest::EncodedDigest;
    use crate::state::snapshot::StateSnapshot;

    fn source(name: &str, bytes: usize) -> Source {
        let byte = |n: usize| xxhash_rust::xxh3::xxh3_64(&n.to_le_bytes()) as u8;
        Source {
            id: 0,
            path: name.into(),
            named: false,
            generation: 0,
            key: SourceKey::new(name),
            settings: "".into(),
            content: None,
            settled: true,
            read_run: 1,
            resume: None,
            digest: EncodedDigest::Bytes((0..bytes).map(byte).collect()),
        }
    }

    fn progress(run: i64) -> RunRecord {
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

    /// Few large rows, many small ones, and more than may wait in memory.
    #[test]
    fn others_can_look_while_a_run_is_told() {
        let few = vec![source("a", 30 << 20), source("b", 12 << 20)];
        let many: Vec<Source> = (0..60_000).map(|n| source(&format!("{n}.log"), 250)).collect();
        let more = vec![source("a", EARLY), source("b", 1)];
        for added in [few, many, more] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("state.db");
            let mut state = StateStore::open(&path, Instant(0)).unwrap();
            let (rows, changes) = (added.len(), Changes { added, ..Changes::default() });
            state.commit(Changes::default(), || (progress(1), ()), |()| ()).unwrap();
            state.mark_published(1, None).unwrap();
            drop(state);
            let mut state = StateStore::open(&path, Instant(0)).unwrap();
            let tell = || {
                let begun = Clock::now();
                while begun.elapsed() < Duration::from_secs(1) {
                    let looked = Clock::now();
                    StateSnapshot::at(&path).unwrap();
                    assert!(looked.elapsed() < Duration::from_secs(1), "it had to wait");
                    std::thread::sleep(Duration::from_millis(20));
                }
                (progress(2), ())
            };
            state.commit(changes, tell, |()| ()).unwrap();
            drop(state);
            let state = StateStore::open(&path, Instant(0)).unwrap();
            assert_eq!(state.sources().len(), rows);
            assert_eq!(state.history().runs.len(), 2);
        }
    }
}
