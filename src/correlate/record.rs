//! A log or job row after correlation has merged its copies. Every step of `joining` and `grouping`
//! works on it; it knows none of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::correlate::naming::scope::RecordScope;
use crate::model::{Guid, Hit, HitKey, HitLocations, Instant, MatchDetails, Witness};

/// One row of the logs, whatever the number of its copies in the input.
#[derive(Clone, Debug)]
pub struct MergedRecord {
    /// The copy of the best witness, completed from the other copies.
    pub hit: Arc<Hit>,
    /// Key of the hit and number of the row among its equal rows: a total order of records.
    pub key: (HitKey, u32),
    /// Match details of this row, completed from its copies. The signature may be that of another
    /// row of the same failure.
    pub details: Arc<MatchDetails>,
    /// The job key of the row itself, or of the job that the row joined.
    pub job: Option<Guid>,
    /// Witnesses of the merged copies; may contain duplicates.
    pub other_witnesses: Vec<Witness>,
    pub locations: HitLocations,
    /// Sorted directories of the locations and of the sources that describe the job. Shared by most
    /// records.
    pub directories: Arc<[String]>,
    /// The tenant that the directories tell.
    pub tenant: Option<Arc<str>>,
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

    /// The evidence that belongs to the record.
    pub fn scope(&self) -> RecordScope<'_> {
        RecordScope { directories: &self.directories, tenant: self.tenant.as_deref() }
    }

    pub fn add_directories(&mut self, directories: &[String]) {
        if directories.iter().all(|directory| self.directories.contains(directory)) {
            return;
        }
        let all: BTreeSet<&String> = self.directories.iter().chain(directories).collect();
        self.directories = all.into_iter().cloned().collect();
    }
}
