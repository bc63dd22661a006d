//! Framing of formats whose records begin at the start of a line. Reads no record.

use memchr::memchr;
use serde::de::IgnoredAny;

use crate::format::framing::bitmask::for_each_position;
use crate::format::framing::frame::BlockEnd;
use crate::format::framing::frames::Frames;
use crate::format::limits::MAX_RECORD;

/// The role of a physical line in its format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LineKind {
    Start,
    /// Belongs to the record before it, if there is one.
    Inside,
    /// Is not the start of a valid record; the reason.
    Damaged(&'static str),
}

/// Cuts blocks at the lines that begin records.
#[derive(Clone, Debug)]
pub struct LineCutter {
    /// Gets a line without its line end.
    classify: fn(&[u8]) -> LineKind,
    /// Lines that do not begin a record belong to the record before them.
    joins: bool,
    /// Start of the open record, if there is one; it becomes the start of the next block.
    open: Option<BlockPosition>,
    /// Start of the first line that is not classified yet.
    line: BlockPosition,
    /// Bytes of the next block that are already searched for line ends.
    searched: usize,
    /// The rest of an oversized record is skipped.
    skipping: bool,
    /// The start of the current line was in a part that is already done.
    mid_line: bool,
    seen: bool,
    cut_off: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct BlockPosition {
    /// Bytes of the block before the position.
    at: usize,
    /// Line ends of the block before the position.
    lines: u64,
}

impl LineCutter {
    /// With `joins`, lines that do not begin a record belong to the record before them.
    pub fn new(classify: fn(&[u8]) -> LineKind, joins: bool) -> LineCutter {
        LineCutter {
            classify,
            joins,
            open: None,
            line: BlockPosition::default(),
            searched: 0,
            skipping: false,
            mid_line: false,
            seen: false,
            cut_off: false,
        }
    }

    /// True when the source ended inside its last record.
    pub fn cut_off(&self) -> bool {
        self.cut_off
    }

    /// True when the text that was cut so far ends with a line end.
    pub fn at_line_start(&self) -> bool {
        self.seen && self.searched == self.line.at && !self.mid_line
    }

    /// The offset of the first line, after the first line end, that begins a record.
    pub fn find_record_start(&self, bytes: &[u8]) -> Option<usize> {
        let mut line = memchr(b'\n', bytes)? + 1;
        while let Some(end) = memchr(b'\n', &bytes[line..]) {
            let text = trim(&bytes[line..line + end]);
            if !text.is_empty() && (self.classify)(text) == LineKind::Start {
                return Some(line);
            }
            line += end + 1;
        }
        None
    }

    /// A cutter for a later part of the source that begins with a record.
    pub fn fork(&self) -> LineCutter {
        LineCutter { seen: true, ..LineCutter::new(self.classify, self.joins) }
    }

    fn record(&mut self, start: BlockPosition, end: usize, frames: &mut Frames) {
        let lead = !self.seen;
        self.seen = true;
        frames.record_at(start.at, end, lead, start.lines);
    }

    fn end_record(&mut self, end: usize, frames: &mut Frames) {
        if let Some(start) = self.open.take() {
            self.record(start, end, frames);
        }
    }

    pub fn cut(&mut self, block: &[u8], block_end: BlockEnd, frames: &mut Frames) -> usize {
        for_each_position(block, self.searched, b'\n', |at| {
            self.end_line(block, at + 1, true, frames)
        });
        if block_end == BlockEnd::Nothing && self.line.at < block.len() {
            self.end_line(block, block.len(), false, frames);
        }
        let line = self.line;
        if block_end == BlockEnd::Nothing || block_end == BlockEnd::Record && line.at == block.len()
        {
            self.end_record(block.len(), frames);
            return self.close_block(BlockPosition { at: block.len(), ..line }, block, frames);
        }
        if block.len() - self.open.unwrap_or(line).at > MAX_RECORD
            && self.begins_record(&block[line.at..])
        {
            // The unfinished line begins the next record and does not extend the open one.
            self.end_record(line.at, frames);
        }
        let keep = self.open.unwrap_or(line);
        if block.len() - keep.at > MAX_RECORD {
            return self.skip_oversize(block, keep, frames);
        }
        self.close_block(keep, block, frames)
    }

    /// Prepares for the next block, which begins at `keep`. Returns the bytes that are done.
    fn close_block(&mut self, keep: BlockPosition, block: &[u8], frames: &mut Frames) -> usize {
        frames.set_line_ends(keep.lines);
        self.open = self.open.map(|_| BlockPosition::default());
        let line = self.line.at.max(keep.at);
        self.line = BlockPosition { at: line - keep.at, lines: self.line.lines - keep.lines };
        self.searched = block.len() - keep.at;
        keep.at
    }

    /// True when an unfinished line begins a record, which its first bytes decide.
    fn begins_record(&self, line: &[u8]) -> bool {
        let text = trim(line);
        !self.mid_line && !text.is_empty() && (self.classify)(text) == LineKind::Start
    }

    /// Ends the current line before `next`. `terminated` says that it has a line end.
    #[inline]
    fn end_line(&mut self, block: &[u8], next: usize, terminated: bool, frames: &mut Frames) {
        let line = self.line;
        self.line = BlockPosition { at: next, lines: line.lines + u64::from(terminated) };
        let text = trim(&block[line.at..next]);
        let kind =
            if self.mid_line || text.is_empty() { LineKind::Inside } else { (self.classify)(text) };
        self.mid_line = false;
        if kind == LineKind::Inside {
            return;
        }
        self.end_record(line.at, frames);
        self.skipping = false;
        match kind {
            // The writer had not finished the record; a later copy of the file has all of it.
            LineKind::Start if !terminated && !is_whole(text) => self.cut_off = true,
            LineKind::Start if self.joins => self.open = Some(line),
            LineKind::Start => self.record(line, next, frames),
            LineKind::Damaged(why) => frames.damaged(line.at, next, why),
            LineKind::Inside => {}
        }
    }

    /// Reports the head of a record longer than [`MAX_RECORD`] as a frame and skips its rest.
    fn skip_oversize(&mut self, block: &[u8], keep: BlockPosition, frames: &mut Frames) -> usize {
        if !self.skipping {
            self.record(keep, block.len(), frames);
        }
        self.skipping = true;
        self.open = None;
        self.mid_line = self.line.at < block.len();
        self.close_block(BlockPosition { at: block.len(), ..self.line }, block, frames)
    }
}

/// True when a record without a line end is complete, so that its last brace closes its first. A cut
/// record may end with the brace of an inner object.
fn is_whole(text: &[u8]) -> bool {
    let object = memchr(b'{', text).map(|at| &text[at..]);
    text.ends_with(b"}")
        && object.is_none_or(|object| {
            let mut values = serde_json::Deserializer::from_slice(object).into_iter::<IgnoredAny>();
            values.next().is_some_and(|value| value.is_ok())
        })
}

/// A line without its end and without the zero bytes that a crashed writer leaves.
fn trim(line: &[u8]) -> &[u8] {
    let mut line = line;
    while let [rest @ .., b'\n' | b'\r' | b'\0' | b' ' | b'\t'] = line {
        line = rest;
    }
    while let [b'\0' | b' ' | b'\t', rest @ ..] = line {
        line = rest;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::framing::pieces::in_pieces;

    fn hash_starts(line: &[u8]) -> LineKind {
        match line[0] {
            b'#' => LineKind::Start,
            b'!' => LineKind::Damaged("bad"),
            _ => LineKind::Inside,
        }
    }

    /// Cuts `text` fed in pieces of `step` bytes; shows each frame's text and kind.
    fn cut(text: &str, step: usize, joins: bool) -> Vec<String> {
        let mut cutter = LineCutter::new(hash_starts, joins);
        in_pieces(
            text,
            step,
            |block, block_end, frames| cutter.cut(block, block_end, frames),
            |kind, text| format!("{kind:?} {}", text.trim_end()),
        )
    }

    #[test]
    fn frames_do_not_depend_on_blocks() {
        let text = "noise\n#1 a}\n more\r\n\r\n#2 b}\n!x\n tail\n#3 c}";
        for joins in [true, false] {
            let whole = cut(text, text.len(), joins);
            for step in 1..text.len() {
                assert_eq!(cut(text, step, joins), whole, "step {step}");
            }
            assert_eq!(whole.len(), 4);
        }
        assert_eq!(cut(text, 100, true)[0], "Record { lead: true } #1 a}\n more");
    }

    #[test]
    fn an_unfinished_line_is_not_a_record() {
        assert_eq!(cut("#1 a}\n#2 b", 3, false).len(), 1);
        assert_eq!(cut("#1 a}\n#2 b}", 3, false).len(), 2);
        assert_eq!(cut("#1 a}\n#2 {\"a\":{\"b\":1}", 3, false).len(), 1);
        assert_eq!(cut("#1 a}\n#2 {\"a\":{\"b\":1}}", 3, false).len(), 2);
    }

    #[test]
    fn an_oversized_line_does_not_extend_the_record_before_it() {
        let text = format!("#1 a}}\n more\n#2 {}}}\n#3 b}}\n", "x".repeat(MAX_RECORD + 9));
        for step in [1 << 16, 1 << 20, text.len()] {
            let frames = cut(&text, step, true);
            assert_eq!(frames.len(), 3);
            assert_eq!(frames[0], "Record { lead: true } #1 a}\n more");
            assert!(frames[1].starts_with("Oversize #2 x"));
            assert_eq!(frames[2], "Record { lead: false } #3 b}");
        }
    }

    #[test]
    fn an_oversized_line_is_one_frame() {
        let text = format!("#1 {}}}\n#2 b}}\n", "x".repeat(MAX_RECORD + 9));
        let frames = cut(&text, 1 << 20, true);
        assert_eq!(frames.len(), 2);
        assert!(frames[0].starts_with("Oversize"));
        assert!(frames[1].ends_with("#2 b}"));
    }
}
