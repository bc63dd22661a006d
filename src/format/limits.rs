//! The limits of a record and of nesting, the same for every format.

/// Bytes of a record that are held in memory. Of a longer record, the head is matched and the record
/// counts as rejected. Robots cut messages at 10,000 characters and the cloud rejects rows above 50 kB;
/// rows of level Verbose with arguments reach some MB.
pub const MAX_RECORD: usize = 4 << 20;

/// Levels of nested JSON; deeper text is rejected, as by most JSON parsers.
pub const MAX_DEPTH: usize = 128;
