//! The table of runs with their phases, and the settings. Other runs use a run only once it is
//! marked as published. Incidents are in `incidents`; `history` puts both together.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, Transaction, params};
use serde::{Deserialize, Serialize};

use crate::model::{Instant, KnownIncident, PrunedCounts};
use crate::state::checksum::RowChecksum;
use crate::state::error::StateError;
use crate::state::incidents;
use crate::state::incidents::IncidentSnapshot;
use crate::state::table::{from_json, read_table, to_json};

/// Phase of a run whose results are stored and whose reports are not in place yet.
const PREPARED: &str = "prepared";

/// Phase of a run whose reports are in place.
const PUBLISHED: &str = "published";

/// Phase of a run that was interrupted: only its sources are stored.
const INTERRUPTED: &str = "interrupted";

/// The setting for [`load_pruned_before`], in microseconds since 1970.
const PRUNED_BEFORE: &str = "pruned_before";

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunRow {
    pub id: i64,
    /// `prepared`, `published` or `interrupted`.
    pub phase: String,
    /// RFC 3339.
    pub started: String,
    /// RFC 3339; when the results were complete, before the reports were written.
    pub finished: String,
    pub about: RunAbout,
}

/// What is stored of a run as one JSON value.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug, Default)]
#[serde(default)]
pub struct RunAbout {
    /// Version of the program.
    pub version: String,
    /// Hash of the rule set.
    pub signatures: String,
    /// The scanned paths, absolute.
    pub roots: Vec<String>,
    /// Number of sources found.
    pub found: u64,
    /// Sources that were not read, or only in part.
    pub unread: Vec<String>,
    /// Number of sources that were read or are unchanged.
    pub read: u64,
    /// Earliest time in the logs.
    pub first_time: Option<Instant>,
    /// Latest time in the logs.
    pub last_time: Option<Instant>,
    /// Number of reported incidents.
    pub incidents: u64,
    /// Number of reported occurrences.
    pub occurrences: u64,
}

/// Everything a run stores except its sources and its report.
#[derive(Clone, Debug)]
pub struct RunRecord {
    pub run: i64,
    /// The run was interrupted: its incidents and aliases are not stored.
    pub interrupted: bool,
    /// RFC 3339.
    pub started: String,
    /// RFC 3339.
    pub finished: String,
    pub about: RunAbout,
    pub incidents: Vec<KnownIncident>,
    /// Maps a previous id of an incident to the id that replaced it.
    pub aliases: BTreeMap<String, String>,
}

fn run_checksum(row: &RunRow, about: &str) -> i64 {
    RowChecksum::new("runs")
        .number(row.id)
        .text(&row.phase)
        .text(&row.started)
        .text(&row.finished)
        .text(about)
        .finish()
}

fn setting_checksum(name: &str, value: &str) -> i64 {
    RowChecksum::new("settings").text(name).text(value).finish()
}

pub(crate) fn load(connection: &Connection, path: &Path) -> Result<Vec<RunRow>, StateError> {
    let columns = ("runs", "id, phase, started, finished, about, sum");
    read_table(connection, path, columns, |row| {
        let about: String = row.get(4)?;
        let run = RunRow {
            id: row.get(0)?,
            phase: row.get(1)?,
            started: row.get(2)?,
            finished: row.get(3)?,
            about: from_json(&about).unwrap_or_default(),
        };
        let is_intact = run_checksum(&run, &about) == row.get::<_, i64>(5)?;
        Ok(is_intact.then_some(run))
    })
}

pub(crate) fn last_published(runs: &[RunRow]) -> Option<i64> {
    runs.iter().filter(|run| run.phase == PUBLISHED).map(|run| run.id).max()
}

/// The instant before which failures are pruned: only their daily counts are stored.
pub(crate) fn load_pruned_before(
    connection: &Connection,
    path: &Path,
) -> Result<Option<Instant>, StateError> {
    let settings = read_table(connection, path, ("settings", "name, value, sum"), |row| {
        let (name, value): (String, String) = (row.get(0)?, row.get(1)?);
        let is_intact = setting_checksum(&name, &value) == row.get::<_, i64>(2)?;
        Ok(is_intact.then_some((name, value)))
    })?;
    let setting = settings.iter().find(|(name, _)| name == PRUNED_BEFORE);
    Ok(setting.and_then(|(_, micros)| micros.parse().ok()).map(Instant))
}

/// Stores a run, and of its incidents only those that differ from `previous`, the snapshots of the
/// runs before it. A run that was never published is replaced; this run has its number.
pub(crate) fn write(
    transaction: &Transaction<'_>,
    record: &RunRecord,
    previous: &BTreeMap<String, IncidentSnapshot>,
) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM runs WHERE phase <> ?1", [PUBLISHED])?;
    incidents::remove_from(transaction, record.run)?;
    if !record.interrupted {
        incidents::write(transaction, record.run, &record.incidents, previous)?;
        incidents::write_aliases(transaction, record.run, &record.aliases)?;
    }
    let about = to_json(&record.about)?;
    let row = RunRow {
        id: record.run,
        phase: if record.interrupted { INTERRUPTED } else { PREPARED }.to_string(),
        started: record.started.clone(),
        finished: record.finished.clone(),
        about: RunAbout::default(),
    };
    transaction.execute(
        "INSERT INTO runs (id, phase, started, finished, about, sum) VALUES (?1,?2,?3,?4,?5,?6)",
        params![row.id, row.phase, row.started, row.finished, about, run_checksum(&row, &about)],
    )?;
    Ok(())
}

pub(crate) fn mark_published(transaction: &Transaction<'_>, run: i64) -> rusqlite::Result<()> {
    let query = "SELECT id, started, finished, about FROM runs WHERE id = ?1";
    let (row, about) = transaction.query_row(query, [run], |columns| {
        let row = RunRow {
            id: columns.get(0)?,
            phase: PUBLISHED.to_string(),
            started: columns.get(1)?,
            finished: columns.get(2)?,
            about: RunAbout::default(),
        };
        Ok((row, columns.get::<_, String>(3)?))
    })?;
    transaction.execute(
        "UPDATE runs SET phase = ?2, sum = ?3 WHERE id = ?1",
        params![run, row.phase, run_checksum(&row, &about)],
    )?;
    Ok(())
}

/// Replaces the pruned counts of the given incidents and stores the instant up to which they reach.
pub(crate) fn prune(
    transaction: &Transaction<'_>,
    before: Instant,
    counts: &BTreeMap<String, PrunedCounts>,
) -> rusqlite::Result<()> {
    for (id, counts) in counts {
        incidents::write_pruned_counts(transaction, id, counts)?;
    }
    let value = before.0.to_string();
    transaction.execute(
        "INSERT OR REPLACE INTO settings (name, value, sum) VALUES (?1, ?2, ?3)",
        params![PRUNED_BEFORE, value, setting_checksum(PRUNED_BEFORE, &value)],
    )?;
    Ok(())
}
