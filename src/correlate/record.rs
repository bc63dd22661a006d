//! A log or job row after correlation has merged its copies. Every step of `joining` and `grouping`
//! works on it; it knows none of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{
    Attribution, Candidate, Guid, Hit, HitKey, HitLocations, Instant, MatchDetails, Witness,
};

/// One row of the logs, whatever the number of its copies in the input.
#[derive(Clone, Debug)]
pub struct MergedRecord {
    /// The copy of the best witness, completed from the other copies.
    pub hit: Arc<Hit>,
    /// Key of the hit and number of the row among its equal rows: a total order of records.
    pub key: (HitKey, u32),
    /// Match details of this row, completed from its copies and from other rows of its job.
    pub details: Arc<MatchDetails>,
    /// The job key of the row itself, or of the job that the row joined.
    pub job: Option<Guid>,
    /// Witnesses of the merged copies; may contain duplicates.
    pub other_witnesses: Vec<Witness>,
    pub locations: HitLocations,
    /// Sorted directories of the locations and of the sources that describe the job. Shared by most
    /// records.
    pub directories: Arc<[String]>,
    /// The rung that named the connection.
    pub attribution: Attribution,
    /// Possible connections, if the rung left more than one.
    pub candidates: Vec<Candidate>,
}

impl MergedRecord {
    pub fn time(&self) -> Option<Instant> {
        self.hit.time.map(|time| time.at)
    }

    /// The match details for a change in this record alone: shared details are copied first.
    pub fn details_mut(&mut self) -> &mut MatchDetails {
        Arc::make_mut(&mut self.details)
    }

    /// Witnesses of all copies; may contain duplicates.
    pub fn witnesses(&self) -> impl Iterator<Item = Witness> {
        std::iter::once(self.hit.witness).chain(self.other_witnesses.iter().copied())
    }

    pub fn add_directories(&mut self, directories: &[String]) {
        if directories.iter().all(|directory| self.directories.contains(directory)) {
            return;
        }
        let all: BTreeSet<&String> = self.directories.iter().chain(directories).collect();
        self.directories = all.into_iter().cloned().collect();
    }
}
