//! One failure and its records, before it becomes a row of the report.

use crate::correlate::record::MergedRecord;
use crate::model::{Attribution, Candidate, Instant};

#[derive(Clone, Debug)]
pub struct OccurrenceGroup {
    /// The witnesses of the failure, the primary record first; never empty.
    pub records: Vec<MergedRecord>,
    /// The job ended Successful in spite of the failure.
    pub recovered: bool,
    /// Part of a platform incident that affected several processes and folders.
    pub is_platform_failure: bool,
}

impl OccurrenceGroup {
    pub fn primary(&self) -> &MergedRecord {
        &self.records[0]
    }

    /// The earliest time of a log row, otherwise of any record.
    pub fn time(&self) -> Option<Instant> {
        let logs =
            self.records.iter().filter(|r| r.hit.witness.is_log()).filter_map(MergedRecord::time);
        logs.min().or_else(|| self.records.iter().filter_map(MergedRecord::time).min())
    }

    /// The best rung among the records.
    pub fn attribution(&self) -> Attribution {
        self.records.iter().map(|r| r.attribution).min().unwrap_or(Attribution::Unattributed)
    }

    /// The candidates of all records, sorted and distinct.
    pub fn candidates(&self) -> Vec<Candidate> {
        let mut all: Vec<Candidate> =
            self.records.iter().flat_map(|r| r.candidates.iter().cloned()).collect();
        all.sort();
        all.dedup();
        all
    }
}
