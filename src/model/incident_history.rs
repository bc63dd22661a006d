//! What earlier runs told, as plain values: `state` keeps them, `correlate` compares with them.
//! Nothing here decides.

use crate::model::guid::Guid;
use crate::model::time::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
/// An incident as a run left it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug, Default)]
pub struct KnownIncident {
    /// `FL-7K3F9Q`.
    pub id: String,
    /// `fp1:<hex>`.
    pub fingerprint: String,
    /// Signature id.
    pub signature: String,
    /// The run that told it first.
    pub first_run: i64,
    /// `new`, `ongoing` …
    pub state: String,
    /// Failures.
    pub occurrences: u64,
    /// Distinct jobs.
    pub jobs: u64,
    /// First failure.
    pub first_seen: Option<Instant>,
    /// Last failure.
    pub last_seen: Option<Instant>,
    /// Failures per UTC day.
    pub by_day: BTreeMap<String, u64>,
    /// Directory and kind of the sources that carried it, dates in names left out.
    pub carriers: BTreeSet<(String, String)>,
    /// Instant and job of its first failure: by these it is found again under another id.
    pub anchor: Option<(Instant, Option<Guid>)>,
    /// Failures up to then are settled.
    pub resolved_at: Option<Instant>,
    /// What was said when it was resolved by hand.
    pub note: Option<String>,
}

/// A mute, as people write it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub struct Mute {
    /// Id, alias or fingerprint of an incident.
    pub id: String,
    /// The first instant it does not hold any more.
    pub until: Instant,
    /// Why.
    pub reason: String,
}

/// Everything a new report is compared with.
#[derive(Clone, Copy, Debug)]
pub struct PreviousRuns<'s> {
    /// The run that is being told.
    pub run: i64,
    /// Incidents as the last published run left them, by id.
    pub known: &'s BTreeMap<String, KnownIncident>,
    /// Earlier ids → the id that took them over.
    pub aliases: &'s BTreeMap<String, String>,
    /// Failures per day that pruning folded away, by incident.
    pub folded: &'s BTreeMap<String, PrunedCounts>,
    /// Mutes.
    pub mutes: &'s [Mute],
}

/// What is left of failures that were pruned.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug, Default)]
pub struct PrunedCounts {
    /// Failures per UTC day.
    pub by_day: BTreeMap<String, u64>,
    /// The first of them.
    pub first_seen: Option<Instant>,
}

/// What the state adds to an incident in a report.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct IncidentHistory {
    /// The run that told it first.
    pub first_run: i64,
    /// Ids it went by before its connection was known, sorted.
    pub aliases: Vec<String>,
    /// Failures of the latest day, or of the one before if it had more.
    pub recent: u64,
    /// Failures of the busiest of the seven days before those.
    pub usual: u64,
    /// When a job succeeded with the same connection after the last failure.
    pub recovered_at: Option<Instant>,
    /// From the first failure to then.
    pub recovery_seconds: Option<i64>,
    /// Up to then its failures count as settled.
    pub resolved_at: Option<Instant>,
    /// What was said when it was resolved by hand.
    pub note: Option<String>,
    /// Until when it is muted.
    pub muted_until: Option<Instant>,
    /// Why it is muted.
    pub mute_reason: Option<String>,
    /// Failures that pruning folded away; not in the counts of the report.
    pub folded: u64,
}
