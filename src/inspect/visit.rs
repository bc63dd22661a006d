//! Passes the records of a planned source one by one to a function, for commands that inspect single
//! records. Nothing is matched or stored. Damaged records are skipped; a scan of the same source
//! reports them.

use std::io;
use std::ops::RangeInclusive;

use crate::inspect::source_summary::{ReadPart, read_source};
use crate::model::{Location, Record, SourceKey};
use crate::open::{OpenInput, open};
use crate::read::{ReadItem, ReadSettings, RecordSink, RowFilter, Task};
use crate::search::BlockSearch;

pub struct VisitedRecord<'r> {
    pub source: &'r SourceKey,
    /// First and last line of the record, from 1, in the decoded text.
    pub lines: RangeInclusive<u64>,
    pub record: &'r Record,
}

/// Calls `show` for every record of a source in order. With a search, only for records in which it has
/// a match, and for all records of formats in which every row names something.
pub fn visit(
    task: &Task,
    search: Option<&dyn BlockSearch>,
    settings: &ReadSettings,
    show: &mut dyn FnMut(VisitedRecord<'_>),
) {
    let mut standard = io::stdin();
    let input = match (task.stdin, task.pipe) {
        (true, _) => OpenInput::Stream(&mut standard),
        (_, true) => OpenInput::Pipe(&task.path),
        _ => OpenInput::File(&task.path),
    };
    let wanted = search.map_or(RowFilter::All, RowFilter::Matching);
    open(&task.key, input, &settings.limits, &mut |opened| {
        let mut visitor = Visitor { source: &opened.key, show: &mut *show };
        read_source(&opened.key, opened.reader, settings, wanted, ReadPart::Whole, &mut visitor);
    });
}

struct Visitor<'v> {
    source: &'v SourceKey,
    show: &'v mut dyn FnMut(VisitedRecord<'_>),
}

impl RecordSink for Visitor<'_> {
    fn take(&mut self, item: ReadItem, location: Location, text: &str) {
        let Some(record) = item.into_record() else { return };
        let text = text.strip_suffix('\n').unwrap_or(text);
        let line_ends = memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64;
        let lines = location.line..=location.line + line_ends;
        (self.show)(VisitedRecord { source: self.source, lines, record: &record });
    }
}
