//! The finished report: one versioned value that every renderer prints. The order of the fields is
//! their order in report.json. `correlate` fills it; nothing here computes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::model::coverage::CoverageItem;
use crate::model::diagnostic::DiagnosticSeverity;
use crate::model::incident::{ConnectionFolder, ConnectionRef, Incident, Occurrence, Sample};
use crate::model::time::Instant;
use crate::model::vocabulary::{Category, Owner, Severity};

/// Version of the structure of report.json.
pub const SCHEMA_VERSION: &str = "1.1";

/// A text in both languages of the program.
#[derive(
    Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, Debug, Default,
)]
pub struct Bilingual {
    pub en: String,
    pub ja: String,
}

/// Language of a report and of the terminal output.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    #[default]
    En,
    Ja,
}

impl Bilingual {
    /// The text in this language; English if there is no Japanese text.
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
    /// `major.minor`; a reader accepts every minor version of its major version.
    pub schema_version: String,
    /// Language of the texts in it; missing before version 1.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<Lang>,
    /// The only part that may differ between two runs over the same input.
    pub run: Run,
    pub signatures: SignatureSet,
    /// The time window that the user asked for.
    pub window: Window,
    /// What was read, and how completely.
    pub coverage: Coverage,
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
    /// Ordered by severity, code and source.
    pub diagnostics: Vec<DiagnosticRow>,
    /// Every occurrence, ordered by incident id, time, job. Written to occurrences.csv, not to
    /// report.json.
    #[serde(skip)]
    pub occurrences: Vec<Occurrence>,
}

impl Report {
    /// Number of rows with connector errors that no signature matches, listed or not.
    pub fn unmatched_records(&self) -> u64 {
        let listed: u64 = self.unmatched.iter().map(|row| row.records).sum();
        listed + self.unmatched_rest.as_ref().map_or(0, |rest| rest.records)
    }
}

/// How the run went.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct Run {
    pub id: String,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// RFC 3339, UTC.
    pub finished_at: String,
    /// Wall time in milliseconds.
    pub duration_ms: u64,
    pub tool_version: String,
    /// Number of worker threads.
    pub threads: usize,
    /// The command line as the user typed it.
    pub command: String,
    /// What was scanned, as absolute paths: where a source can be read again.
    #[serde(default)]
    pub paths: Vec<String>,
}

/// The signature set in use.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct SignatureSet {
    /// Version of the built-in rule set.
    pub version: String,
    /// Hash over all signatures, cause rules and the product knowledge.
    pub hash: String,
    /// Number of enabled signatures.
    pub count: usize,
}

/// The time window.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct Window {
    /// Inclusive start.
    pub since: Option<Instant>,
    /// Exclusive end.
    pub until: Option<Instant>,
    /// Zone assumed for times that are written without one.
    pub timezone_assumed: String,
}

/// The books of the run.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct Coverage {
    /// Sources by how they ended; `found` is the sum of the rest.
    pub sources: SourceCounts,
    pub bytes: ByteCounts,
    pub records: RecordCounts,
    /// Earliest time of any record.
    pub first_time: Option<Instant>,
    /// Latest time of any record.
    pub last_time: Option<Instant>,
    /// One row per source, ordered by source.
    pub items: Vec<CoverageItem>,
}

/// Sources by how they ended.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct SourceCounts {
    pub found: u64,
    /// Sources read to their end.
    pub complete: u64,
    /// Sources read in part, or with rejected records.
    pub partial: u64,
    /// Sources whose digest was taken from the state.
    pub unchanged: u64,
    /// Sources that are no export and need not be one.
    pub skipped: u64,
    /// Sources that could not be read.
    pub failed: u64,
}

/// Bytes read and decoded.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct ByteCounts {
    /// Bytes of files, before decompression.
    pub read: u64,
    /// Text after decompression and decoding.
    pub decoded: u64,
}

/// Rows.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct RecordCounts {
    pub total: u64,
    /// Records that a signature matches.
    pub matched: u64,
    /// Records that could not be parsed.
    pub rejected: u64,
}

/// Totals.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
pub struct Summary {
    pub incidents: u64,
    pub occurrences: u64,
    /// Number of distinct known jobs with an occurrence.
    pub jobs: u64,
    pub by_category: BTreeMap<String, u64>,
    pub by_severity: BTreeMap<String, u64>,
    pub by_owner: BTreeMap<String, u64>,
    pub by_state: BTreeMap<String, u64>,
}

/// A connection with all its incidents.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct ConnectionRow {
    /// Which; `id` is unknown for incidents without a connection.
    pub connection: ConnectionRef,
    /// The folder that contains the connection.
    pub connection_folder: ConnectionFolder,
    /// Ids, sorted.
    pub incidents: Vec<String>,
    /// Ids, sorted.
    pub signatures: Vec<String>,
    pub occurrences: u64,
    /// Number of distinct known jobs.
    pub jobs: u64,
    pub first_seen: Option<Instant>,
    pub last_seen: Option<Instant>,
    /// Worst severity of its incidents.
    pub worst_severity: Severity,
    /// Owner of the worst incident.
    pub owner: Owner,
}

/// Failures users confuse with connection failures.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct Neighbour {
    pub category: Category,
    /// Id of the signature.
    pub signature: String,
    /// In the language of the report.
    pub title: String,
    /// Number of records; copies count once.
    pub records: u64,
    /// Number of distinct known jobs.
    pub jobs: u64,
    pub first_seen: Option<Instant>,
    pub last_seen: Option<Instant>,
    /// At most three records as evidence.
    pub samples: Vec<Sample>,
}

/// A signature text that was only mentioned.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct Mention {
    /// Id of the signature.
    pub signature: String,
    pub records: u64,
}

/// Connector errors that no signature takes, by template.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct Unmatched {
    /// The text with numbers, ids and names masked.
    pub template: String,
    pub records: u64,
    /// Number of distinct known jobs.
    pub jobs: u64,
    /// Error codes in the text, sorted.
    pub codes: Vec<String>,
    /// One of the records, redacted.
    pub sample: Option<Sample>,
    /// The command that drafts a signature from that row, where its source can stand in one.
    #[serde(default)]
    pub command: Option<String>,
}

/// Connector errors without a signature whose templates are not listed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct UnmatchedRest {
    /// Number of templates that are not listed.
    pub templates: u64,
    /// Number of records with such a template.
    pub records: u64,
    /// Number of distinct known jobs.
    pub jobs: u64,
}

/// A diagnostic as printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
pub struct DiagnosticRow {
    /// Permanent code, `stage.kind`.
    pub code: String,
    /// The part of the code before the dot.
    pub stage: String,
    pub severity: DiagnosticSeverity,
    /// Key of the source; empty for the whole run.
    pub source: String,
    /// `line 12`, `byte 81920`, or empty.
    pub location: String,
    pub message: String,
    /// Number of problems of this code and source; the message describes the first.
    pub count: u64,
}
