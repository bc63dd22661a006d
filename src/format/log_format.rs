//! The interface of a log format: framing and fields of one source.

use crate::format::fields::read_context::ReadContext;
use crate::format::framing::frame::BlockEnd;
use crate::format::framing::frames::Frames;
use crate::format::parsed::{Parsed, Reject, RowKindsSeen};
use crate::model::Record;

/// A format at work on one source, or on a part of it.
pub trait LogFormat: Send {
    /// Cuts `block` into frames, in order, and returns how many bytes of it are done with; the
    /// rest is given again in front of the next block. The frames do not depend on where blocks
    /// begin and end.
    fn cut(&mut self, block: &[u8], behind: BlockEnd, frames: &mut Frames) -> usize;

    /// True while every record must be read because each one names something.
    fn reads_all(&self) -> bool;

    /// Where in a frame another record begins, before which no line end was written: its writer was
    /// ended in the middle of the one before it, or there are two. Never at the start.
    fn embedded_record(&self, _text: &str) -> Option<usize> {
        None
    }

    /// Reads one frame, or what stands in it as far as another record.
    fn read(&mut self, text: &str, context: &ReadContext) -> Result<Parsed, Reject>;

    /// Reads the members around the rows of a page.
    fn read_wrapper(&mut self, text: &str, context: &ReadContext) -> Result<Parsed, Reject> {
        self.read(text, context)
    }

    /// What can be read of the head of an oversized record.
    fn read_head(&mut self, text: &str, context: &ReadContext) -> Option<Record>;

    /// Format id for the books, from the kinds of rows that were met.
    fn kind(&self, met: &RowKindsSeen) -> String;

    /// Why the end of the source is not a proper end, if it is not.
    fn unfinished(&self) -> Option<String> {
        None
    }

    /// True when such a source is written record by record, so that one that ends inside a record is
    /// likely to have the rest of it later.
    fn is_append_only(&self) -> bool {
        false
    }

    /// True when a source in which only such rows were met was of no known layout.
    fn is_unknown_json(&self, _met: &RowKindsSeen) -> bool {
        false
    }

    /// What is known between two records, if a record may begin right behind the text that was cut
    /// so far. Two readers with the same border read what follows alike.
    fn boundary_state(&self) -> Option<String>;

    /// Where in bytes from the middle of the same source a record probably begins. Whether one does
    /// is known only when everything before it was cut.
    fn find_record_start(&self, bytes: &[u8]) -> Option<usize>;

    /// A reader for a part of the same source that begins between two records.
    fn fork(&self) -> Option<Box<dyn LogFormat>>;
}
