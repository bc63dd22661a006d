//! Framing of JSON documents as a stream: rows of an array one by one, single objects whole, text
//! around them passed over. Knows depth, strings and escapes; knows nothing of what a row says.

use memchr::memchr3;

use super::masks::{self, CHUNK};
use super::{Frame, FrameKind, MAX_RECORD};

/// Members of a top-level object whose array holds rows.
const ROW_KEYS: &[&str] =
    &["value", "data", "jobs", "auditevents", "items", "results", "records", "logs", "hits"];

/// The members around the rows of a page are kept up to this size; real ones are below 1 kB.
const MAX_WRAPPER: usize = 64 << 10;

/// A key longer than this is none of ours.
const MAX_KEY: usize = 64;

/// A chunk holds something that has to be looked at byte by byte.
struct Unusual;

/// Cuts a stream of JSON values into rows and single objects.
#[derive(Debug, Default)]
pub struct JsonScanner {
    /// Open brackets.
    depth: usize,
    /// Depth at which rows begin, while inside an array of rows.
    rows_at: Option<usize>,
    /// Where the row or single object at hand begins in the block.
    open: Option<usize>,
    /// The record at hand is too long: nothing of it is kept any more.
    oversize: bool,
    /// How far the block is already scanned.
    scanned: usize,
    quoted: bool,
    escaped: bool,
    /// Last byte outside strings that is no blank.
    last: u8,
    /// The string at hand or just read, at depths where keys matter.
    key: Vec<u8>,
    /// The key whose value is at hand, at depth 1 and 2.
    hits: bool,
    /// Members around the rows.
    wrapper: Vec<u8>,
    in_wrapper: bool,
    /// A row was damaged: the next row is being looked for.
    lost: bool,
    /// The next row is the first of its array.
    lead: bool,
    /// Only blanks so far on this line.
    line_start: bool,
}

impl JsonScanner {
    /// A scanner at the start of a source.
    pub fn new() -> JsonScanner {
        JsonScanner { line_start: true, ..JsonScanner::default() }
    }

    /// Why the source does not end properly, if it does not.
    pub fn unfinished(&self) -> Option<String> {
        if self.depth > 0 || self.lost {
            Some("the JSON ends before it is closed".to_string())
        } else {
            None
        }
    }

    /// See [`super::Format::cut`].
    pub fn cut(&mut self, block: &[u8], end: bool, frames: &mut Vec<Frame>) -> usize {
        let mut at = self.scanned;
        let mut careful_until = 0;
        while at < block.len() {
            if at >= careful_until && !self.escaped && !self.lost && self.in_row() {
                let from = at;
                at = self.stride(block, at);
                // No headway: something in this chunk needs a closer look.
                careful_until = if at == from { at + CHUNK } else { at };
                if at > from {
                    continue;
                }
            }
            at = if self.quoted {
                self.string(block, at, frames)
            } else if self.lost {
                self.find_row(block, at)
            } else if self.depth == 0 {
                match self.outside(block, at, end) {
                    Some(next) => next,
                    None => break,
                }
            } else {
                self.structure(block, at, frames)
            };
        }
        self.close_block(block, at, end, frames)
    }

    /// Keeps what the next block needs; hands over the head of a record that grew too long.
    fn close_block(
        &mut self,
        block: &[u8],
        at: usize,
        end: bool,
        frames: &mut Vec<Frame>,
    ) -> usize {
        if end {
            return block.len();
        }
        let keep = match self.open {
            Some(open) if at - open > MAX_RECORD => {
                frames.push(Frame::record(open, at, false));
                self.oversize = true;
                self.open = None;
                at
            }
            Some(open) => open,
            None => at,
        };
        if let Some(open) = &mut self.open {
            *open -= keep;
        }
        self.scanned = at - keep;
        keep
    }

    /// True inside a row of an array, where no key and no wrapper is of interest.
    fn in_row(&self) -> bool {
        self.rows_at.is_some_and(|rows_at| self.depth > rows_at)
    }

    /// Goes on in whole chunks inside a row and stops in front of its closing bracket, or in front
    /// of a chunk that holds anything unusual.
    fn stride(&mut self, block: &[u8], from: usize) -> usize {
        let Some(rows_at) = self.rows_at else { return from };
        let mut at = from;
        while let Some(chunk) = masks::chunk(block, at) {
            let slashes = masks::places(chunk, b'\\');
            let taken = masks::before_last_run(slashes);
            let escaped = masks::behind_odd_runs(slashes & masks::lowest(taken));
            let quotes = masks::places(chunk, b'"') & !escaped & masks::lowest(taken);
            let inside = masks::parity(quotes) ^ if self.quoted { u64::MAX } else { 0 };
            let stray = slashes & !inside & masks::lowest(taken);
            let line_end = masks::holds(chunk, b'\n') && masks::places(chunk, b'\n') & inside != 0;
            if taken == 0 || stray != 0 || line_end {
                break;
            }
            if masks::holds_folded(chunk, b'{', b'}') {
                let outside = !inside & masks::lowest(taken);
                match self.brackets(block, at, chunk, outside, rows_at) {
                    Ok(None) => {}
                    Ok(Some(close)) => {
                        self.quoted = false;
                        return close;
                    }
                    Err(Unusual) => break,
                }
            }
            self.quoted = inside >> (taken - 1) & 1 == 1;
            at += taken;
        }
        if at > from && !self.quoted {
            let before = block[..at].iter().rev().find(|b| !b.is_ascii_whitespace());
            self.last = before.copied().unwrap_or(0);
        }
        at
    }

    /// Follows the brackets of a chunk; `Some` is the place of the one that closes the row. The
    /// depth is left as it was when something is unusual.
    fn brackets(
        &mut self,
        block: &[u8],
        at: usize,
        chunk: &[u8; CHUNK],
        outside: u64,
        rows_at: usize,
    ) -> Result<Option<usize>, Unusual> {
        let braces = masks::places(chunk, b'{');
        let opens = (braces | masks::places(chunk, b'[')) & outside;
        let closes = (masks::places(chunk, b'}') | masks::places(chunk, b']')) & outside;
        let (mut left, mut depth) = (opens | closes, self.depth);
        while left != 0 {
            let bit = left & left.wrapping_neg();
            left ^= bit;
            let here = at + bit.trailing_zeros() as usize;
            if closes & bit != 0 {
                if depth == rows_at + 1 {
                    self.depth = depth;
                    return Ok(Some(here));
                }
                depth -= 1;
            } else {
                let keyed = || block[..here].iter().rev().find(|b| !b.is_ascii_whitespace());
                if depth == rows_at + 1 && braces & bit != 0 && keyed() != Some(&b':') {
                    return Err(Unusual);
                }
                depth += 1;
            }
        }
        self.depth = depth;
        Ok(None)
    }

    /// Between values: finds a line that begins one. `None` asks for more bytes.
    fn outside(&mut self, block: &[u8], at: usize, end: bool) -> Option<usize> {
        let byte = block[at];
        match byte {
            b'\n' => self.line_start = true,
            b' ' | b'\t' | b'\r' | b'\0' => {}
            b'{' | b'[' if self.line_start || self.last == b'}' => {
                let mut next = at + 1;
                while next < block.len() && block[next].is_ascii_whitespace() {
                    next += 1;
                }
                if next == block.len() && !end {
                    return None;
                }
                let follows = block.get(next).copied().unwrap_or(0);
                let begins = match byte {
                    b'{' => matches!(follows, b'"' | b'}'),
                    _ => matches!(follows, b'{' | b']'),
                };
                if begins {
                    self.begin(block, at);
                    return Some(at + 1);
                }
                self.line_start = false;
            }
            _ => {
                self.line_start = false;
                self.last = 0;
            }
        }
        Some(at + 1)
    }

    fn begin(&mut self, block: &[u8], at: usize) {
        self.depth = 1;
        self.last = block[at];
        self.wrapper.clear();
        self.in_wrapper = false;
        self.hits = false;
        self.key.clear();
        self.lead = true;
        if block[at] == b'[' {
            self.rows_at = Some(1);
            self.open = None;
        } else {
            self.rows_at = None;
            self.open = Some(at);
        }
    }

    /// Inside a string: to its end or the end of the block.
    fn string(&mut self, block: &[u8], at: usize, frames: &mut Vec<Frame>) -> usize {
        if self.escaped {
            self.escaped = false;
            self.remember(&block[at..=at]);
            return at + 1;
        }
        let Some(found) = memchr3(b'"', b'\\', b'\n', &block[at..]) else {
            self.remember(&block[at..]);
            return block.len();
        };
        self.remember(&block[at..at + found + 1]);
        let at = at + found;
        match block[at] {
            b'"' => {
                self.quoted = false;
                self.last = b'"';
                self.key.pop();
            }
            b'\\' => self.escaped = true,
            // A line end inside a string: its writer was interrupted.
            _ => self.damage(at + 1, "a JSON string is not closed", frames),
        }
        at + 1
    }

    /// Keeps the bytes of a string where it may be a key, and of everything around rows.
    fn remember(&mut self, bytes: &[u8]) {
        if self.depth <= 2 && self.key.len() < MAX_KEY {
            let room = MAX_KEY - self.key.len();
            self.key.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
        self.wrap(bytes);
    }

    fn wrap(&mut self, bytes: &[u8]) {
        if self.in_wrapper && self.wrapper.len() + bytes.len() <= MAX_WRAPPER {
            self.wrapper.extend_from_slice(bytes);
        }
    }

    fn structure(&mut self, block: &[u8], at: usize, frames: &mut Vec<Frame>) -> usize {
        let byte = block[at];
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b'\0' => {
                self.wrap(&[byte]);
                return at + 1;
            }
            b'"' => {
                self.quoted = true;
                self.key.clear();
                self.wrap(b"\"");
                return at + 1;
            }
            b'{' => self.open_object(at, frames),
            b'[' => self.open_array(block, at),
            b'}' | b']' => self.close(at, byte, frames),
            _ => self.wrap(&[byte]),
        }
        self.last = byte;
        at + 1
    }

    fn open_object(&mut self, at: usize, frames: &mut Vec<Frame>) {
        if let Some(rows_at) = self.rows_at {
            if self.depth == rows_at {
                self.open = Some(at);
                self.oversize = false;
            } else if self.depth == rows_at + 1 && self.last != b':' {
                // An object where a key must stand: the row before lost its end.
                let start = self.open.unwrap_or(at);
                let kind = FrameKind::Damaged("a row is not closed");
                frames.push(Frame { start, end: at, kind });
                self.depth = rows_at;
                self.open = Some(at);
                self.oversize = false;
            }
        } else if self.depth == 1 && self.key.eq_ignore_ascii_case(b"hits") {
            self.hits = true;
        }
        self.wrap(b"{");
        self.depth += 1;
    }

    fn open_array(&mut self, block: &[u8], at: usize) {
        let may_hold_rows = self.depth == 1 || self.depth == 2 && self.hits;
        if self.rows_at.is_none() && self.last == b':' && may_hold_rows && self.is_row_key() {
            if !self.in_wrapper {
                let start = self.open.take().unwrap_or(at);
                self.in_wrapper = true;
                self.wrap(&block[start..=at]);
            } else {
                self.wrap(b"[");
            }
            self.rows_at = Some(self.depth + 1);
            self.in_wrapper = false;
            self.lead = true;
        } else {
            self.wrap(b"[");
        }
        self.depth += 1;
    }

    fn is_row_key(&self) -> bool {
        ROW_KEYS.iter().any(|key| self.key.eq_ignore_ascii_case(key.as_bytes()))
    }

    fn close(&mut self, at: usize, byte: u8, frames: &mut Vec<Frame>) {
        self.depth -= 1;
        match self.rows_at {
            Some(rows_at) if self.depth == rows_at => {
                if let Some(start) = self.open.take()
                    && !std::mem::take(&mut self.oversize)
                {
                    let lead = std::mem::take(&mut self.lead);
                    frames.push(Frame::record(start, at + 1, lead));
                }
            }
            Some(rows_at) if self.depth < rows_at => {
                self.rows_at = None;
                self.in_wrapper = self.depth > 0;
                self.wrap(&[byte]);
            }
            _ => self.wrap(&[byte]),
        }
        if self.depth == 0 {
            self.end_value(at, frames);
        }
    }

    fn end_value(&mut self, at: usize, frames: &mut Vec<Frame>) {
        let end = at + 1;
        let oversize = std::mem::take(&mut self.oversize);
        if std::mem::take(&mut self.in_wrapper) {
            let text = String::from_utf8_lossy(&std::mem::take(&mut self.wrapper)).into_owned();
            frames.push(Frame { start: at, end, kind: FrameKind::Wrapper(text) });
        } else if let Some(start) = self.open.take().filter(|_| !oversize) {
            frames.push(Frame::record(start, end, true));
        }
        self.line_start = false;
    }

    /// The row at hand cannot be understood: it becomes a frame, the next one is looked for.
    fn damage(&mut self, end: usize, why: &'static str, frames: &mut Vec<Frame>) {
        let start = self.open.take().unwrap_or(end - 1);
        if !std::mem::take(&mut self.oversize) {
            frames.push(Frame { start, end, kind: FrameKind::Damaged(why) });
        }
        self.quoted = false;
        self.key.clear();
        match self.rows_at {
            Some(rows_at) => {
                self.depth = rows_at;
                self.lost = true;
                self.last = b'\n';
            }
            None => {
                self.depth = 0;
                self.line_start = true;
                self.last = 0;
            }
        }
    }

    /// After a damaged row: a row begins at `{` on a line of its own or behind `},`; an array ends
    /// at `]` on a line of its own.
    fn find_row(&mut self, block: &[u8], at: usize) -> usize {
        let byte = block[at];
        match byte {
            b' ' | b'\t' | b'\r' => return at + 1,
            b'{' | b']' if matches!(self.last, b'\n' | 1) => {
                self.lost = false;
                self.last = b',';
                return at;
            }
            // 1 stands for "a comma behind a closing brace".
            b',' if self.last == b'}' => self.last = 1,
            b'\n' if self.last == 1 => {}
            _ => self.last = byte,
        }
        at + 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str, step: usize) -> (Vec<String>, Option<String>) {
        let mut scanner = JsonScanner::new();
        let (mut held, mut out) = (Vec::new(), Vec::new());
        let pieces: Vec<&[u8]> = text.as_bytes().chunks(step).collect();
        for at in 0..=pieces.len() {
            if let Some(piece) = pieces.get(at) {
                held.extend_from_slice(piece);
            }
            let mut frames = Vec::new();
            let done = scanner.cut(&held, at == pieces.len(), &mut frames);
            for f in frames {
                let text = String::from_utf8_lossy(&held[f.start..f.end]).to_string();
                out.push(match f.kind {
                    FrameKind::Record { lead } => format!("{}{text}", if lead { "*" } else { "" }),
                    FrameKind::Wrapper(text) => format!("W{text}"),
                    kind => format!("{kind:?}"),
                });
            }
            held.drain(..done);
        }
        (out, scanner.unfinished())
    }

    fn same_in_pieces(text: &str) -> Vec<String> {
        let whole = cut(text, text.len().max(1));
        for step in 1..text.len().min(40) {
            assert_eq!(cut(text, step), whole, "step {step}");
        }
        whole.0
    }

    #[test]
    fn rows_of_a_page_and_what_is_around_them() {
        let text = r#"{"@odata.context":"x","value":[{"a":"}\"]"},{"b":[{"c":1}]}],"next":null}"#;
        let want = [
            "*{\"a\":\"}\\\"]\"}",
            "{\"b\":[{\"c\":1}]}",
            "W{\"@odata.context\":\"x\",\"value\":[],\"next\":null}",
        ];
        assert_eq!(same_in_pieces(text), want);
    }

    #[test]
    fn arrays_single_objects_and_several_values() {
        assert_eq!(same_in_pieces("[{\"a\":1}, {\"a\":2}]"), ["*{\"a\":1}", "{\"a\":2}"]);
        let want = ["*{\"Data\":{\"Key\":[1]}}", "*{\"b\":1}"];
        assert_eq!(same_in_pieces("{\"Data\":{\"Key\":[1]}}\n{\"b\":1}"), want);
        assert_eq!(
            same_in_pieces("{\"hits\":{\"total\":1,\"hits\":[{\"_source\":{}}]}}")[0],
            "*{\"_source\":{}}"
        );
    }

    #[test]
    fn text_around_the_json() {
        let text = "EXIT=0\n[ERROR] HTTP 404: {no}\n---STDOUT---\n{ \"a\": 1 }\ndone\n";
        assert_eq!(same_in_pieces(text), ["*{ \"a\": 1 }"]);
        assert!(same_in_pieces("1.195.0\n").is_empty());
    }

    #[test]
    fn a_damaged_row_costs_one_row() {
        let open = "[{\"a\":\"x\n\"},{\"a\":2},\n{\"a\":3}]";
        assert_eq!(same_in_pieces(open)[1..], ["*{\"a\":2}", "{\"a\":3}"]);
        let unclosed = "[{\"a\":1,{\"a\":2},{\"a\":3}]";
        assert_eq!(same_in_pieces(unclosed)[1..], ["*{\"a\":2}", "{\"a\":3}"]);
    }

    #[test]
    fn an_end_that_is_none_is_told() {
        let (rows, unfinished) = cut("{\"value\":[{\"a\":1},{\"a\":", 4);
        assert_eq!(rows, ["*{\"a\":1}"]);
        assert!(unfinished.is_some());
    }

    proptest! {
        /// Whole chunks and single bytes see the same rows, however odd the text.
        #[test]
        fn strides_see_what_single_steps_see(
            pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..60),
            around in 0_usize..3,
        ) {
            let (open, close) = [("[", "]"), ("{\"value\":[", "]}"), ("", "")][around];
            let text = format!("{open}{}{close}", pieces.concat());
            let whole = cut(&text, text.len().max(1));
            prop_assert_eq!(cut(&text, 13), whole);
        }
    }

    const PIECES: &[&str] = &[
        "{\"a\":\"",
        "\"},",
        "{\"b\":[{\"c\":1}],\"d\":{}},",
        "\\\"",
        "\\\\",
        "x",
        "\n",
        "{",
        "}",
        "]",
        ",",
        "long text that goes on and on until it is longer than one chunk of sixty-four bytes ",
        "{\"RawMessage\":\"{\\\"message\\\":\\\"a } b\\\"}\",\"Id\":0},",
        "\"",
        " ",
    ];
}
