//! Limits of a record and of nesting that hold for every format.

/// A record longer than this is not held in memory: its head is matched, it is counted as
/// rejected, and the next record is found again. Robots cut messages at 10,000 characters and the
/// cloud refuses rows above 50 kB; Verbose rows with arguments reach some MB.
pub const MAX_RECORD: usize = 4 << 20;

/// JSON nested deeper than this is refused, as in most JSON readers.
pub const MAX_DEPTH: usize = 128;
