//! A frame: the range of one record, or of damaged or oversized text, in a block. Plain values.

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FrameKind {
    Record {
        /// The record is the first of its source or array, or contains a match, and must be read.
        /// Other records become frames only if all records are wanted.
        lead: bool,
    },
    /// The members around the rows of a JSON page, as a JSON object without the rows.
    Wrapper(String),
    /// The head of a record longer than `limits::MAX_RECORD`.
    Oversize,
    /// Text that is not a valid record; the reason.
    Damaged(&'static str),
}

/// A range of a block, in bytes from the start of the block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    pub start: usize,
    /// Exclusive.
    pub end: usize,
    /// Number of the record in the block, from 1; for a wrapper, that of the record before it.
    pub number: u64,
    /// Line ends in the block before the frame, if the framing counts them.
    pub lines: Option<u64>,
    pub kind: FrameKind,
}

/// What follows a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BlockEnd {
    /// More text of the source.
    More,
    /// More text of the source, which begins with a record.
    Record,
    /// The end of the source.
    Nothing,
}
