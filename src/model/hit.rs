//! Hits: confirmed signatures on records. Their identity depends on their content, never on their
//! location. `rules` judges the record, `scan` builds the hit, `correlate` groups hits.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::guid::Guid;
use crate::model::hit_locations::{HitLocation, HitLocations};
use crate::model::record::{FolderRef, LogLevel, RecordKind};
use crate::model::time::RecordTime;
use crate::model::vocabulary::Category;

/// Signature id of a connector error that no signature matches.
pub const UNMATCHED: &str = "unmatched";

/// Identity of a hit: a hash over everything but its locations.
pub type HitKey = u128;

/// The kind of export that reports a failure.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum Witness {
    /// The `Info` of a job.
    Info,
    /// The log file of a robot.
    RobotLog,
    /// A log row of Orchestrator's API or of a client of it.
    ApiLog,
    Csv,
    /// A span of a job's trace.
    Trace,
    /// A reply that reports a failure.
    Reply,
}

impl Witness {
    /// The term in occurrences.csv.
    pub fn as_str(self) -> &'static str {
        match self {
            Witness::Info => "info",
            Witness::RobotLog => "robot-log",
            Witness::ApiLog => "api-log",
            Witness::Csv => "csv",
            Witness::Trace => "trace",
            Witness::Reply => "reply",
        }
    }

    pub fn of(kind: RecordKind) -> Witness {
        match kind {
            RecordKind::RobotLog => Witness::RobotLog,
            RecordKind::ApiLog => Witness::ApiLog,
            RecordKind::CsvLog => Witness::Csv,
            RecordKind::Job => Witness::Info,
            RecordKind::Span => Witness::Trace,
            RecordKind::Reply => Witness::Reply,
        }
    }

    /// True for log rows, which have a time of their own.
    pub fn is_log(self) -> bool {
        matches!(self, Witness::RobotLog | Witness::ApiLog | Witness::Csv)
    }
}

/// The inner reason of a failure, when the text names one.
#[derive(
    Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, Debug,
)]
pub struct Cause {
    pub category: Category,
    /// `invalid_grant`, `AADSTS700082`, `net-dns` …
    pub code: String,
    /// The words that said so, redacted.
    pub text: String,
}

/// What a signature extracted from one record. Unknown fields are left out when it is stored.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
pub struct MatchDetails {
    pub signature: Arc<str>,
    /// That of the inner reason, if the signature leaves the category to it.
    pub category: Category,
    /// Specificity of the signature, 0 to 100; the match with the highest rank is used.
    pub rank: u8,
    /// DAP, CNS, AADSTS and Orchestrator codes in the record, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// HTTP status of the provider's or service's answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Connection id, from a phrase of the record that identifies a connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<Guid>,
    /// Key of the folder that the message names as the connection's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_folder: Option<Guid>,
    /// Connector key that the record names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector: Option<String>,
    /// Host that could not be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Request or trace id, for a support request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Display name of the faulted activity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<String>,
    /// Class of the faulted activity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity_class: Option<String>,
    /// Workflow file that the message names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// Other named groups of the signature's pattern: `permission`, `address` …, redacted and cut.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub named: BTreeMap<String, String>,
    /// The record shows evidence of Integration Service.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_context: bool,
    /// The signature counts only if the record or its job shows such evidence.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_context: bool,
    /// The literal or code of the signature that matched, for `why`.
    pub matched: String,
}

/// A confirmed signature on a record.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub struct Hit {
    #[serde(rename = "reading")]
    pub details: Arc<MatchDetails>,
    pub witness: Witness,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<RecordTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<LogLevel>,
    /// The workflow itself wrote the row (`logType` User).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub user_log: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<Guid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_version: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub robot: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine: Option<Arc<str>>,
    /// Folder in which the job ran.
    pub folder: FolderRef,
    /// The row's own `fingerprint`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Guid>,
    /// Normalised headline of the message, by which copies of a row in different exports are
    /// compared.
    #[serde(rename = "core")]
    pub headline: Arc<str>,
    /// The message, redacted and cut.
    pub text: Arc<str>,
    /// `Code` of a reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_code: Option<String>,
    /// Per source, the number of rows and the location of the first.
    #[serde(rename = "places")]
    pub locations: HitLocations,
}

impl Hit {
    /// Adds the rows of a later part of the same source. Equal rows are counted separately, except
    /// rows with a `fingerprint`, which are one row that was sent several times.
    pub fn append(&mut self, later: &Hit) {
        let is_one_row = self.fingerprint.is_some();
        self.merge_locations(later, |mine, other| {
            mine.count =
                if is_one_row { mine.count.max(other.count) } else { mine.count + other.count };
        });
    }

    /// Merges the locations of the same hit: per source the larger count and the first location.
    pub fn merge(&mut self, other: &Hit) {
        self.merge_locations(other, |mine, other| {
            mine.count = mine.count.max(other.count);
            mine.location = mine.location.min(other.location);
        });
    }

    /// `combine` is called for a source that has a location in both hits.
    fn merge_locations(&mut self, other: &Hit, combine: impl Fn(&mut HitLocation, &HitLocation)) {
        for (source, location) in other.locations.iter() {
            match self.locations.get_mut(source) {
                Some(mine) => combine(mine, location),
                None => self.locations.add(source, *location),
            }
        }
    }
}
