//! The tables of runs, of incidents, and of what each run told. Only what changed from one run to
//! the next is written, and a run counts for others once it is published.

use crate::model::{Guid, Instant};
use crate::model::{KnownIncident, PrunedCounts};
use crate::state::checksum::RowChecksum;
use crate::state::compact_time;
use crate::state::compact_time::CompactTime;
use crate::state::database::{damaged_row, database_error};
use crate::state::error::StateError;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
/// A run that has told everything to the state and nothing yet to people.
const PREPARED: &str = "prepared";

/// A run whose reports are in place.
const PUBLISHED: &str = "published";

/// A run that was told to stop.
const INTERRUPTED: &str = "interrupted";

/// The setting that says up to when failures were folded away.
const PRUNED_BEFORE: &str = "pruned_before";

/// One run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunRow {
    /// Its number.
    pub id: i64,
    /// `prepared`, `published`, `interrupted`.
    pub phase: String,
    /// RFC 3339.
    pub started: String,
    /// RFC 3339; of the reading, not of the reports.
    pub finished: String,
    /// The rest.
    pub about: RunAbout,
}

/// What is kept of a run.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug, Default)]
#[serde(default)]
pub struct RunAbout {
    /// Version of the program.
    pub version: String,
    /// Hash of the signature set.
    pub signatures: String,
    /// What was scanned, as absolute paths.
    pub roots: Vec<String>,
    /// Sources found.
    pub found: u64,
    /// Sources that were not read, or in part.
    pub unread: Vec<String>,
    /// Sources read or known to be unchanged.
    pub read: u64,
    /// Earliest and latest time in them.
    pub first_time: Option<Instant>,
    /// Latest time in them.
    pub last_time: Option<Instant>,
    /// Incidents told.
    pub incidents: u64,
    /// Failures told.
    pub occurrences: u64,
}

/// What a run told of an incident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug, Default)]
#[serde(default)]
pub struct IncidentSnapshot {
    /// `new`, `ongoing` …
    pub state: String,
    /// Failures.
    pub occurrences: u64,
    /// Distinct jobs.
    pub jobs: u64,
    /// The last failure.
    #[serde(deserialize_with = "compact_time::read")]
    pub last_seen: Option<Instant>,
    /// Failures up to then are settled.
    #[serde(deserialize_with = "compact_time::read")]
    pub resolved_at: Option<Instant>,
}

impl IncidentSnapshot {
    fn of(known: &KnownIncident) -> IncidentSnapshot {
        IncidentSnapshot {
            state: known.state.clone(),
            occurrences: known.occurrences,
            jobs: known.jobs,
            last_seen: known.last_seen,
            resolved_at: known.resolved_at,
        }
    }

    /// As it is kept: there is a row for every change of every incident, so the fields stand
    /// without their names, in their order, and a last one that is empty is left out.
    fn text(&self) -> rusqlite::Result<String> {
        let IncidentSnapshot { state, occurrences, jobs, last_seen, resolved_at } = self;
        let last_seen = last_seen.map(CompactTime::of);
        match resolved_at {
            None => text(&(state, occurrences, jobs, last_seen)),
            Some(at) => text(&(state, occurrences, jobs, last_seen, CompactTime::of(*at))),
        }
    }
}

/// What never depends on a run. Kept like [`IncidentSnapshot`], without the names of fields.
#[derive(Deserialize, Default)]
#[serde(default)]
struct IncidentAbout {
    fingerprint: String,
    signature: String,
    first_run: i64,
    #[serde(deserialize_with = "compact_time::read")]
    first_seen: Option<Instant>,
    by_day: BTreeMap<String, u64>,
    carriers: BTreeSet<(String, String)>,
    /// Without an instant where that is when it was first seen.
    anchor: Option<(Option<CompactTime>, Option<Guid>)>,
}

impl IncidentAbout {
    fn text(known: &KnownIncident) -> rusqlite::Result<String> {
        let other = |at: Instant| (known.first_seen != Some(at)).then(|| CompactTime::of(at));
        let anchor = known.anchor.map(|(at, job)| (other(at), job));
        text(&(
            &known.fingerprint,
            &known.signature,
            known.first_run,
            known.first_seen.map(CompactTime::of),
            &known.by_day,
            &known.carriers,
            anchor,
        ))
    }

    fn anchor(&self) -> Option<(Instant, Option<Guid>)> {
        let (at, job) = self.anchor.as_ref()?;
        Some((at.as_ref().map(CompactTime::at).or(self.first_seen)?, *job))
    }
}

/// Everything a run writes beside its sources.
#[derive(Clone, Debug)]
pub struct RunRecord {
    /// The run.
    pub run: i64,
    /// It was told to stop: its sources count, it tells nothing.
    pub interrupted: bool,
    /// RFC 3339.
    pub started: String,
    /// RFC 3339.
    pub finished: String,
    /// The rest.
    pub about: RunAbout,
    /// Incidents as this run tells them.
    pub incidents: Vec<KnownIncident>,
    /// Earlier ids that another incident took over.
    pub aliases: BTreeMap<String, String>,
}

/// What earlier runs told, as it was read.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The number of the next run; runs that were not published have none of their own.
    pub next_run: i64,
    /// The last run whose reports are in place.
    pub published: Option<i64>,
    /// All runs in order.
    pub runs: Vec<RunRow>,
    /// Incidents as the last published run left them, without those that live on under another id.
    pub known: BTreeMap<String, KnownIncident>,
    /// Earlier ids.
    pub aliases: BTreeMap<String, String>,
    /// What was folded away, by incident.
    pub folded: BTreeMap<String, PrunedCounts>,
    /// Failures before this are folded away and not told again.
    pub pruned_before: Option<Instant>,
    told: Vec<(i64, String, IncidentSnapshot)>,
}

impl History {
    /// Incidents as a run told them.
    pub fn at(&self, run: i64) -> BTreeMap<String, IncidentSnapshot> {
        let until = self.told.iter().take_while(|(told, ..)| *told <= run);
        until.map(|(_, id, told)| (id.clone(), told.clone())).collect()
    }

    /// The id an incident goes by today, if the state knows it.
    pub fn resolve(&self, id: &str) -> Option<&str> {
        let mut id = id;
        // An alias of an alias; a circle cannot be written, and would end here all the same.
        for _ in 0..self.aliases.len() {
            match self.aliases.get(id) {
                Some(next) => id = next,
                None => break,
            }
        }
        let by_fingerprint = || self.known.values().find(|known| known.fingerprint == id);
        self.known.get(id).or_else(by_fingerprint).map(|known| known.id.as_str())
    }
}

fn run_sum(row: &RunRow, about: &str) -> i64 {
    RowChecksum::of("runs")
        .number(row.id)
        .text(&row.phase)
        .text(&row.started)
        .text(&row.finished)
        .text(about)
        .finish()
}

fn incident_sum(id: &str, about: &str, folded: &str, at: Option<i64>, note: Option<&str>) -> i64 {
    RowChecksum::of("incidents")
        .text(id)
        .text(about)
        .text(folded)
        .number(at.map_or(0, |_| 1))
        .number(at.unwrap_or(0))
        .number(note.map_or(0, |_| 1))
        .text(note.unwrap_or(""))
        .finish()
}

fn told_sum(run: i64, incident: &str, about: &str) -> i64 {
    RowChecksum::of("told").number(run).text(incident).text(about).finish()
}

fn alias_sum(old: &str, id: &str, run: i64) -> i64 {
    RowChecksum::of("aliases").text(old).text(id).number(run).finish()
}

fn setting_sum(name: &str, value: &str) -> i64 {
    RowChecksum::of("settings").text(name).text(value).finish()
}

/// A row as it was read: its sum holds, and its text is what we write.
fn checked<T>(holds: bool, value: Option<T>) -> rusqlite::Result<Option<T>> {
    Ok(value.filter(|_| holds))
}

fn parse<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// Of most incidents nothing was ever folded away, and nothing is kept.
fn folded_text(folded: &PrunedCounts) -> rusqlite::Result<String> {
    if *folded == PrunedCounts::default() { Ok(String::new()) } else { text(folded) }
}

fn parse_folded(text: &str) -> Option<PrunedCounts> {
    if text.is_empty() { Some(PrunedCounts::default()) } else { parse(text) }
}

fn text<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// Reads a table whole; one row that does not hold spoils it.
fn table<T>(
    connection: &Connection,
    path: &Path,
    (name, columns): (&str, &str),
    read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<Option<T>>,
) -> Result<Vec<T>, StateError> {
    let rows = || -> rusqlite::Result<Vec<Option<T>>> {
        let mut query =
            connection.prepare(&format!("SELECT {columns} FROM {name} ORDER BY 1, 2"))?;
        let rows = query.query_map([], |row| read(row))?;
        rows.collect()
    };
    let rows = rows().map_err(|error| database_error(path, &error))?;
    rows.into_iter().collect::<Option<Vec<T>>>().ok_or_else(|| damaged_row(path, name))
}

/// Reads what earlier runs told.
pub(crate) fn load(connection: &Connection, path: &Path) -> Result<History, StateError> {
    let columns = ("runs", "id, phase, started, finished, about, sum");
    let runs: Vec<RunRow> = table(connection, path, columns, |row| {
        let about: String = row.get(4)?;
        let run = RunRow {
            id: row.get(0)?,
            phase: row.get(1)?,
            started: row.get(2)?,
            finished: row.get(3)?,
            about: parse(&about).unwrap_or_default(),
        };
        let holds = run_sum(&run, &about) == row.get::<_, i64>(5)?;
        checked(holds, Some(run))
    })?;
    let columns = ("told", "run, incident, about, sum");
    let told = table(connection, path, columns, |row| {
        let (run, id, about): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let holds = told_sum(run, &id, &about) == row.get::<_, i64>(3)?;
        checked(holds, parse::<IncidentSnapshot>(&about).map(|told| (run, id, told)))
    })?;
    let columns = ("aliases", "old, id, run, sum");
    let aliases = table(connection, path, columns, |row| {
        let (old, id, run): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let holds = alias_sum(&old, &id, run) == row.get::<_, i64>(3)?;
        checked(holds, Some((run, old, id)))
    })?;
    let published = runs.iter().filter(|run| run.phase == PUBLISHED).map(|run| run.id).max();
    let mut history = History {
        next_run: published.unwrap_or(0) + 1,
        published,
        runs,
        told,
        aliases: aliases
            .into_iter()
            .filter(|(run, ..)| published.is_some_and(|published| *run <= published))
            .map(|(_, old, id)| (old, id))
            .collect(),
        ..History::default()
    };
    let settings = table(connection, path, ("settings", "name, value, sum"), |row| {
        let (name, value): (String, String) = (row.get(0)?, row.get(1)?);
        let holds = setting_sum(&name, &value) == row.get::<_, i64>(2)?;
        checked(holds, Some((name, value)))
    })?;
    let pruned = settings.iter().find(|(name, _)| name == PRUNED_BEFORE);
    history.pruned_before = pruned.and_then(|(_, value)| value.parse().ok()).map(Instant);
    incidents(connection, path, &mut history)?;
    Ok(history)
}

/// The incidents of the last published run, from what never changes of them and what it told.
fn incidents(
    connection: &Connection,
    path: &Path,
    history: &mut History,
) -> Result<(), StateError> {
    let told = history.published.map(|run| history.at(run)).unwrap_or_default();
    let columns = ("incidents", "id, about, folded, settled_at, note, sum");
    let rows = table(connection, path, columns, |row| {
        let (id, about, folded): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (at, note): (Option<i64>, Option<String>) = (row.get(3)?, row.get(4)?);
        let holds =
            incident_sum(&id, &about, &folded, at, note.as_deref()) == row.get::<_, i64>(5)?;
        let parsed = parse::<IncidentAbout>(&about).zip(parse_folded(&folded));
        checked(holds, parsed.map(|(about, folded)| (id, about, folded, at.map(Instant), note)))
    })?;
    for (id, about, folded, settled_at, note) in rows {
        if folded != PrunedCounts::default() {
            history.folded.insert(id.clone(), folded);
        }
        let Some(told) = told.get(&id) else { continue };
        if history.aliases.contains_key(&id) {
            continue;
        }
        let anchor = about.anchor();
        let known = KnownIncident {
            id: id.clone(),
            fingerprint: about.fingerprint,
            signature: about.signature,
            first_run: about.first_run,
            state: told.state.clone(),
            occurrences: told.occurrences,
            jobs: told.jobs,
            first_seen: about.first_seen,
            last_seen: told.last_seen,
            by_day: about.by_day,
            carriers: about.carriers,
            anchor,
            resolved_at: told.resolved_at.max(settled_at),
            note,
        };
        history.known.insert(id, known);
    }
    Ok(())
}

/// Writes a run, of its incidents what the runs `before` did not tell. One that was never published
/// makes way: this one goes on with it, under its number.
pub(crate) fn write(
    transaction: &Transaction<'_>,
    progress: &RunRecord,
    before: &BTreeMap<String, IncidentSnapshot>,
) -> rusqlite::Result<()> {
    let (run, published) = ([progress.run], [PUBLISHED]);
    transaction.execute("DELETE FROM runs WHERE phase <> ?1", published)?;
    transaction.execute("DELETE FROM told WHERE run >= ?1", run)?;
    transaction.execute("DELETE FROM aliases WHERE run >= ?1", run)?;
    if !progress.interrupted {
        told(transaction, progress, before)?;
    }
    let about = text(&progress.about)?;
    let row = RunRow {
        id: progress.run,
        phase: if progress.interrupted { INTERRUPTED } else { PREPARED }.to_string(),
        started: progress.started.clone(),
        finished: progress.finished.clone(),
        about: RunAbout::default(),
    };
    transaction.execute(
        "INSERT INTO runs (id, phase, started, finished, about, sum) VALUES (?1,?2,?3,?4,?5,?6)",
        params![row.id, row.phase, row.started, row.finished, about, run_sum(&row, &about)],
    )?;
    Ok(())
}

/// Marks a run as published.
pub(crate) fn publish(transaction: &Transaction<'_>, run: i64) -> rusqlite::Result<()> {
    let columns = "SELECT id, started, finished, about FROM runs WHERE id = ?1";
    let (row, about) = transaction.query_row(columns, [run], |row| {
        let about: String = row.get(3)?;
        let run = RunRow {
            id: row.get(0)?,
            phase: PUBLISHED.to_string(),
            started: row.get(1)?,
            finished: row.get(2)?,
            about: RunAbout::default(),
        };
        Ok((run, about))
    })?;
    transaction.execute(
        "UPDATE runs SET phase = ?2, sum = ?3 WHERE id = ?1",
        params![run, row.phase, run_sum(&row, &about)],
    )?;
    Ok(())
}

fn told(
    transaction: &Transaction<'_>,
    progress: &RunRecord,
    before: &BTreeMap<String, IncidentSnapshot>,
) -> rusqlite::Result<()> {
    let mut insert =
        transaction.prepare("INSERT INTO told (run, incident, about, sum) VALUES (?1,?2,?3,?4)")?;
    for known in &progress.incidents {
        let told = IncidentSnapshot::of(known);
        if before.get(&known.id) != Some(&told) {
            let about = told.text()?;
            let sum = told_sum(progress.run, &known.id, &about);
            insert.execute(params![progress.run, known.id, about, sum])?;
        }
        write_incident(transaction, known)?;
    }
    for (old, id) in &progress.aliases {
        transaction.execute(
            "INSERT OR REPLACE INTO aliases (old, id, run, sum) VALUES (?1, ?2, ?3, ?4)",
            params![old, id, progress.run, alias_sum(old, id, progress.run)],
        )?;
    }
    Ok(())
}

/// The columns of an incident that a run does not write.
type IncidentColumns = (String, Option<i64>, Option<String>);

fn kept(transaction: &Transaction<'_>, id: &str) -> rusqlite::Result<IncidentColumns> {
    let query = "SELECT folded, settled_at, note FROM incidents WHERE id = ?1";
    let kept = transaction
        .prepare_cached(query)?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    Ok(kept.unwrap_or_default())
}

fn write_incident(transaction: &Transaction<'_>, known: &KnownIncident) -> rusqlite::Result<()> {
    let now = IncidentAbout::text(known)?;
    let written = about(transaction, &known.id).optional()?;
    if written.as_deref() == Some(&now) {
        return Ok(());
    }
    put(transaction, &known.id, &now, kept(transaction, &known.id)?)
}

fn put(
    transaction: &Transaction<'_>,
    id: &str,
    about: &str,
    kept: IncidentColumns,
) -> rusqlite::Result<()> {
    let (folded, at, note) = kept;
    let sum = incident_sum(id, about, &folded, at, note.as_deref());
    let mut insert = transaction.prepare_cached(
        "INSERT OR REPLACE INTO incidents (id, about, folded, settled_at, note, sum)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    insert.execute(params![id, about, folded, at, note, sum])?;
    Ok(())
}

fn about(transaction: &Transaction<'_>, id: &str) -> rusqlite::Result<String> {
    let mut query = transaction.prepare_cached("SELECT about FROM incidents WHERE id = ?1")?;
    query.query_row([id], |row| row.get(0))
}

/// Folds failures into sums: each replaces what was folded before.
pub(crate) fn prune(
    transaction: &Transaction<'_>,
    before: Instant,
    folded: &BTreeMap<String, PrunedCounts>,
) -> rusqlite::Result<()> {
    for (id, folded) in folded {
        let (_, at, note) = kept(transaction, id)?;
        put(transaction, id, &about(transaction, id)?, (folded_text(folded)?, at, note))?;
    }
    let value = before.0.to_string();
    let sum = setting_sum(PRUNED_BEFORE, &value);
    transaction.execute(
        "INSERT OR REPLACE INTO settings (name, value, sum) VALUES (?1, ?2, ?3)",
        params![PRUNED_BEFORE, value, sum],
    )?;
    Ok(())
}

/// Settles an incident by hand.
pub(crate) fn resolve_incident(
    transaction: &Transaction<'_>,
    id: &str,
    at: Instant,
    note: &str,
) -> rusqlite::Result<()> {
    let (folded, ..) = kept(transaction, id)?;
    put(transaction, id, &about(transaction, id)?, (folded, Some(at.0), Some(note.to_string())))
}
