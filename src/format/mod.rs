//! From text to records: where a record ends (framing), what it says (fields), and which format a
//! source is, told by its content and never by its name alone.
//!
//! The stage before is `decode` (blocks of UTF-8), the stage after is `scan`, which decides which
//! frames are worth reading. Nothing here matches signatures or guesses what is absent.
//!
//! A new format is one file: a type with [`LogFormat`], and one line in `detect`.

mod cli_reply;
mod columns;
mod csv_cells;
mod csv_frames;
mod csv_rows;
mod detect;
mod execution_log;
mod frames;
mod inventory;
mod job_row;
mod json_document;
mod json_rows;
mod json_scan;
mod lines;
mod log_row;
mod masks;
mod members;
#[cfg(test)]
mod pieces;
mod timestamp;

pub use detect::{Detected, HEAD_BYTES, detect};
pub use frames::Frames;
pub use timestamp::{TimeRules, read_time};

use crate::model::{Fact, Record};

/// A record longer than this is not held in memory: its head is matched, it is counted as
/// rejected, and the next record is found again. Robots cut messages at 10,000 characters and the
/// cloud refuses rows above 50 kB; Verbose rows with arguments reach some MB.
pub const MAX_RECORD: usize = 4 << 20;

/// JSON nested deeper than this is refused, as in most JSON readers.
pub const MAX_DEPTH: usize = 128;

/// What a piece of text is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FrameKind {
    /// One record.
    Record {
        /// The first of its kind in the source, or one with a place of interest: to be read.
        /// Others become frames only where all do.
        lead: bool,
    },
    /// The members around the rows of a JSON page, as a JSON object of their own.
    Wrapper(String),
    /// The head of a record longer than [`MAX_RECORD`].
    Oversize,
    /// Text that should have been a record and is none.
    Damaged(&'static str),
}

/// A piece of a block: byte positions relative to the block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Its number among the records of the block, from 1; of a wrapper, that of the record before.
    pub number: u64,
    /// Line ends before it in the block, if the cutter counts them.
    pub lines: Option<u64>,
    /// What it is.
    pub kind: FrameKind,
}

/// What stands behind a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BlockEnd {
    /// More of the source.
    More,
    /// More of the source, and a record begins with it.
    Record,
    /// Nothing: the source ends.
    Nothing,
}

/// What a frame says.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Parsed {
    /// The record, if the frame is a row that can tell of a failure.
    pub record: Option<Record>,
    /// What it names.
    pub facts: Vec<Fact>,
    /// Link to the next page, from a wrapper; empty on the last page.
    pub continuation: Option<String>,
    /// What kind of row it is, for the books.
    pub shape: RowKind,
}

/// Kinds of rows, for the books and for the question which directory holds what.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum RowKind {
    /// A row that means nothing to us.
    #[default]
    Other,
    /// A row of a known export that tells us nothing: a list of machines, an empty page.
    Aside,
    /// A log row.
    Log,
    /// A job row.
    Job,
    /// A trace span.
    Span,
    /// A folder.
    Folder,
    /// A connection.
    Connection,
    /// A client's reply that says what failed.
    Reply,
    /// A service's answer that says what failed.
    ErrorBody,
}

/// A row that was looked at and cannot be understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reject(pub String);

/// What a reader needs to know beyond the text.
#[derive(Clone, Debug)]
pub struct ReadContext {
    /// How times without an offset are read.
    pub times: TimeRules,
    /// Directory of the source.
    pub directory: String,
    /// The source was given with `--names`.
    pub everywhere: bool,
}

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

/// Kinds of rows that were met in a source.
pub type RowKindsSeen = std::collections::BTreeSet<RowKind>;

/// True when the source holds nothing but a service's error answer.
pub fn is_error_body(met: &RowKindsSeen) -> bool {
    !met.is_empty() && met.iter().all(|shape| *shape == RowKind::ErrorBody)
}
