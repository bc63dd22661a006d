//! Input and outcome of the lifecycle. `pipeline` supplies the one from the state and stores the
//! other.

use std::collections::BTreeMap;

use crate::model::{Digest, Instant, KnownIncident, PreviousRuns, SourceItem, SourceKey};

pub struct LifecycleInput<'a> {
    pub past: &'a PreviousRuns<'a>,
    /// The digest from which the report was made.
    pub digest: &'a Digest,
    /// Coverage of sources that no longer exist.
    pub earlier: &'a BTreeMap<SourceKey, SourceItem>,
    /// The time of the run; later times in logs are no evidence.
    pub now: Instant,
}

/// What the state stores for the next run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LifecycleOutcome {
    /// The incidents of this report.
    pub known: Vec<KnownIncident>,
    /// Previous ids and the ids of the incidents that replaced them.
    pub aliases: BTreeMap<String, String>,
}
