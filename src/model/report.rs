//! The finished report: one versioned value from which every renderer prints. The field order is
//! the order in report.json. Nothing here computes; `correlate` fills it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::coverage::CoverageItem;
use super::diagnostic::DiagnosticSeverity;
use super::guid::Guid;
use super::history::IncidentHistory;
use super::hit::Cause;
use super::time::Instant;
use super::vocabulary::{Attribution, Category, Confidence, Owner, Severity, Surface};

/// Version of the shape of report.json.
pub const SCHEMA_VERSION: &str = "1.0";

/// A text in the two languages of the program.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Debug, Default)]
pub struct Bilingual {
    /// English.
    pub en: String,
    /// Japanese.
    pub ja: String,
}

/// Language of a rendering.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

impl Bilingual {
    /// The text in a language; English where the other is missing.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ja if !self.ja.is_empty() => &self.ja,
            _ => &self.en,
        }
    }
}

/// The whole report.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct Report {
    /// Always [`SCHEMA_VERSION`].
    pub schema_version: String,
    /// The only part that may differ between two runs over the same input.
    pub run: Run,
    /// The signature set.
    pub signatures: SignatureSet,
    /// The window asked for.
    pub window: Window,
    /// The books.
    pub coverage: Coverage,
    /// Totals.
    pub summary: Summary,
    /// Ordered by jobs descending, occurrences descending, id.
    pub incidents: Vec<Incident>,
    /// Ordered by connection id, then folder.
    pub connections: Vec<ConnectionRow>,
    /// Failures users confuse with connection failures.
    pub neighbours: Vec<Neighbour>,
    /// Signature texts that were only mentioned.
    pub mentions: Vec<Mention>,
    /// Connector errors that no signature takes, the most frequent templates.
    pub unmatched: Vec<Unmatched>,
    /// What is left of them, if there are more templates than are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmatched_rest: Option<UnmatchedRest>,
    /// Problems.
    pub diagnostics: Vec<DiagnosticRow>,
    /// Every occurrence, ordered by incident id, time, job. Written to occurrences.csv, not to
    /// report.json.
    #[serde(skip)]
    pub occurrences: Vec<Occurrence>,
}

impl Report {
    /// Rows of connector errors that no signature takes, listed or not.
    pub fn unmatched_records(&self) -> u64 {
        let listed: u64 = self.unmatched.iter().map(|row| row.records).sum();
        listed + self.unmatched_rest.as_ref().map_or(0, |rest| rest.records)
    }
}

/// How the run went.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct Run {
    /// Id of the run.
    pub id: String,
    /// RFC 3339.
    pub started_at: String,
    /// RFC 3339.
    pub finished_at: String,
    /// Wall time.
    pub duration_ms: u64,
    /// Version of the program.
    pub tool_version: String,
    /// Worker threads.
    pub threads: usize,
    /// The command as typed.
    pub command: String,
    /// What was scanned, as absolute paths: where a source can be read again.
    #[serde(default)]
    pub paths: Vec<String>,
}

/// The signature set in use.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct SignatureSet {
    /// Version of the built-in pack.
    pub version: String,
    /// Hash over all signatures in use.
    pub hash: String,
    /// How many are on.
    pub count: usize,
}

/// The time window.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct Window {
    /// From, inclusive.
    pub since: Option<Instant>,
    /// To, exclusive.
    pub until: Option<Instant>,
    /// Zone assumed for times that carry none.
    pub timezone_assumed: String,
}

/// The books of the run.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct Coverage {
    /// Sources by how they ended; `found` is the sum of the rest.
    pub sources: SourceCounts,
    /// Bytes.
    pub bytes: ByteCounts,
    /// Rows.
    pub records: RecordCounts,
    /// Earliest time seen.
    pub first_time: Option<Instant>,
    /// Latest time seen.
    pub last_time: Option<Instant>,
    /// One row per source, ordered by source.
    pub items: Vec<CoverageItem>,
}

/// Sources by how they ended.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct SourceCounts {
    /// All.
    pub found: u64,
    /// Read to the end.
    pub complete: u64,
    /// Read in part.
    pub partial: u64,
    /// Known from the state.
    pub unchanged: u64,
    /// Plainly something else.
    pub skipped: u64,
    /// Not read.
    pub failed: u64,
}

/// Bytes read and decoded.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct ByteCounts {
    /// From files and archives.
    pub read: u64,
    /// Text after decompression and decoding.
    pub decoded: u64,
}

/// Rows.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct RecordCounts {
    /// All.
    pub total: u64,
    /// With a signature.
    pub matched: u64,
    /// Not understood.
    pub rejected: u64,
}

/// Totals.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct Summary {
    /// Incidents.
    pub incidents: u64,
    /// Occurrences in them.
    pub occurrences: u64,
    /// Distinct known jobs in them.
    pub jobs: u64,
    /// Incidents per category.
    pub by_category: BTreeMap<String, u64>,
    /// Incidents per severity.
    pub by_severity: BTreeMap<String, u64>,
    /// Incidents per owner.
    pub by_owner: BTreeMap<String, u64>,
    /// Incidents per state.
    pub by_state: BTreeMap<String, u64>,
}

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
    pub state: String,
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
#[derive(
    Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, Debug, Default,
)]
pub struct ConnectionFolder {
    /// Folder key.
    pub key: Option<Guid>,
    /// Numeric id.
    pub id: Option<i64>,
    /// Path or name.
    pub path: Option<String>,
    /// `message`, `inventory`, `job-binding`, `unknown`.
    pub source: String,
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
    /// `record`, `job`, `path`, `option`, `unknown`.
    pub source: String,
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
}

/// Reasons in words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct Why {
    /// Why the text matched.
    pub matched: String,
    /// Why the records were put together, and how the connection was named.
    pub grouped: String,
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

/// A connection with all its incidents.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct ConnectionRow {
    /// Which; `id` is unknown for incidents without a connection.
    pub connection: ConnectionRef,
    /// Where it lives.
    pub connection_folder: ConnectionFolder,
    /// Incident ids.
    pub incidents: Vec<String>,
    /// Signature ids.
    pub signatures: Vec<String>,
    /// Failures.
    pub occurrences: u64,
    /// Distinct known jobs.
    pub jobs: u64,
    /// First failure.
    pub first_seen: Option<Instant>,
    /// Last failure.
    pub last_seen: Option<Instant>,
    /// Worst severity of its incidents.
    pub worst_severity: Severity,
    /// Owner of the worst incident.
    pub owner: Owner,
}

/// Failures users confuse with connection failures.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct Neighbour {
    /// Category.
    pub category: Category,
    /// Signature id.
    pub signature: String,
    /// Title.
    pub title: String,
    /// Rows, copies once.
    pub records: u64,
    /// Distinct known jobs.
    pub jobs: u64,
    /// First.
    pub first_seen: Option<Instant>,
    /// Last.
    pub last_seen: Option<Instant>,
    /// At most three.
    pub samples: Vec<Sample>,
}

/// A signature text that was only mentioned.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct Mention {
    /// Signature id.
    pub signature: String,
    /// Rows.
    pub records: u64,
}

/// Connector errors that no signature takes, by template.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct Unmatched {
    /// The text with numbers, ids and names masked.
    pub template: String,
    /// Rows.
    pub records: u64,
    /// Distinct known jobs.
    pub jobs: u64,
    /// Codes in it.
    pub codes: Vec<String>,
    /// One redacted row.
    pub sample: Option<Sample>,
    /// The command that drafts a signature from that row, where its source can stand in one.
    #[serde(default)]
    pub command: Option<String>,
}

/// Connector errors without a signature whose templates are not listed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct UnmatchedRest {
    /// Further templates.
    pub templates: u64,
    /// Their rows.
    pub records: u64,
    /// Distinct known jobs.
    pub jobs: u64,
}

/// A diagnostic as printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct DiagnosticRow {
    /// `stage.kind`.
    pub code: String,
    /// Stage.
    pub stage: String,
    /// How much it matters.
    pub severity: DiagnosticSeverity,
    /// Source key.
    pub source: String,
    /// Where in it.
    pub location: String,
    /// What happened.
    pub message: String,
    /// How many like it.
    pub count: u64,
}
