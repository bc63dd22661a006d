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
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Debug, Default)]
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
    /// Always [`SCHEMA_VERSION`].
    pub schema_version: String,
    /// Language of the texts in it; missing before version 1.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<Lang>,
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
    /// Number of rows with connector errors that no signature matches, listed or not.
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
