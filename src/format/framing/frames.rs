//! What a cutter tells of a block: every record is counted, and those that somebody wants become
//! frames. Knows nothing of formats.

use crate::format::framing::frame::{Frame, FrameKind};
use crate::format::limits::MAX_RECORD;

/// The frames of one block, in order.
#[derive(Debug, Default)]
pub struct Frames {
    /// Places of interest in the block, ascending.
    marks: Vec<u32>,
    /// The first of them that does not lie before the last record.
    next: usize,
    all: bool,
    records: u64,
    lines: Option<u64>,
    last: Option<(usize, usize)>,
    wanted: Vec<Frame>,
}

impl Frames {
    /// Frames of everything.
    pub fn of_all() -> Frames {
        Frames { all: true, ..Frames::default() }
    }

    /// Begins a block. Records in which one of these ascending places lies are wanted; with `all`,
    /// all are.
    pub fn begin(&mut self, marks: &[u32], all: bool) {
        self.marks.clear();
        self.marks.extend_from_slice(marks);
        (self.next, self.all, self.records, self.last) = (0, all, 0, None);
        self.lines = None;
        self.wanted.clear();
    }

    /// Records of the block, whole or damaged.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Line ends in what the cutter is done with, if it counts them.
    pub fn line_ends(&self) -> Option<u64> {
        self.lines
    }

    /// First byte and end of the last whole record.
    pub fn last(&self) -> Option<(usize, usize)> {
        self.last
    }

    /// The wanted frames, in order.
    pub fn wanted(&self) -> &[Frame] {
        &self.wanted
    }

    /// Hands over the wanted frames.
    pub fn into_wanted(self) -> Vec<Frame> {
        self.wanted
    }

    /// A record, or, when it is longer than what is held, its head. A head is always the same
    /// bytes, whatever the blocks were.
    #[inline]
    pub(crate) fn record(&mut self, start: usize, end: usize, lead: bool) {
        self.place(start, end, lead, None);
    }

    /// The same where the cutter knows the line ends before it in the block.
    #[inline]
    pub(crate) fn record_at(&mut self, start: usize, end: usize, lead: bool, lines: u64) {
        self.place(start, end, lead, Some(lines));
    }

    /// The cutter counted so many line ends in what it is done with.
    pub(crate) fn lines(&mut self, lines: u64) {
        self.lines = Some(lines);
    }

    #[inline]
    fn place(&mut self, start: usize, end: usize, lead: bool, lines: Option<u64>) {
        if end - start > MAX_RECORD {
            return self.count((start, start + MAX_RECORD), lines, FrameKind::Oversize);
        }
        self.last = Some((start, end));
        while self.marks.get(self.next).is_some_and(|at| (*at as usize) < start) {
            self.next += 1;
        }
        let marked = self.marks.get(self.next).is_some_and(|at| (*at as usize) < end);
        if marked || lead || self.all {
            self.count((start, end), lines, FrameKind::Record { lead: lead || marked });
        } else {
            self.records += 1;
        }
    }

    /// Text that should have been a record and is none.
    pub(crate) fn damaged(&mut self, start: usize, end: usize, why: &'static str) {
        self.count((start, end), None, FrameKind::Damaged(why));
    }

    /// The members around the rows of a page: no record of its own.
    pub(crate) fn wrapper(&mut self, start: usize, end: usize, members: String) {
        let kind = FrameKind::Wrapper(members);
        self.wanted.push(Frame { start, end, number: self.records, lines: None, kind });
    }

    fn count(&mut self, (start, end): (usize, usize), lines: Option<u64>, kind: FrameKind) {
        self.records += 1;
        self.wanted.push(Frame { start, end, number: self.records, lines, kind });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_the_marked_are_wanted() {
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
