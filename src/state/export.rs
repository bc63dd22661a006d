//! The state as one JSON value, for other programs and for inspection.

use serde_json::{Value, json};

use crate::state::error::StateError;
use crate::state::store::StateStore;

impl StateStore {
    /// The whole content of the state, with every digest decoded.
    pub fn export(&self) -> Result<Value, StateError> {
        let mut sources = Vec::with_capacity(self.sources().len());
        for source in self.sources() {
            let digest = self.digest(source)?;
            sources.push(json!({
                "source": source.key,
                "path": String::from_utf8_lossy(&source.path),
                "earlier": source.generation,
                "size": source.stamp.map(|content| content.size),
                "read_in_run": source.read_run,
                "digest": digest,
            }));
        }
        let history = self.history();
        let runs: Vec<Value> = history
            .runs
            .iter()
            .map(|run| {
                json!({
                    "run": run.id,
                    "phase": run.phase,
                    "started_at": run.started,
                    "finished_at": run.finished,
                    "about": run.about,
                    "incidents": history.snapshots_at(run.id),
                })
            })
            .collect();
        Ok(json!({
            "runs": runs,
            "incidents": history.known,
            "aliases": history.aliases,
            "folded": history.pruned,
            "reports": self.reports()?,
            "sources": sources,
        }))
    }
}
