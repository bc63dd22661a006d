//! The tables of incidents, of their snapshots by run, and of aliases of their ids. A run stores a
//! snapshot only of an incident that changed since the run before. Does not decide which state an
//! incident is in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use crate::model::{Guid, IncidentState, Instant, KnownIncident, PrunedCounts};
use crate::state::checksum::RowChecksum;
use crate::state::compact_time;
use crate::state::compact_time::CompactTime;
use crate::state::error::StateError;
use crate::state::table::{from_json, read_table, to_json};

/// What a run reported of an incident. Rows of earlier table versions hold a JSON object with these
/// names; see [`IncidentSnapshot::encode`] for the form written now.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug, Default)]
#[serde(default)]
pub struct IncidentSnapshot {
    pub state: IncidentState,
    pub occurrences: u64,
    /// Number of distinct jobs.
    pub jobs: u64,
    #[serde(deserialize_with = "compact_time::deserialize")]
    pub last_seen: Option<Instant>,
    /// Failures up to this instant are resolved.
    #[serde(deserialize_with = "compact_time::deserialize")]
    pub resolved_at: Option<Instant>,
}

impl IncidentSnapshot {
    fn new(incident: &KnownIncident) -> IncidentSnapshot {
        IncidentSnapshot {
            state: incident.state,
            occurrences: incident.occurrences,
            jobs: incident.jobs,
            last_seen: incident.last_seen,
            resolved_at: incident.resolved_at,
        }
    }

    /// A JSON array of the fields in their order, without an empty last one: there is a row for
    /// every change of every incident, so the names would be most of the table.
    fn encode(&self) -> rusqlite::Result<String> {
        let IncidentSnapshot { state, occurrences, jobs, last_seen, resolved_at } = self;
        let last_seen = last_seen.map(CompactTime::new);
        match resolved_at {
            None => to_json(&(state, occurrences, jobs, last_seen)),
            Some(at) => to_json(&(state, occurrences, jobs, last_seen, CompactTime::new(*at))),
        }
    }
}

/// The column `about` of an incident, which is overwritten when it changes. Stored as an array like
/// [`IncidentSnapshot`].
#[derive(Deserialize, Default)]
#[serde(default)]
struct IncidentDetails {
    fingerprint: String,
    signature: String,
    first_run: i64,
    #[serde(deserialize_with = "compact_time::deserialize")]
    first_seen: Option<Instant>,
    by_day: BTreeMap<String, u64>,
    #[serde(rename = "carriers")]
    log_series: BTreeSet<(String, String)>,
    /// Without an instant where that equals `first_seen`.
    anchor: Option<(Option<CompactTime>, Option<Guid>)>,
}

impl IncidentDetails {
    fn encode(incident: &KnownIncident) -> rusqlite::Result<String> {
        let unless_first =
            |at: Instant| (incident.first_seen != Some(at)).then(|| CompactTime::new(at));
        let anchor = incident.anchor.map(|(at, job)| (unless_first(at), job));
        to_json(&(
            &incident.fingerprint,
            &incident.signature,
            incident.first_run,
            incident.first_seen.map(CompactTime::new),
            &incident.by_day,
            &incident.log_series,
            anchor,
        ))
    }

    fn anchor(&self) -> Option<(Instant, Option<Guid>)> {
        let (at, job) = self.anchor.as_ref()?;
        Some((at.as_ref().map(CompactTime::instant).or(self.first_seen)?, *job))
    }
}

/// What a run reported of an incident, as a row.
#[derive(Clone, Debug)]
pub(crate) struct SnapshotRow {
    pub(crate) run: i64,
    pub(crate) incident: String,
    pub(crate) snapshot: IncidentSnapshot,
}

/// An incident as a row.
pub(crate) struct StoredIncident {
    pub(crate) id: String,
    details: IncidentDetails,
    /// Counts of its pruned failures.
    pub(crate) pruned: PrunedCounts,
    resolved_at: Option<Instant>,
    note: Option<String>,
}

impl StoredIncident {
    /// The incident as it was after the run of a snapshot.
    pub(crate) fn into_known(self, snapshot: &IncidentSnapshot) -> KnownIncident {
        let anchor = self.details.anchor();
        KnownIncident {
            id: self.id,
            fingerprint: self.details.fingerprint,
            signature: self.details.signature,
            first_run: self.details.first_run,
            state: snapshot.state,
            occurrences: snapshot.occurrences,
            jobs: snapshot.jobs,
            first_seen: self.details.first_seen,
            last_seen: snapshot.last_seen,
            by_day: self.details.by_day,
            log_series: self.details.log_series,
            anchor,
            resolved_at: snapshot.resolved_at.max(self.resolved_at),
            note: self.note,
        }
    }
}

/// The columns of an incident that a run does not write.
#[derive(Default)]
struct IncidentColumns {
    pruned: String,
    /// Microseconds since 1970.
    resolved_at: Option<i64>,
    note: Option<String>,
}

fn incident_checksum(id: &str, about: &str, columns: &IncidentColumns) -> i64 {
    let IncidentColumns { pruned, resolved_at, note } = columns;
    RowChecksum::new("incidents")
        .text(id)
        .text(about)
        .text(pruned)
        .number(i64::from(resolved_at.is_some()))
        .number(resolved_at.unwrap_or(0))
        .number(i64::from(note.is_some()))
        .text(note.as_deref().unwrap_or(""))
        .finish()
}

fn snapshot_checksum(run: i64, incident: &str, about: &str) -> i64 {
    RowChecksum::new("told").number(run).text(incident).text(about).finish()
}

fn alias_checksum(old: &str, id: &str, run: i64) -> i64 {
    RowChecksum::new("aliases").text(old).text(id).number(run).finish()
}

/// Most incidents have no pruned failures; their column is empty.
fn encode_pruned(counts: &PrunedCounts) -> rusqlite::Result<String> {
    if *counts == PrunedCounts::default() { Ok(String::new()) } else { to_json(counts) }
}

fn decode_pruned(text: &str) -> Option<PrunedCounts> {
    if text.is_empty() { Some(PrunedCounts::default()) } else { from_json(text) }
}

/// All snapshots, ordered by run.
pub(crate) fn load_snapshots(
    connection: &Connection,
    path: &Path,
) -> Result<Vec<SnapshotRow>, StateError> {
    read_table(connection, path, ("told", "run, incident, about, sum"), |row| {
        let (run, incident): (i64, String) = (row.get(0)?, row.get(1)?);
        let about: String = row.get(2)?;
        let is_intact = snapshot_checksum(run, &incident, &about) == row.get::<_, i64>(3)?;
        let snapshot = from_json(&about).filter(|_| is_intact);
        Ok(snapshot.map(|snapshot| SnapshotRow { run, incident, snapshot }))
    })
}

/// Maps each previous id to the id that replaced it, as far as a run up to `published` wrote it.
pub(crate) fn load_aliases(
    connection: &Connection,
    path: &Path,
    published: Option<i64>,
) -> Result<BTreeMap<String, String>, StateError> {
    let rows = read_table(connection, path, ("aliases", "old, id, run, sum"), |row| {
        let (old, id, run): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let is_intact = alias_checksum(&old, &id, run) == row.get::<_, i64>(3)?;
        Ok(is_intact.then_some((run, (old, id))))
    })?;
    let is_published = |run: i64| published.is_some_and(|last| run <= last);
    Ok(rows.into_iter().filter(|(run, _)| is_published(*run)).map(|(_, alias)| alias).collect())
}

pub(crate) fn load(
    connection: &Connection,
    path: &Path,
) -> Result<Vec<StoredIncident>, StateError> {
    let columns = ("incidents", "id, about, folded, settled_at, note, sum");
    read_table(connection, path, columns, |row| {
        let (id, about): (String, String) = (row.get(0)?, row.get(1)?);
        let columns =
            IncidentColumns { pruned: row.get(2)?, resolved_at: row.get(3)?, note: row.get(4)? };
        let is_intact = incident_checksum(&id, &about, &columns) == row.get::<_, i64>(5)?;
        let decoded = from_json(&about).zip(decode_pruned(&columns.pruned));
        Ok(decoded.filter(|_| is_intact).map(|(details, pruned)| StoredIncident {
            id,
            details,
            pruned,
            resolved_at: columns.resolved_at.map(Instant),
            note: columns.note,
        }))
    })
}

/// Removes the snapshots and aliases of a run that is stored again, and of any later run.
pub(crate) fn remove_from(transaction: &Transaction<'_>, run: i64) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM told WHERE run >= ?1", [run])?;
    transaction.execute("DELETE FROM aliases WHERE run >= ?1", [run])?;
    Ok(())
}

/// Stores the incidents of a run, and a snapshot of each that differs from `previous`.
pub(crate) fn write(
    transaction: &Transaction<'_>,
    run: i64,
    incidents: &[KnownIncident],
    previous: &BTreeMap<String, IncidentSnapshot>,
) -> rusqlite::Result<()> {
    let mut insert =
        transaction.prepare("INSERT INTO told (run, incident, about, sum) VALUES (?1,?2,?3,?4)")?;
    for incident in incidents {
        let snapshot = IncidentSnapshot::new(incident);
        if previous.get(&incident.id) != Some(&snapshot) {
            let about = snapshot.encode()?;
            let checksum = snapshot_checksum(run, &incident.id, &about);
            insert.execute(params![run, incident.id, about, checksum])?;
        }
        write_incident(transaction, incident)?;
    }
    Ok(())
}

pub(crate) fn write_aliases(
    transaction: &Transaction<'_>,
    run: i64,
    aliases: &BTreeMap<String, String>,
) -> rusqlite::Result<()> {
    for (old, id) in aliases {
        transaction.execute(
            "INSERT OR REPLACE INTO aliases (old, id, run, sum) VALUES (?1, ?2, ?3, ?4)",
            params![old, id, run, alias_checksum(old, id, run)],
        )?;
    }
    Ok(())
}

fn write_incident(transaction: &Transaction<'_>, incident: &KnownIncident) -> rusqlite::Result<()> {
    let about = IncidentDetails::encode(incident)?;
    if read_about(transaction, &incident.id).optional()?.as_deref() == Some(&about) {
        return Ok(());
    }
    write_row(transaction, &incident.id, &about, &read_columns(transaction, &incident.id)?)
}

/// Replaces the pruned counts of an incident, which must be stored.
pub(crate) fn write_pruned_counts(
    transaction: &Transaction<'_>,
    id: &str,
    counts: &PrunedCounts,
) -> rusqlite::Result<()> {
    let stored = read_columns(transaction, id)?;
    let columns = IncidentColumns { pruned: encode_pruned(counts)?, ..stored };
    write_row(transaction, id, &read_about(transaction, id)?, &columns)
}

/// Marks the failures of an incident up to `at` as resolved. The incident must be stored.
pub(crate) fn resolve_incident(
    transaction: &Transaction<'_>,
    id: &str,
    at: Instant,
    note: &str,
) -> rusqlite::Result<()> {
    let stored = read_columns(transaction, id)?;
    let columns =
        IncidentColumns { resolved_at: Some(at.0), note: Some(note.to_string()), ..stored };
    write_row(transaction, id, &read_about(transaction, id)?, &columns)
}

fn read_columns(transaction: &Transaction<'_>, id: &str) -> rusqlite::Result<IncidentColumns> {
    let query = "SELECT folded, settled_at, note FROM incidents WHERE id = ?1";
    let columns = transaction
        .prepare_cached(query)?
        .query_row([id], |row| {
            Ok(IncidentColumns { pruned: row.get(0)?, resolved_at: row.get(1)?, note: row.get(2)? })
        })
        .optional()?;
    Ok(columns.unwrap_or_default())
}

fn read_about(transaction: &Transaction<'_>, id: &str) -> rusqlite::Result<String> {
    let mut query = transaction.prepare_cached("SELECT about FROM incidents WHERE id = ?1")?;
    query.query_row([id], |row| row.get(0))
}

fn write_row(
    transaction: &Transaction<'_>,
    id: &str,
    about: &str,
    columns: &IncidentColumns,
) -> rusqlite::Result<()> {
    let checksum = incident_checksum(id, about, columns);
    let IncidentColumns { pruned, resolved_at, note } = columns;
    let mut insert = transaction.prepare_cached(
        "INSERT OR REPLACE INTO incidents (id, about, folded, settled_at, note, sum)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    insert.execute(params![id, about, pruned, resolved_at, note, checksum])?;
    Ok(())
}
