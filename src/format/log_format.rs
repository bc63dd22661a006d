//! The interface of a log format: framing and fields of one source. `read` drives it.

use crate::format::fields::read_context::ReadContext;
use crate::format::framing::frame::BlockEnd;
use crate::format::framing::frames::Frames;
use crate::format::parsed::{Parsed, Reject, RowKindsSeen};
use crate::model::Record;

/// Reads one source, or a part of it.
pub trait LogFormat: Send {
    /// Cuts `block` into frames, in order, and returns the number of bytes that are done. The caller
    /// passes the other bytes again at the start of the next block. The frames do not depend on where
    /// blocks begin and end.
    fn cut(&mut self, block: &[u8], block_end: BlockEnd, frames: &mut Frames) -> usize;

    /// True while every record must be read, because each one may state facts.
    fn reads_all(&self) -> bool;

    /// The offset of a second record in a frame, without a line end before it: the writer was stopped
    /// inside the first record, or two processes wrote the file. Never 0.
    fn embedded_record(&self, _text: &str) -> Option<usize> {
        None
    }

    /// Reads one frame, or the part of it before an embedded record.
    fn read(&mut self, text: &str, context: &ReadContext) -> Result<Parsed, Reject>;

    /// Reads the members around the rows of a page.
    fn read_wrapper(&mut self, text: &str, context: &ReadContext) -> Result<Parsed, Reject> {
        self.read(text, context)
    }

    /// Reads the head of an oversized record.
    fn read_head(&mut self, text: &str, context: &ReadContext) -> Option<Record>;

    /// The format id for coverage, from the kinds of rows in the source.
    fn kind(&self, kinds: &RowKindsSeen) -> String;

    /// The reason if the source ends inside a record.
    fn unfinished(&self) -> Option<String> {
        None
    }

    /// True when sources of this format are written record by record, so that the rest of a cut last
    /// record is likely to be written later.
    fn is_append_only(&self) -> bool {
        false
    }

    /// True when a source with only these kinds of rows has no known layout.
    fn is_unknown_json(&self, _kinds: &RowKindsSeen) -> bool {
        false
    }

    /// The state between two records, if a record may begin directly after the text that was cut so far.
    /// Two readers with the same state read the same text in the same way.
    fn boundary_state(&self) -> Option<String>;

    /// The offset, in bytes from the middle of the same source, at which a record probably begins. It is
    /// certain only after everything before it was cut.
    fn find_record_start(&self, bytes: &[u8]) -> Option<usize>;

    /// A reader for a part of the same source that begins between two records.
    fn fork(&self) -> Option<Box<dyn LogFormat>>;
}
