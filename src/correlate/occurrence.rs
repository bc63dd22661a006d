//! One failure before it is a row of the report.

use crate::correlate::record::MergedRecord;
use crate::model::Candidate;
use crate::model::{Attribution, Instant};

/// One failure.
#[derive(Clone, Debug)]
pub struct OccurrenceGroup {
    /// The records that tell of it, the leading one first.
    pub records: Vec<MergedRecord>,
    /// The job ended Successful all the same.
    pub recovered: bool,
    /// Part of a disturbance that struck several processes and folders.
    pub gathered: bool,
}

impl OccurrenceGroup {
    /// The leading record.
    pub fn lead(&self) -> &MergedRecord {
        &self.records[0]
    }

    /// When: the earliest log row, else the earliest record.
    pub fn at(&self) -> Option<Instant> {
        let logs =
            self.records.iter().filter(|r| r.hit.witness.is_log()).filter_map(MergedRecord::at);
        logs.min().or_else(|| self.records.iter().filter_map(MergedRecord::at).min())
    }

    /// The best rung of its records.
    pub fn attribution(&self) -> Attribution {
        self.records.iter().map(|r| r.attribution).min().unwrap_or(Attribution::Unattributed)
    }

    /// What several records list as candidates.
    pub fn candidates(&self) -> Vec<Candidate> {
        let mut all: Vec<Candidate> =
            self.records.iter().flat_map(|r| r.candidates.iter().cloned()).collect();
        all.sort();
        all.dedup();
        all
    }
}
