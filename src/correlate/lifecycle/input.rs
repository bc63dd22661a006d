//! What the life cycle takes and returns.

use crate::model::{Digest, Instant, SourceItem, SourceKey};
use crate::model::{KnownIncident, PreviousRuns};
use std::collections::BTreeMap;

/// What is compared.
pub struct LifecycleInput<'a> {
    /// What earlier runs told.
    pub past: &'a PreviousRuns<'a>,
    /// Everything known, of which the report was made.
    pub digest: &'a Digest,
    /// Books of sources that are not there any more.
    pub earlier: &'a BTreeMap<SourceKey, SourceItem>,
    /// The instant of the run: no evidence lies beyond it.
    pub now: Instant,
}

/// What is to be kept of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LifecycleOutcome {
    /// Incidents as this run tells them.
    pub known: Vec<KnownIncident>,
    /// Earlier ids that live on under another one.
    pub aliases: BTreeMap<String, String>,
}
