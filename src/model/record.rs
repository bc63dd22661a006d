//! One log row or job row in canonical fields. `format` fills them; a value that the row lacks is
//! `None` and never guessed.

use serde::{Deserialize, Serialize};

use crate::model::guid::Guid;
use crate::model::time::RecordTime;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum RecordKind {
    /// A line of the execution log that a robot writes.
    RobotLog,
    /// A log row of Orchestrator's API or of a client of it.
    ApiLog,
    /// A log row of a CSV export.
    CsvLog,
    /// A job row; its message is the job's `Info`.
    Job,
    /// A span of a job's trace; its message is the span's exception.
    Span,
    /// A reply that reports the failure of a query or command: a failure envelope of a client, an
    /// error body of the API, a failed ping.
    Reply,
}

/// Log levels, from the least to the most severe.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
#[serde(rename_all = "PascalCase")]
pub enum LogLevel {
    /// Also Verbose.
    Trace,
    Debug,
    /// Also Information.
    Info,
    /// Also Warning.
    Warn,
    Error,
    /// Also Critical.
    Fatal,
}

impl LogLevel {
    /// Parses the level of any export, in any case: the English name, also cut to four letters, the
    /// Japanese name, or the ordinal in the SQL table.
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

    /// True for Error and Fatal, the levels at which a log row can be a hit.
    pub fn is_error(self) -> bool {
        self >= LogLevel::Error
    }
}

/// What a record says about an Orchestrator folder. Any field may be missing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug, Default)]
pub struct FolderRef {
    /// Numeric folder id (`OrganizationUnitId`), unique only within a tenant.
    pub id: Option<i64>,
    pub key: Option<Guid>,
    /// Fully qualified name, with `/` between its parts.
    pub path: Option<String>,
}

impl FolderRef {
    pub fn is_empty(&self) -> bool {
        self.id.is_none() && self.key.is_none() && self.path.is_none()
    }
}

/// The position of a record in its source.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug, Default,
)]
pub struct Location {
    /// Byte offset in the decoded (UTF-8) text of the source.
    pub offset: u64,
    /// Line in the decoded text, from 1.
    pub line: u64,
    /// Number of the record, from 1.
    pub record: u64,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Record {
    pub kind: RecordKind,
    /// When the row was written; of a job or span its end, else its start.
    pub time: Option<RecordTime>,
    /// Of a job row, `Error` if its state is Faulted, else `Info`.
    pub level: Option<LogLevel>,
    /// The workflow itself wrote the row (`logType` User).
    pub user_log: bool,
    /// The text that signatures match: message, `Info`, exception of a span, message of a reply.
    pub message: String,
    pub job: Option<Guid>,
    pub process: Option<String>,
    pub process_version: Option<String>,
    pub robot: Option<String>,
    pub machine: Option<String>,
    /// Folder in which the job ran.
    pub folder: FolderRef,
    /// Workflow file without extension, from the row's field of that name.
    pub workflow: Option<String>,
    /// The `fingerprint` field of a log row.
    pub fingerprint: Option<Guid>,
    /// `Code` of a reply, for example `ConnectionPing`.
    pub reply_code: Option<String>,
    /// Connection that a reply is about, from its `Data`.
    pub subject: Option<Guid>,
}

impl Record {
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

    /// A log row of the Orchestrator API that has a message and a level only.
    pub fn log_row(message: &str, level: LogLevel) -> Record {
        let mut record = Record::new(RecordKind::ApiLog);
        record.level = Some(level);
        record.message = message.to_string();
        record
    }
}
