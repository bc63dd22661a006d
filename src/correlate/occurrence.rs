//! One failure and its records, before it becomes a row of the report.

use std::sync::Arc;

use crate::correlate::record::MergedRecord;
use crate::model::{Attribution, Candidate, Guid, Instant};

#[derive(Clone, Debug)]
pub struct OccurrenceGroup {
    /// The witnesses of the failure, the primary record first; never empty.
    pub records: Vec<MergedRecord>,
    /// What the witnesses say together; `attribution` adds the connection that a rung gives.
    pub evidence: FailureEvidence,
    /// The rung that named the connection.
    pub attribution: Attribution,
    pub candidates: Candidates,
    /// The job ended Successful in spite of the failure.
    pub recovered: bool,
    /// Part of a platform incident that affected several processes and folders.
    pub is_platform_failure: bool,
}

/// What identifies the connection of a failure.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FailureEvidence {
    pub connection: Option<Guid>,
    /// Key of the connection's folder.
    pub connection_folder: Option<Guid>,
    pub activity: Option<String>,
    /// Key of the connector that a record names.
    pub connector: Option<String>,
}

/// The connections of the rung that left several.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Candidates {
    /// The nearest ones.
    pub listed: Arc<[Candidate]>,
    /// How many there are.
    pub total: u64,
}

impl OccurrenceGroup {
    /// A failure whose witnesses are these records, the primary one first.
    pub fn new(
        records: Vec<MergedRecord>,
        evidence: FailureEvidence,
        recovered: bool,
    ) -> OccurrenceGroup {
        let is_exact = evidence.connection.is_some();
        OccurrenceGroup {
            records,
            evidence,
            attribution: if is_exact { Attribution::Exact } else { Attribution::Unattributed },
            candidates: Candidates::default(),
            recovered,
            is_platform_failure: false,
        }
    }

    pub fn primary(&self) -> &MergedRecord {
        &self.records[0]
    }

    /// The earliest time of a log row, otherwise of any record.
    pub fn time(&self) -> Option<Instant> {
        let logs =
            self.records.iter().filter(|r| r.hit.witness.is_log()).filter_map(MergedRecord::time);
        logs.min().or_else(|| self.records.iter().filter_map(MergedRecord::time).min())
    }
}
