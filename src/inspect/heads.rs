//! What the sources of a path are, told from their heads alone.

use crate::discover::{FoundSource, SourceOrigin};
use crate::inspect::source_summary::{ReadPart, read_source};
use crate::model::{Diagnostic, Location, SourceKey, SourceStatus, TimeQuality};
use crate::open::{Fault, OpenInput, open};
use crate::read::{ReadItem, ReadSettings, RecordSink, Wanted};

/// What one source is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceHead {
    /// Its key.
    pub key: SourceKey,
    /// Format id; empty where none was recognised.
    pub kind: String,
    /// WHATWG name of the encoding.
    pub encoding: String,
    /// The encoding is a guess.
    pub guessed: bool,
    /// How its times are written.
    pub times: Times,
    /// `Complete` where it can be read, `Skipped` for what is something else, `Failed` for what
    /// cannot be read.
    pub status: SourceStatus,
    /// Why, if it is not complete.
    pub reason: String,
    /// Code of the diagnostic that says so; empty if there is none.
    pub code: String,
}

/// How the times of a source are written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Times {
    /// None was seen.
    None,
    /// With their zone.
    Zoned,
    /// Without: the assumed zone decides.
    Assumed,
}

/// Looks at the head of a file and of every member in it. Pipes and standard input are left
/// alone: what is read from them is gone.
pub fn look(found: &FoundSource, reading: &ReadSettings) -> Vec<SourceHead> {
    if found.origin != SourceOrigin::File {
        return Vec::new();
    }
    let mut looks = Vec::new();
    let input = OpenInput::File(&found.path);
    let report = open(&found.key, input, &reading.limits, &mut |opened| {
        let key = opened.key.clone();
        let mut times = TimeSink(Times::None);
        let extent = ReadPart::Head;
        let seen = read_source(&key, opened.reader, reading, Wanted::All, extent, &mut times);
        let TimeSink(times) = times;
        let (kind, mut status, mut code, mut reason) = match seen.kind {
            Ok(kind) => (kind, SourceStatus::Complete, "", String::new()),
            Err(other) => (String::new(), other.status, other.code, other.reason),
        };
        if let Some(error) = seen.error {
            let fault = Fault::from_error(&error);
            (status, code, reason) = (SourceStatus::Failed, fault.code, fault.message);
        }
        looks.push(SourceHead {
            key,
            kind,
            encoding: seen.decoded.encoding.to_ascii_lowercase(),
            guessed: seen.decoded.low_confidence,
            times,
            status,
            reason,
            code: code.to_string(),
        });
    });
    let told = report.diagnostics;
    looks.extend(report.unread.into_iter().map(|(key, item)| SourceHead {
        code: code_of(&key, &told),
        key,
        kind: String::new(),
        encoding: String::new(),
        guessed: false,
        times: Times::None,
        status: item.status,
        reason: item.reason,
    }));
    looks
}

/// Under which code something was told of a source.
fn code_of(key: &SourceKey, told: &[Diagnostic]) -> String {
    let of_source = |told: &&Diagnostic| told.source == key.as_str();
    told.iter().find(of_source).map(|told| told.code.clone()).unwrap_or_default()
}

/// Collects how the times of a source are written.
struct TimeSink(Times);

impl RecordSink for TimeSink {
    fn take(&mut self, item: ReadItem, _location: Location, _text: &str) {
        let record = match item {
            ReadItem::Row(parsed) => parsed.record,
            ReadItem::Oversize(head) => head,
            ReadItem::Rejected(_) | ReadItem::Damaged(_) => return,
        };
        let time = record.and_then(|record| record.time);
        self.0 = self.0.max(match time.map(|time| time.quality) {
            None => Times::None,
            Some(TimeQuality::Offset) => Times::Zoned,
            Some(TimeQuality::Assumed | TimeQuality::Day) => Times::Assumed,
        });
    }
}
