//! A frame: one record, or a damaged or oversized piece of text, inside a block.

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
    /// The head of a record longer than `limits::MAX_RECORD`.
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
