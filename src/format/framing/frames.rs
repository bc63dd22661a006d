//! Collects the result of framing one block: all records are counted, and the wanted ones become frames.
//! Knows nothing of formats.

use crate::format::framing::frame::{Frame, FrameKind};
use crate::format::limits::MAX_RECORD;

/// The frames of one block, in order.
#[derive(Debug, Default)]
pub struct Frames {
    /// Offsets of matches in the block, ascending.
    matches: Vec<u32>,
    /// Index of the first match that is not before the last record.
    next_match: usize,
    all: bool,
    records: u64,
    lines: Option<u64>,
    last: Option<(usize, usize)>,
    wanted: Vec<Frame>,
}

impl Frames {
    /// Starts a block. Records that contain one of the ascending offsets are wanted; with `all`, all are.
    pub fn begin(&mut self, matches: &[u32], all: bool) {
        self.matches.clear();
        self.matches.extend_from_slice(matches);
        (self.next_match, self.all, self.records, self.last) = (0, all, 0, None);
        self.lines = None;
        self.wanted.clear();
    }

    /// Number of records in the block, whole or damaged.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Line ends in the part of the block that is done, if the framing counts them.
    pub fn line_ends(&self) -> Option<u64> {
        self.lines
    }

    /// Start and end (exclusive) of the last whole record.
    pub fn last(&self) -> Option<(usize, usize)> {
        self.last
    }

    pub fn wanted(&self) -> &[Frame] {
        &self.wanted
    }

    /// Adds a record; of one longer than [`MAX_RECORD`], its head, which does not depend on the blocks.
    #[inline]
    pub(crate) fn record(&mut self, start: usize, end: usize, lead: bool) {
        self.add(start, end, lead, None);
    }

    /// Adds a record with the number of line ends in the block before it.
    #[inline]
    pub(crate) fn record_at(&mut self, start: usize, end: usize, lead: bool, lines: u64) {
        self.add(start, end, lead, Some(lines));
    }

    /// Sets the number of line ends in the part of the block that is done.
    pub(crate) fn set_line_ends(&mut self, lines: u64) {
        self.lines = Some(lines);
    }

    #[inline]
    fn add(&mut self, start: usize, end: usize, lead: bool, lines: Option<u64>) {
        if end - start > MAX_RECORD {
            return self.add_frame((start, start + MAX_RECORD), lines, FrameKind::Oversize);
        }
        self.last = Some((start, end));
        while self.matches.get(self.next_match).is_some_and(|offset| (*offset as usize) < start) {
            self.next_match += 1;
        }
        let next = self.matches.get(self.next_match);
        let has_match = next.is_some_and(|offset| (*offset as usize) < end);
        if has_match || lead || self.all {
            self.add_frame((start, end), lines, FrameKind::Record { lead: lead || has_match });
        } else {
            self.records += 1;
        }
    }

    /// Adds text that is not a valid record.
    pub(crate) fn damaged(&mut self, start: usize, end: usize, why: &'static str) {
        self.add_frame((start, end), None, FrameKind::Damaged(why));
    }

    /// Adds the members around the rows of a page, which do not count as a record.
    pub(crate) fn wrapper(&mut self, start: usize, end: usize, members: String) {
        let kind = FrameKind::Wrapper(members);
        self.wanted.push(Frame { start, end, number: self.records, lines: None, kind });
    }

    fn add_frame(&mut self, (start, end): (usize, usize), lines: Option<u64>, kind: FrameKind) {
        self.records += 1;
        self.wanted.push(Frame { start, end, number: self.records, lines, kind });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_records_are_counted_and_matches_are_wanted() {
        let mut frames = Frames::default();
        frames.begin(&[3, 12, 13, 40], false);
        for start in [0, 10, 20, 30] {
            frames.record(start, start + 10, start == 20);
        }
        frames.damaged(40, 45, "why");
        assert_eq!((frames.records(), frames.last()), (5, Some((30, 40))));
        let numbers: Vec<u64> = frames.wanted().iter().map(|frame| frame.number).collect();
        assert_eq!(numbers, [1, 2, 3, 5]);
        frames.begin(&[], false);
        assert_eq!((frames.records(), frames.wanted().len()), (0, 0));
    }
}
