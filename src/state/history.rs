//! What previous runs stored of themselves and of their incidents, loaded once when a state is
//! opened. Only published runs count.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;

use crate::model::{Instant, KnownIncident, PrunedCounts};
use crate::state::error::StateError;
use crate::state::incidents::{IncidentSnapshot, SnapshotRow};
use crate::state::runs::RunRow;
use crate::state::{incidents, runs};

#[derive(Clone, Debug, Default)]
pub struct History {
    /// The number of the next run; a run that was not published does not use one up.
    pub next_run: i64,
    /// The last published run.
    pub published: Option<i64>,
    /// All runs in order, including one that was not published.
    pub runs: Vec<RunRow>,
    /// Incidents as of the last published run, by id, without those that have an alias.
    pub known: BTreeMap<String, KnownIncident>,
    /// Maps a previous id of an incident to the id that replaced it.
    pub aliases: BTreeMap<String, String>,
    /// Counts of pruned failures, by incident.
    pub pruned: BTreeMap<String, PrunedCounts>,
    /// Failures before this instant are pruned and not reported again.
    pub pruned_before: Option<Instant>,
    snapshots: Vec<SnapshotRow>,
}

impl History {
    pub(crate) fn load(connection: &Connection, path: &Path) -> Result<History, StateError> {
        let runs = runs::load(connection, path)?;
        let published = runs::last_published(&runs);
        let snapshots = incidents::load_snapshots(connection, path)?;
        let mut history = History {
            next_run: published.unwrap_or(0) + 1,
            published,
            runs,
            aliases: incidents::load_aliases(connection, path, published)?,
            pruned_before: runs::load_pruned_before(connection, path)?,
            snapshots,
            ..History::default()
        };
        let snapshots = published.map(|run| history.snapshots_at(run)).unwrap_or_default();
        for incident in incidents::load(connection, path)? {
            let id = incident.id.clone();
            if incident.pruned != PrunedCounts::default() {
                history.pruned.insert(id.clone(), incident.pruned.clone());
            }
            let snapshot = snapshots.get(&id).filter(|_| !history.aliases.contains_key(&id));
            if let Some(snapshot) = snapshot {
                history.known.insert(id, incident.into_known(snapshot));
            }
        }
        Ok(history)
    }

    /// What a run reported, by incident: the latest snapshot of each up to that run.
    pub fn snapshots_at(&self, run: i64) -> BTreeMap<String, IncidentSnapshot> {
        let rows = self.snapshots.iter().take_while(|row| row.run <= run);
        rows.map(|row| (row.incident.clone(), row.snapshot.clone())).collect()
    }

    /// The current id for an id, a previous id or a fingerprint, if the state knows the incident.
    pub fn resolve(&self, id: &str) -> Option<&str> {
        let mut id = id;
        // An alias may lead to another alias. The limit ends a cycle, which no run writes.
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
