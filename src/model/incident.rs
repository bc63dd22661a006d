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
    /// `FL-7K3F9Q`.
    pub id: String,
    /// `fp1:<hex>`.
    pub fingerprint: String,
    /// Which signature.
    pub signature: SignatureRef,
    /// Category after the inner reason was heard.
    pub category: Category,
    /// How bad.
    pub severity: Severity,
    /// Who acts.
    pub owner: Owner,
    /// Where it shows.
    pub surface: Surface,
    /// Codes seen, sorted.
    pub codes: Vec<String>,
    /// HTTP status, when all occurrences agree on one.
    pub provider_status: Option<u16>,
    /// Inner reason.
    pub cause: Option<Cause>,
    /// `new` without a state.
    pub state: IncidentState,
    /// The connection.
    pub connection: ConnectionRef,
    /// Where the connection lives.
    pub connection_folder: ConnectionFolder,
    /// Where the jobs ran, ordered by jobs descending, then path, id, key.
    pub job_folders: Vec<JobFolder>,
    /// Counts.
    pub counts: Counts,
    /// First occurrence.
    pub first_seen: Option<Instant>,
    /// Last occurrence.
    pub last_seen: Option<Instant>,
    /// Occurrences per UTC day.
    pub by_day: BTreeMap<String, u64>,
    /// Processes by jobs.
    pub processes: Vec<NamedJobs>,
    /// Activities by jobs.
    pub activities: Vec<NamedJobs>,
    /// Machines by jobs.
    pub machines: Vec<NamedJobs>,
    /// Robots by jobs.
    pub robots: Vec<NamedJobs>,
    /// What to do.
    pub remediation: Remediation,
    /// Why it matched and why it was grouped.
    pub why: Why,
    /// At most three.
    pub samples: Vec<Sample>,
    /// What earlier runs knew of it. Nothing without a state.
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
    /// Permanent id.
    pub id: String,
    /// Title in the language of the run.
    pub title: String,
    /// How sure the text is this failure.
    pub confidence: Confidence,
}

/// The connection of an incident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct ConnectionRef {
    /// Its id.
    pub id: Option<Guid>,
    /// Its name.
    pub name: Option<String>,
    /// Connector key.
    pub connector: Option<String>,
    /// The rung that named it.
    pub attribution: Attribution,
    /// When ambiguous, or shown for triage: ids and names that fit.
    pub candidates: Vec<Candidate>,
}

/// A connection that fits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, Debug)]
pub struct Candidate {
    /// Its id.
    pub id: Guid,
    /// Its name.
    pub name: Option<String>,
}

/// Where a connection lives.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, Debug)]
pub struct ConnectionFolder {
    /// Folder key.
    pub key: Option<Guid>,
    /// Numeric id.
    pub id: Option<i64>,
    /// Path or name.
    pub path: Option<String>,
    /// What names it.
    pub source: ConnectionFolderSource,
}

/// A folder in which jobs failed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, Debug)]
pub struct JobFolder {
    /// Numeric id.
    pub id: Option<i64>,
    /// Folder key.
    pub key: Option<Guid>,
    /// Path.
    pub path: Option<String>,
    /// What names it.
    pub source: FolderSource,
    /// Distinct jobs.
    pub jobs: u64,
}

/// Counts of an incident.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct Counts {
    /// Failures.
    pub occurrences: u64,
    /// Rows that tell of them, copies once.
    pub records: u64,
    /// Distinct known jobs.
    pub jobs: u64,
    /// Occurrences in jobs that ended Successful.
    pub recovered: u64,
}

/// A name with the jobs behind it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct NamedJobs {
    /// The name.
    pub name: String,
    /// Distinct known jobs.
    pub jobs: u64,
}

/// What to do about an incident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct Remediation {
    /// One sentence.
    pub summary: String,
    /// Steps in order.
    pub steps: Vec<String>,
    /// How to check the repair.
    pub verify: Vec<String>,
    /// Vendor's page.
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
    /// When.
    pub time: Option<Instant>,
    /// Level.
    pub level: Option<String>,
    /// Redacted text.
    pub message: String,
    /// Source key.
    pub source: String,
    /// Line, from 1.
    pub line: u64,
    /// Record number, from 1.
    pub record: u64,
    /// Byte offset in the decoded text.
    pub offset: u64,
    /// Job.
    pub job_key: Option<Guid>,
    /// Process.
    pub process: Option<String>,
}

/// One failure as its witnesses tell it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct Occurrence {
    /// The incident it belongs to.
    pub incident_id: String,
    /// When.
    pub time: Option<Instant>,
    /// `offset`, `assumed`, `day`, or empty.
    pub time_quality: String,
    /// Job.
    pub job_key: Option<Guid>,
    /// State the job ended in.
    pub job_state: Option<String>,
    /// Process.
    pub process: Option<String>,
    /// Process version.
    pub process_version: Option<String>,
    /// Activity.
    pub activity: Option<String>,
    /// Workflow file.
    pub workflow_file: Option<String>,
    /// Robot.
    pub robot: Option<String>,
    /// Host.
    pub machine: Option<String>,
    /// Folder the job ran in: path, else key, else id.
    pub job_folder: Option<String>,
    /// Connection.
    pub connection_id: Option<Guid>,
    /// Codes.
    pub codes: Vec<String>,
    /// HTTP status.
    pub provider_status: Option<u16>,
    /// Request or trace id.
    pub request_id: Option<String>,
    /// Level of the first row.
    pub level: Option<String>,
    /// Forms that tell of it, sorted.
    pub witnesses: Vec<String>,
    /// First place.
    pub source: String,
    /// Line of it.
    pub line: u64,
    /// Offset of it.
    pub offset: u64,
    /// Redacted text.
    pub message: String,
}
