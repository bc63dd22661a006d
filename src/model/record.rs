//! One log row or job row in canonical fields. Absent is absent: nothing is guessed here.

use crate::model::guid::Guid;
use crate::model::time::RecordTime;
use serde::{Deserialize, Serialize};
/// What kind of row a record is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum RecordKind {
    /// A line a robot wrote to its own execution log.
    RobotLog,
    /// A log row of Orchestrator's API or a client of it.
    ApiLog,
    /// A log row of a CSV export.
    CsvLog,
    /// A job row; its message is the job's `Info`.
    Job,
    /// A span of a job's trace; its message is the span's exception.
    Span,
    /// A reply that says a question or command failed: a client's failure envelope, an API error
    /// body, a failing ping.
    Reply,
}

/// Log level; the order is mildest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
#[serde(rename_all = "PascalCase")]
pub enum LogLevel {
    /// Also Verbose.
    Trace,
    /// Debug.
    Debug,
    /// Also Information.
    Info,
    /// Also Warning.
    Warn,
    /// Error.
    Error,
    /// Also Critical.
    Fatal,
}

impl LogLevel {
    /// Reads a level word of any export, in any case, or the ordinal of the SQL table; words cut
    /// to four letters are read too, and those of a page in Japanese.
    pub fn parse(word: &str) -> Option<LogLevel> {
        let word = word.trim().to_ascii_lowercase();
        Some(match word.as_str() {
            "trace" | "trac" | "verbose" | "verb" | "0" | "トレース" | "詳細" => {
                LogLevel::Trace
            }
            "debug" | "debu" | "1" | "デバッグ" => LogLevel::Debug,
            "info" | "information" | "2" | "情報" => LogLevel::Info,
            "warn" | "warning" | "3" | "警告" => LogLevel::Warn,
            "error" | "erro" | "4" | "エラー" => LogLevel::Error,
            "fatal" | "fata" | "critical" | "crit" | "5" | "致命的" => LogLevel::Fatal,
            _ => return None,
        })
    }

    /// The word as printed.
    pub fn as_str(self) -> &'static str {
        match self {
            LogLevel::Trace => "Trace",
            LogLevel::Debug => "Debug",
            LogLevel::Info => "Info",
            LogLevel::Warn => "Warn",
            LogLevel::Error => "Error",
            LogLevel::Fatal => "Fatal",
        }
    }

    /// True for Error and Fatal: only these make hits.
    pub fn is_error(self) -> bool {
        self >= LogLevel::Error
    }
}

/// What a record says of an Orchestrator folder. Any part may be missing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug, Default)]
pub struct FolderRef {
    /// Numeric folder id (`OrganizationUnitId`), unique only within a tenant.
    pub id: Option<i64>,
    /// Folder key.
    pub key: Option<Guid>,
    /// Fully qualified name, `/` between parts.
    pub path: Option<String>,
}

impl FolderRef {
    /// True when nothing is known.
    pub fn is_empty(&self) -> bool {
        self.id.is_none() && self.key.is_none() && self.path.is_none()
    }
}

/// Where a record stands in its source.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug, Default,
)]
pub struct Location {
    /// Byte offset in the decoded (UTF-8) text of the source.
    pub offset: u64,
    /// Line, from 1, in the decoded text.
    pub line: u64,
    /// Record number, from 1.
    pub record: u64,
}

/// A log row or job row.
#[derive(Clone, PartialEq, Debug)]
pub struct Record {
    /// What kind of row.
    pub kind: RecordKind,
    /// When it was written (a job or span: when it ended, else started).
    pub time: Option<RecordTime>,
    /// Level; a job row in state Faulted counts as `Error`, other job rows as `Info`.
    pub level: Option<LogLevel>,
    /// `logType` User: written by the workflow itself.
    pub user_log: bool,
    /// The text that is matched: message, `Info`, span exception, reply message.
    pub message: String,
    /// Job key.
    pub job: Option<Guid>,
    /// Process name.
    pub process: Option<String>,
    /// Process version.
    pub process_version: Option<String>,
    /// Robot name.
    pub robot: Option<String>,
    /// Host name.
    pub machine: Option<String>,
    /// The folder the job ran in.
    pub folder: FolderRef,
    /// Workflow file without extension, as the row's own field names it.
    pub workflow: Option<String>,
    /// The log row's own `fingerprint`.
    pub fingerprint: Option<Guid>,
    /// A reply's `Code` (`ConnectionPing`, …).
    pub reply_code: Option<String>,
    /// The connection a reply is about, from its own `Data`.
    pub subject: Option<Guid>,
}

impl Record {
    /// An empty record of a kind.
    pub fn new(kind: RecordKind) -> Record {
        Record {
            kind,
            time: None,
            level: None,
            user_log: false,
            message: String::new(),
            job: None,
            process: None,
            process_version: None,
            robot: None,
            machine: None,
            folder: FolderRef::default(),
            workflow: None,
            fingerprint: None,
            reply_code: None,
            subject: None,
        }
    }

    /// A log row with this message, as the Orchestrator API returns it.
    pub fn log_row(message: &str, level: LogLevel) -> Record {
        let mut record = Record::new(RecordKind::ApiLog);
        record.level = Some(level);
        record.message = message.to_string();
        record
    }
}
