//! Incidents and occurrences of the finished report, as plain values in the form of report.json.
//! `correlate` fills them and `report` renders them; nothing here decides.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::guid::Guid;
use crate::model::hit::Cause;
use crate::model::incident_history::IncidentHistory;
use crate::model::time::Instant;
use crate::model::vocabulary::{
    Attribution, Category, Confidence, ConnectionFolderSource, FolderSource, GroupKey,
    IncidentState, Owner, Severity, Surface,
};

/// One incident: all occurrences that share signature, connection and folder.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct Incident {
    /// For example `FL-7K3F9Q`; derived from the fingerprint.
    pub id: String,
    /// `fp1:` and a hash of the identity in hex.
    pub fingerprint: String,
    pub signature: SignatureRef,
    /// The category of the inner reason where the signature leaves it to the reason.
    pub category: Category,
    pub severity: Severity,
    /// Who has to act.
    pub owner: Owner,
    /// Where the failure appears: in a job, a trigger, at design time or in administration.
    pub surface: Surface,
    /// All codes in its records, sorted.
    pub codes: Vec<String>,
    /// HTTP status, when all occurrences agree on one.
    pub provider_status: Option<u16>,
    /// The inner reason that most records state.
    pub cause: Option<Cause>,
    /// `new` if the run has no state.
    pub state: IncidentState,
    pub connection: ConnectionRef,
    /// The folder that contains the connection.
    pub connection_folder: ConnectionFolder,
    /// The folders in which the jobs ran, ordered by jobs descending, then path, id, key.
    pub job_folders: Vec<JobFolder>,
    pub counts: Counts,
    /// Time of the first occurrence.
    pub first_seen: Option<Instant>,
    /// Time of the last occurrence.
    pub last_seen: Option<Instant>,
    /// Number of occurrences of each UTC day.
    pub by_day: BTreeMap<String, u64>,
    /// Ordered by jobs descending.
    pub processes: Vec<NamedJobs>,
    /// Ordered by jobs descending.
    pub activities: Vec<NamedJobs>,
    /// Ordered by jobs descending.
    pub machines: Vec<NamedJobs>,
    /// Ordered by jobs descending.
    pub robots: Vec<NamedJobs>,
    pub remediation: Remediation,
    /// Why the text matched and why the records were grouped.
    pub why: Why,
    /// At most three records as evidence.
    pub samples: Vec<Sample>,
    /// What earlier runs reported of it; missing without a state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<IncidentHistory>,
}

impl Incident {
    /// True unless the incident is resolved, muted or quiet: the one answer to "does it count".
    pub fn is_open(&self) -> bool {
        self.state.is_open()
    }
}

/// The signature of an incident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct SignatureRef {
    pub id: String,
    /// In the language of the report.
    pub title: String,
    /// How certain it is that the text means this failure.
    pub confidence: Confidence,
}

/// The connection of an incident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct ConnectionRef {
    pub id: Option<Guid>,
    pub name: Option<String>,
    /// Key of the connector, for example `uipath-salesforce-sfdc`.
    pub connector: Option<String>,
    /// The rung that named the connection.
    pub attribution: Attribution,
    /// The connections that fit, if several do: at most 20, those nearest to the folder of the job
    /// first.
    pub candidates: Vec<Candidate>,
    /// Number of connections that fit.
    #[serde(default)]
    pub candidates_total: u64,
    /// Number of occurrences by the rung that named their connection.
    #[serde(default)]
    pub rungs: BTreeMap<Attribution, u64>,
}

/// A connection that fits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, Debug)]
pub struct Candidate {
    pub id: Guid,
    pub name: Option<String>,
}

/// Where a connection lives.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, Debug)]
pub struct ConnectionFolder {
    pub key: Option<Guid>,
    /// Numeric id in Orchestrator.
    pub id: Option<i64>,
    /// Path, or the display name if no path is known.
    pub path: Option<String>,
    pub source: ConnectionFolderSource,
}

/// A folder in which jobs failed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, Debug)]
pub struct JobFolder {
    /// Numeric id in Orchestrator.
    pub id: Option<i64>,
    pub key: Option<Guid>,
    pub path: Option<String>,
    pub source: FolderSource,
    /// Number of distinct known jobs.
    pub jobs: u64,
}

/// Counts of an incident.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct Counts {
    pub occurrences: u64,
    /// Number of records that report the occurrences; copies count once.
    pub records: u64,
    /// Number of distinct known jobs.
    pub jobs: u64,
    /// Number of occurrences in jobs that ended Successful.
    pub recovered: u64,
}

/// A name with the jobs behind it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct NamedJobs {
    pub name: String,
    /// Number of distinct known jobs.
    pub jobs: u64,
}

/// What to do about an incident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct Remediation {
    /// One sentence that says what to do.
    pub summary: String,
    /// In the order in which to take them.
    pub steps: Vec<String>,
    /// How to verify the repair.
    pub verify: Vec<String>,
    /// Page of the vendor's documentation.
    pub url: String,
    /// What the placeholders of the texts were filled with, by name.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
}

/// Reasons in words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct Why {
    /// Why the text matched.
    pub matched: String,
    /// Why the records were put together, and how the connection was named.
    pub grouped: String,
    /// What both sentences say; missing before version 1.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<WhyData>,
}

/// Reasons as data, from which the sentences can be written in any language.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct WhyData {
    /// The text of the signature that the first record holds.
    pub anchor: String,
    /// Codes of that record, sorted.
    pub codes: Vec<String>,
    /// HTTP status of that record.
    pub status: Option<u16>,
    /// What its occurrences share besides the signature; nothing for a platform incident.
    pub key: Option<GroupKey>,
    /// Number of records by the form of export that holds them.
    pub witnesses: BTreeMap<String, u64>,
}

/// A redacted record as evidence.
#[derive(
    Clone, PartialEq, Eq, Default, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, Debug,
)]
pub struct Sample {
    pub time: Option<Instant>,
    pub level: Option<String>,
    /// Redacted text of the record.
    pub message: String,
    /// Key of the source.
    pub source: String,
    /// Line number, from 1.
    pub line: u64,
    /// Record number in the source, from 1.
    pub record: u64,
    /// Offset in bytes in the decoded text.
    pub offset: u64,
    pub job_key: Option<Guid>,
    pub process: Option<String>,
}

/// One failure as its witnesses tell it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct Occurrence {
    pub incident_id: String,
    pub time: Option<Instant>,
    /// `offset`, `assumed`, `day`, or empty if the time is unknown.
    pub time_quality: String,
    pub job_key: Option<Guid>,
    /// The state in which the job ended.
    pub job_state: Option<String>,
    pub process: Option<String>,
    pub process_version: Option<String>,
    pub activity: Option<String>,
    pub workflow_file: Option<String>,
    pub robot: Option<String>,
    pub machine: Option<String>,
    /// The folder in which the job ran: path, otherwise key, otherwise id.
    pub job_folder: Option<String>,
    pub connection_id: Option<Guid>,
    pub codes: Vec<String>,
    pub provider_status: Option<u16>,
    /// Id of the request or of its trace.
    pub request_id: Option<String>,
    /// Level of the first record.
    pub level: Option<String>,
    /// The forms of export that report it, sorted.
    pub witnesses: Vec<String>,
    /// Source of the first record.
    pub source: String,
    /// Line of the first record, from 1.
    pub line: u64,
    /// Offset of the first record in the decoded text, in bytes.
    pub offset: u64,
    /// Redacted text of the first record.
    pub message: String,
    /// The rung that named the connection; missing in reports of earlier versions.
    #[serde(default)]
    pub attribution: Option<Attribution>,
}
