//! Framing of formats whose records begin at the start of a line. Knows nothing of what a record
//! says.

use memchr::memchr;
use serde::de::IgnoredAny;

use super::{Behind, Frames, MAX_RECORD};

/// What a physical line is to its format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Line {
    /// Begins a record.
    Start,
    /// Belongs to the record before it, if there is one.
    Inside,
    /// Should have begun a record and does not.
    Damaged(&'static str),
}

/// Cuts blocks at the lines that begin records.
#[derive(Clone, Debug)]
pub struct LineCutter {
    /// Says what a line is, without its line end.
    classify: fn(&[u8]) -> Line,
    /// Lines that begin nothing belong to the record before them.
    joins: bool,
    /// A record is open; it begins at the first byte of the next block.
    open: bool,
    /// Where in the next block the first unclassified line begins.
    line: usize,
    /// How far the next block is already searched for a line end.
    searched: usize,
    /// The rest of the current record is not wanted.
    skipping: bool,
    /// The line at hand began in an earlier, dropped part.
    mid_line: bool,
    seen: bool,
    cut_off: bool,
}

impl LineCutter {
    /// A cutter; with `joins`, lines that begin nothing belong to the record before them.
    pub fn new(classify: fn(&[u8]) -> Line, joins: bool) -> LineCutter {
        LineCutter {
            classify,
            joins,
            open: false,
            line: 0,
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

    /// True when everything that was cut so far ends with a line end.
    pub fn at_line_start(&self) -> bool {
        self.seen && self.searched == self.line && !self.mid_line
    }

    /// The start of the first line that begins a record, behind the first line end.
    pub fn guess(&self, bytes: &[u8]) -> Option<usize> {
        let mut line = memchr(b'\n', bytes)? + 1;
        while let Some(end) = memchr(b'\n', &bytes[line..]) {
            let text = trim(&bytes[line..line + end]);
            if !text.is_empty() && (self.classify)(text) == Line::Start {
                return Some(line);
            }
            line += end + 1;
        }
        None
    }

    /// A cutter for text that begins with a record, behind others.
    pub fn fork(&self) -> LineCutter {
        LineCutter { seen: true, ..LineCutter::new(self.classify, self.joins) }
    }

    fn record(&mut self, start: usize, end: usize, frames: &mut Frames) {
        let lead = !self.seen;
        self.seen = true;
        frames.record(start, end, lead);
    }

    /// See [`super::Format::cut`].
    pub fn cut(&mut self, block: &[u8], behind: Behind, frames: &mut Frames) -> usize {
        let mut start = 0;
        let mut line = self.line;
        let mut from = self.searched;
        while line < block.len() {
            let next = match memchr(b'\n', &block[from..]) {
                Some(at) => from + at + 1,
                None if behind == Behind::Nothing => block.len(),
                None => break,
            };
            let terminated = block[next - 1] == b'\n';
            self.line_at(block, (line, next), terminated, &mut start, frames);
            line = next;
            from = next;
        }
        if behind == Behind::Nothing || behind == Behind::Record && line == block.len() {
            if self.open {
                self.record(start, block.len(), frames);
                self.open = false;
            }
            (self.line, self.searched) = (0, 0);
            return block.len();
        }
        let mut keep = if self.open { start } else { line };
        if block.len() - keep > MAX_RECORD && self.begins(&block[line..]) {
            // The line that grows is the next record: it must not swallow the one before it.
            if self.open {
                self.record(start, line, frames);
                self.open = false;
            }
            keep = line;
        }
        if block.len() - keep > MAX_RECORD {
            return self.overflow(block.len(), keep, line, frames);
        }
        self.line = line - keep;
        self.searched = block.len() - keep;
        keep
    }

    /// True when an unfinished line begins a record. Its first bytes tell.
    fn begins(&self, line: &[u8]) -> bool {
        let text = trim(line);
        !self.mid_line && !text.is_empty() && (self.classify)(text) == Line::Start
    }

    fn line_at(
        &mut self,
        block: &[u8],
        (line, next): (usize, usize),
        terminated: bool,
        start: &mut usize,
        frames: &mut Frames,
    ) {
        let text = trim(&block[line..next]);
        let kind =
            if self.mid_line || text.is_empty() { Line::Inside } else { (self.classify)(text) };
        self.mid_line = false;
        if kind == Line::Inside {
            return;
        }
        if self.open {
            self.record(*start, line, frames);
            self.open = false;
        }
        self.skipping = false;
        match kind {
            // A record that its writer had not finished: the next copy of the file has it whole.
            Line::Start if !terminated && !is_whole(text) => self.cut_off = true,
            Line::Start if self.joins => {
                self.open = true;
                *start = line;
            }
            Line::Start => self.record(line, next, frames),
            Line::Damaged(why) => frames.damaged(line, next, why),
            Line::Inside => {}
        }
    }

    /// A record grew beyond what is held: its head becomes a frame, its rest is passed over.
    fn overflow(&mut self, len: usize, keep: usize, line: usize, frames: &mut Frames) -> usize {
        if !self.skipping {
            self.record(keep, len, frames);
        }
        self.skipping = true;
        self.open = false;
        self.mid_line = line < len;
        self.line = 0;
        self.searched = 0;
        len
    }
}

/// True when a record without a line end is all there: its last brace closes its first. A brace of
/// an object inside may stand at the end of a record that is cut.
fn is_whole(text: &[u8]) -> bool {
    let object = memchr(b'{', text).map(|at| &text[at..]);
    text.ends_with(b"}")
        && object.is_none_or(|object| {
            let mut values = serde_json::Deserializer::from_slice(object).into_iter::<IgnoredAny>();
            values.next().is_some_and(|value| value.is_ok())
        })
}

/// A line without its end and without the NULs that a crash leaves behind.
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
    use crate::format::pieces::in_pieces;

    fn hash_starts(line: &[u8]) -> Line {
        match line[0] {
            b'#' => Line::Start,
            b'!' => Line::Damaged("bad"),
            _ => Line::Inside,
        }
    }

    /// Cuts `text` fed in pieces of `step` bytes; shows each frame's text and kind.
    fn cut(text: &str, step: usize, joins: bool) -> Vec<String> {
        let mut cutter = LineCutter::new(hash_starts, joins);
        in_pieces(
            text,
            step,
            |block, behind, frames| cutter.cut(block, behind, frames),
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
    fn a_line_its_writer_had_not_finished_is_no_record() {
        assert_eq!(cut("#1 a}\n#2 b", 3, false).len(), 1);
        assert_eq!(cut("#1 a}\n#2 b}", 3, false).len(), 2);
        assert_eq!(cut("#1 a}\n#2 {\"a\":{\"b\":1}", 3, false).len(), 1);
        assert_eq!(cut("#1 a}\n#2 {\"a\":{\"b\":1}}", 3, false).len(), 2);
    }

    #[test]
    fn a_giant_line_takes_nothing_from_the_record_before_it() {
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
    fn a_giant_line_costs_one_frame() {
        let text = format!("#1 {}}}\n#2 b}}\n", "x".repeat(MAX_RECORD + 9));
        let frames = cut(&text, 1 << 20, true);
        assert_eq!(frames.len(), 2);
        assert!(frames[0].starts_with("Oversize"));
        assert!(frames[1].ends_with("#2 b}"));
    }
}
