//! Incidents of previous runs, as plain values: `state` stores them, `correlate` compares new
//! incidents with them. Nothing here decides.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::guid::Guid;
use crate::model::time::Instant;
use crate::model::vocabulary::IncidentState;

/// An incident as the last published run reported it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug, Default)]
pub struct KnownIncident {
    pub id: String,
    pub fingerprint: String,
    pub signature: String,
    /// Number of the run that reported the incident first.
    pub first_run: i64,
    pub state: IncidentState,
    pub occurrences: u64,
    /// Number of distinct jobs.
    pub jobs: u64,
    /// Time of the first failure.
    pub first_seen: Option<Instant>,
    /// Time of the last failure.
    pub last_seen: Option<Instant>,
    /// Failures per UTC day.
    pub by_day: BTreeMap<String, u64>,
    /// Log series of the incident: directory and kind of its sources, without dates in names.
    #[serde(rename = "carriers")]
    pub log_series: BTreeSet<(String, String)>,
    /// Time and job of the first failure, by which the incident is recognised under another id.
    pub anchor: Option<(Instant, Option<Guid>)>,
    /// Failures up to this time are resolved.
    pub resolved_at: Option<Instant>,
    /// The note of the user who resolved the incident.
    pub note: Option<String>,
}

/// A mute, as the user wrote it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub struct Mute {
    /// Id, alias or fingerprint of an incident.
    pub id: String,
    /// Exclusive.
    pub until: Instant,
    pub reason: String,
}

/// Everything with which a new report is compared.
#[derive(Clone, Copy, Debug)]
pub struct PreviousRuns<'s> {
    /// Number of the run that is being reported.
    pub run: i64,
    /// Incidents of the last published run, by id.
    pub known: &'s BTreeMap<String, KnownIncident>,
    /// The current id of each previous id.
    pub aliases: &'s BTreeMap<String, String>,
    /// Counts of pruned failures, by incident.
    pub folded: &'s BTreeMap<String, PrunedCounts>,
    pub mutes: &'s [Mute],
}

/// What a state retains of pruned failures.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug, Default)]
pub struct PrunedCounts {
    /// Failures per UTC day.
    pub by_day: BTreeMap<String, u64>,
    /// Time of the first pruned failure.
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
