//! Describes the sources of a path by their first blocks alone. Matches and stores nothing.

use crate::discover::{FoundSource, SourceOrigin};
use crate::inspect::source_summary::{ReadPart, read_source};
use crate::model::{Diagnostic, DiagnosticCode, Location, SourceKey, SourceStatus, TimeQuality};
use crate::open::{Fault, OpenInput, open};
use crate::read::{ReadItem, ReadSettings, RecordSink, RowFilter};

/// The format, encoding and times of one source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceHead {
    pub key: SourceKey,
    /// Format id; empty if no format was detected.
    pub kind: String,
    /// WHATWG name in lower case; empty if the source was not read.
    pub encoding: String,
    /// The encoding is a guess.
    pub guessed: bool,
    pub times: Times,
    /// `Complete` if it can be read, `Skipped` if its format is not a known one, otherwise `Failed`.
    pub status: SourceStatus,
    /// Reason for a status other than `Complete`; otherwise empty.
    pub reason: String,
    /// Code of the diagnostic for `reason`.
    pub code: Option<DiagnosticCode>,
}

/// How the times of a source are written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Times {
    /// No record has a time.
    None,
    /// All times have a zone.
    Zoned,
    /// A time has no zone, and the assumed zone applies.
    Assumed,
}

/// Reads the first blocks of a file and of every member in it. Does not read pipes and standard input,
/// which a later scan could not read again.
pub fn read_heads(found: &FoundSource, settings: &ReadSettings) -> Vec<SourceHead> {
    if found.origin != SourceOrigin::File {
        return Vec::new();
    }
    let mut heads = Vec::new();
    let input = OpenInput::File(&found.path);
    let report = open(&found.key, input, &settings.limits, &mut |opened| {
        let key = opened.key.clone();
        let mut times = TimeSink(Times::None);
        let extent = ReadPart::Head;
        let summary =
            read_source(&key, opened.reader, settings, RowFilter::All, extent, &mut times);
        let TimeSink(times) = times;
        let (kind, mut status, mut code, mut reason) = match summary.kind {
            Ok(kind) => (kind, SourceStatus::Complete, None, String::new()),
            Err(other) => (String::new(), other.status, Some(other.code), other.reason),
        };
        if let Some(error) = summary.error {
            let fault = Fault::from_error(&error);
            (status, code, reason) = (SourceStatus::Failed, Some(fault.code), fault.message);
        }
        heads.push(SourceHead {
            key,
            kind,
            encoding: summary.decoded.encoding.to_ascii_lowercase(),
            guessed: summary.decoded.low_confidence,
            times,
            status,
            reason,
            code,
        });
    });
    let diagnostics = report.diagnostics;
    heads.extend(report.unread.into_iter().map(|(key, item)| SourceHead {
        code: first_code(&key, &diagnostics),
        key,
        kind: String::new(),
        encoding: String::new(),
        guessed: false,
        times: Times::None,
        status: item.status,
        reason: item.reason,
    }));
    heads
}

fn first_code(key: &SourceKey, diagnostics: &[Diagnostic]) -> Option<DiagnosticCode> {
    let mut of_source = diagnostics.iter().filter(|diagnostic| diagnostic.source == key.as_str());
    of_source.next().map(|diagnostic| diagnostic.code)
}

struct TimeSink(Times);

impl RecordSink for TimeSink {
    fn take(&mut self, item: ReadItem, _location: Location, _text: &str) {
        let time = item.into_record().and_then(|record| record.time);
        self.0 = self.0.max(match time.map(|time| time.quality) {
            None => Times::None,
            Some(TimeQuality::Offset) => Times::Zoned,
            Some(TimeQuality::Assumed | TimeQuality::Day) => Times::Assumed,
        });
    }
}
