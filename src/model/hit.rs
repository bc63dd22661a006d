//! A confirmed signature on a record, with an identity made of its content and never of its place.

use crate::model::guid::Guid;
use crate::model::hit_locations::{HitLocation, HitLocations};
use crate::model::record::{FolderRef, LogLevel, RecordKind};
use crate::model::time::RecordTime;
use crate::model::vocabulary::Category;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
/// Signature id in the reading of a connector error that no signature takes.
pub const UNMATCHED: &str = "unmatched";

/// Content identity of a hit: a hash over everything but its places.
pub type HitKey = u128;

/// Which form of export tells of a failure.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum Witness {
    /// A job's `Info`.
    Info,
    /// A robot's own log file.
    RobotLog,
    /// A log row of the API or a client.
    ApiLog,
    /// A CSV export.
    Csv,
    /// A trace span.
    Trace,
    /// A failure reply.
    Reply,
}

impl Witness {
    /// The word as printed in occurrences.csv.
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

    /// The witness a record kind makes.
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

    /// True for log rows: the witnesses that carry an instant of their own.
    pub fn is_log(self) -> bool {
        matches!(self, Witness::RobotLog | Witness::ApiLog | Witness::Csv)
    }
}

/// The inner reason of a failure, when the text names one.
#[derive(
    Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, Debug,
)]
pub struct Cause {
    /// Its own category.
    pub category: Category,
    /// `invalid_grant`, `AADSTS700082`, `net-dns` …
    pub code: String,
    /// The words that said so, redacted.
    pub text: String,
}

/// What a signature read out of one record. What it does not know is left out where it is kept.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
pub struct MatchDetails {
    /// Signature id.
    pub signature: Arc<str>,
    /// Category after the inner reason was heard.
    pub category: Category,
    /// Specificity of the signature, 0 to 100; the higher reading wins.
    pub rank: u8,
    /// DAP, CNS, AADSTS and Orchestrator codes of the record, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// HTTP status the provider or service answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_status: Option<u16>,
    /// Inner reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Connection id from the record's own phrase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<Guid>,
    /// Folder the message names as the connection's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_folder: Option<Guid>,
    /// Connector key the record itself names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector: Option<String>,
    /// Host the record could not reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Request or trace id for support.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Faulted activity's display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<String>,
    /// Class of the faulted activity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity_class: Option<String>,
    /// Workflow file the message names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// What else the signature's pattern named: `permission`, `address` …, cut and redacted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub named: BTreeMap<String, String>,
    /// The record shows evidence of Integration Service.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_context: bool,
    /// The signature counts only where the record or its job shows such evidence.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_context: bool,
    /// The signature's literal or code that matched, for `why`.
    pub matched: String,
}

/// A confirmed signature on a record.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub struct Hit {
    /// What was read.
    pub reading: Arc<MatchDetails>,
    /// Which form of export told it.
    pub witness: Witness,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<RecordTime>,
    /// Level of the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<LogLevel>,
    /// Written by the workflow itself (`logType` User).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub user_log: bool,
    /// Job key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<Guid>,
    /// Process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<Arc<str>>,
    /// Process version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_version: Option<Arc<str>>,
    /// Robot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub robot: Option<Arc<str>>,
    /// Host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine: Option<Arc<str>>,
    /// Folder the job ran in.
    pub folder: FolderRef,
    /// The row's own `fingerprint`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Guid>,
    /// Headline of the message, normalised: what is compared between forms of one row.
    pub core: Arc<str>,
    /// Redacted text, cut for keeping.
    pub text: Arc<str>,
    /// A reply's `Code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_code: Option<String>,
    /// Per source, how often and where first.
    pub places: HitLocations,
}

impl Hit {
    /// Adds rows of a later part of the same source.
    pub fn append(&mut self, later: &Hit) {
        let once = self.fingerprint.is_some();
        self.join(later, |kept, place| {
            kept.count = if once { kept.count.max(place.count) } else { kept.count + place.count };
        });
    }

    /// Joins the places of the same hit: in each source the larger count and the first place.
    pub fn merge(&mut self, other: &Hit) {
        self.join(other, |kept, place| {
            kept.count = kept.count.max(place.count);
            kept.location = kept.location.min(place.location);
        });
    }

    fn join(&mut self, other: &Hit, both: impl Fn(&mut HitLocation, &HitLocation)) {
        for (source, place) in other.places.iter() {
            match self.places.get_mut(source) {
                Some(kept) => both(kept, place),
                None => self.places.add(source, *place),
            }
        }
    }
}
