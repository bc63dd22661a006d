//! One row, however often it was exported.

use crate::model::Candidate;
use crate::model::{Attribution, Guid, Hit, HitKey, HitLocations, Instant, MatchDetails, Witness};
use std::collections::BTreeSet;
use std::sync::Arc;

/// One row of the logs, however many copies tell of it.
#[derive(Clone, Debug)]
pub struct MergedRecord {
    /// The copy that tells most.
    pub hit: Arc<Hit>,
    /// For a total order.
    pub key: (HitKey, u32),
    /// What was read, after copies and other witnesses were heard.
    pub reading: Arc<MatchDetails>,
    /// Job, its own or joined.
    pub job: Option<Guid>,
    /// Forms that tell of it besides the copy's own; doubles are possible.
    pub also: Vec<Witness>,
    /// Every place.
    pub places: HitLocations,
    /// Directories of the places and of what tells of its job, sorted. Most records share them.
    pub directories: Arc<[String]>,
    /// The rung that named the connection.
    pub attribution: Attribution,
    /// Connections that fit, when several do.
    pub candidates: Vec<Candidate>,
}

impl MergedRecord {
    /// When, if known.
    pub fn at(&self) -> Option<Instant> {
        self.hit.time.map(|stamp| stamp.at)
    }

    /// What was read, to be changed: in this record alone.
    pub fn details_mut(&mut self) -> &mut MatchDetails {
        Arc::make_mut(&mut self.reading)
    }

    /// Forms that tell of it; doubles are possible.
    pub fn witnesses(&self) -> impl Iterator<Item = Witness> {
        std::iter::once(self.hit.witness).chain(self.also.iter().copied())
    }

    /// It is told of in these directories too.
    pub fn add_directories(&mut self, directories: &[String]) {
        if directories.iter().all(|directory| self.directories.contains(directory)) {
            return;
        }
        let all: BTreeSet<&String> = self.directories.iter().chain(directories).collect();
        self.directories = all.into_iter().cloned().collect();
    }
}
