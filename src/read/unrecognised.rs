//! Why a source holds no records: it is plainly something else, or a mistake where an export was
//! expected.

use crate::format::Detected;
use crate::model::{DiagnosticCode, SourceKey, SourceStatus};

/// Why a source is of no log format.
pub(crate) struct Unrecognised {
    /// `Skipped` for what is something else, `Failed` for a mistake.
    pub(crate) status: SourceStatus,
    pub(crate) code: DiagnosticCode,
    pub(crate) reason: String,
    /// The header of a table whose layout is unknown.
    pub(crate) header: Option<String>,
}

impl Unrecognised {
    /// Something that is no export and need not be one.
    pub(crate) fn skipped(reason: &str) -> Unrecognised {
        let (status, code) = (SourceStatus::Skipped, DiagnosticCode::FormatUnrecognised);
        Unrecognised { status, code, reason: reason.to_string(), header: None }
    }

    fn failed(code: DiagnosticCode, reason: &str, header: Option<String>) -> Unrecognised {
        Unrecognised { status: SourceStatus::Failed, code, reason: reason.to_string(), header }
    }

    /// The reason for a source with this key; the format where it was detected.
    pub(crate) fn from_detected(detected: Detected, key: &SourceKey) -> Unrecognised {
        match detected {
            Detected::Format { .. } => Unrecognised::skipped("unknown format"),
            // A page is one where its name says so, and a mistake where an export was expected.
            Detected::Html if is_page_name(key.file_name()) => {
                Unrecognised::skipped("an HTML page")
            }
            Detected::Html => {
                let reason = "an HTML page saved instead of an export; export again";
                Unrecognised::failed(DiagnosticCode::FormatHtmlPage, reason, None)
            }
            Detected::UnknownLayout(header) => {
                let reason = "a log table with an unknown header";
                Unrecognised::failed(DiagnosticCode::FormatUnrecognisedLayout, reason, Some(header))
            }
            Detected::NotAnExport(what) => Unrecognised::skipped(what),
        }
    }
}

fn is_page_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.ends_with(".html") || lower.ends_with(".htm")
}
