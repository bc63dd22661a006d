//! Framing of JSON documents as a stream: rows of an array one by one, single objects whole, text
//! around them passed over. Knows depth, strings and escapes; knows nothing of what a row says.

use memchr::{memchr, memchr3};

use crate::format::framing::bitmask::CHUNK;
use crate::format::framing::frame::BlockEnd;
use crate::format::framing::frames::Frames;
use crate::format::limits::MAX_RECORD;

/// Members of a top-level object whose array holds rows.
const ROW_KEYS: &[&str] =
    &["value", "data", "jobs", "auditevents", "items", "results", "records", "logs", "hits"];

/// The members around the rows of a page are kept up to this size; real ones are below 1 kB.
const MAX_WRAPPER: usize = 64 << 10;

/// A key longer than this is none of ours.
const MAX_KEY: usize = 64;

/// Cuts a stream of JSON values into rows and single objects.
#[derive(Clone, Debug, Default)]
pub struct JsonScanner {
    /// Open brackets.
    pub(crate) depth: usize,
    /// Depth at which rows begin, while inside an array of rows.
    pub(crate) rows_at: Option<usize>,
    /// Where the row or single object at hand begins in the block.
    open: Option<usize>,
    /// The record at hand is too long: nothing of it is kept any more.
    oversize: bool,
    /// How far the block is already scanned.
    scanned: usize,
    pub(crate) quoted: bool,
    escaped: bool,
    /// Last byte outside strings that is no blank.
    pub(crate) last: u8,
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

    /// What is known between two rows of an array, when everything that was cut so far ends there.
    pub fn border(&self) -> Option<String> {
        let rows_at = self.rows_at.filter(|rows_at| *rows_at == self.depth)?;
        let between = self.last == b',' && !self.lead && !self.quoted && !self.lost;
        between.then(|| format!("{rows_at} {} {}", self.hits, self.wrapper.escape_ascii()))
    }

    /// A scanner between two rows of the array at hand.
    pub fn fork(&self) -> Option<JsonScanner> {
        Some(JsonScanner {
            depth: self.rows_at?,
            rows_at: self.rows_at,
            last: b',',
            hits: self.hits,
            wrapper: self.wrapper.clone(),
            ..JsonScanner::default()
        })
    }

    /// See [`super::Format::cut`].
    pub fn cut(&mut self, block: &[u8], behind: BlockEnd, frames: &mut Frames) -> usize {
        let end = behind == BlockEnd::Nothing;
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
    fn close_block(&mut self, block: &[u8], at: usize, end: bool, frames: &mut Frames) -> usize {
        if end {
            return block.len();
        }
        let keep = match self.open {
            Some(open) if at - open > MAX_RECORD => {
                frames.record(open, at, false);
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
    fn string(&mut self, block: &[u8], at: usize, frames: &mut Frames) -> usize {
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

    fn structure(&mut self, block: &[u8], at: usize, frames: &mut Frames) -> usize {
        let byte = block[at];
        match byte {
            byte if is_blank(byte) => {
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

    fn open_object(&mut self, at: usize, frames: &mut Frames) {
        if let Some(rows_at) = self.rows_at {
            if self.depth == rows_at {
                self.open = Some(at);
                self.oversize = false;
            } else if self.depth == rows_at + 1 && self.last != b':' {
                // An object where a key must stand: the row before lost its end.
                let start = self.open.unwrap_or(at);
                frames.damaged(start, at, "a row is not closed");
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

    fn close(&mut self, at: usize, byte: u8, frames: &mut Frames) {
        self.depth -= 1;
        match self.rows_at {
            Some(rows_at) if self.depth == rows_at => {
                if let Some(start) = self.open.take()
                    && !std::mem::take(&mut self.oversize)
                {
                    let lead = std::mem::take(&mut self.lead);
                    frames.record(start, at + 1, lead);
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

    fn end_value(&mut self, at: usize, frames: &mut Frames) {
        let end = at + 1;
        let oversize = std::mem::take(&mut self.oversize);
        if std::mem::take(&mut self.in_wrapper) {
            let text = String::from_utf8_lossy(&std::mem::take(&mut self.wrapper)).into_owned();
            frames.wrapper(at, end, text);
        } else if let Some(start) = self.open.take().filter(|_| !oversize) {
            frames.record(start, end, true);
        }
        self.line_start = false;
    }

    /// The row at hand cannot be understood: it becomes a frame, the next one is looked for.
    fn damage(&mut self, end: usize, why: &'static str, frames: &mut Frames) {
        let start = self.open.take().unwrap_or(end - 1);
        if !std::mem::take(&mut self.oversize) {
            frames.damaged(start, end, why);
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

/// The start of the first object behind `},` that begins with this key.
pub fn guess(bytes: &[u8], first_key: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = memchr(b'}', &bytes[from..]) {
        from += found + 1;
        let comma = past_blanks(bytes, from);
        let open = past_blanks(bytes, comma + 1);
        let key = past_blanks(bytes, open + 1);
        if bytes.get(comma) == Some(&b',')
            && bytes.get(open) == Some(&b'{')
            && bytes.get(key..).is_some_and(|rest| rest.starts_with(first_key))
        {
            return Some(open);
        }
    }
    None
}

/// The first place from here on that holds no blank.
fn past_blanks(bytes: &[u8], from: usize) -> usize {
    let blanks = bytes.iter().skip(from).take_while(|byte| is_blank(**byte));
    from + blanks.count()
}

/// What may stand between values. Zero bytes are left by a writer that crashed.
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'\0')
}

#[cfg(test)]
mod tests;
