//! The consumer of the record loop.

use std::io;
use std::ops::ControlFlow;

use crate::format::{Parsed, Reject};
use crate::model::{Location, Record};

/// What a wanted frame turned out to be.
pub(crate) enum ReadItem {
    /// A row, or the members around the rows of a page.
    Row(Parsed),
    /// A row that was parsed and is not understood.
    Rejected(Reject),
    /// A record longer than the limit: what its head says.
    Oversize(Option<Record>),
    /// Text that should have been a record; the reason.
    Damaged(&'static str),
}

impl ReadItem {
    /// The record, if there is one, whole or as far as its head says.
    pub(crate) fn into_record(self) -> Option<Record> {
        match self {
            ReadItem::Row(parsed) => parsed.record,
            ReadItem::Oversize(head) => head,
            ReadItem::Rejected(_) | ReadItem::Damaged(_) => None,
        }
    }
}

/// Takes the items of one source, in order.
pub(crate) trait RecordSink {
    /// One item with its location in the decoded text, and its text.
    fn take(&mut self, item: ReadItem, location: Location, text: &str);

    /// Called after each read with the number of source bytes it took. `Break` ends the source
    /// before the block is parsed.
    fn bytes_read(&mut self, _bytes: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// Called after each block. An error ends the source with that error.
    fn block_done(&mut self) -> io::Result<()> {
        Ok(())
    }
}
