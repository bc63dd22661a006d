//! Framing of JSON documents as a stream: each row of an array is a frame, and so is each single object.
//! Other text is skipped. Follows depth, strings and escapes; reads no row.

use memchr::{memchr, memchr3};

use crate::format::framing::bitmask::CHUNK;
use crate::format::framing::frame::BlockEnd;
use crate::format::framing::frames::Frames;
use crate::format::limits::MAX_RECORD;

/// Members of a top-level object whose array holds rows.
const ROW_KEYS: &[&str] =
    &["value", "data", "jobs", "auditevents", "items", "results", "records", "logs", "hits"];

/// Bytes of the members around the rows of a page that are stored; real ones are below 1 kB.
const MAX_WRAPPER: usize = 64 << 10;

/// Bytes of a key that are stored; every key in [`ROW_KEYS`] is shorter.
const MAX_KEY: usize = 64;

/// Cuts a stream of JSON values into rows and single objects.
#[derive(Clone, Debug, Default)]
pub struct JsonScanner {
    /// Number of open brackets.
    pub(crate) depth: usize,
    /// Depth at which rows begin, while inside an array of rows.
    pub(crate) rows_at: Option<usize>,
    /// Offset of the current row or single object in the block.
    open: Option<usize>,
    /// The current record is too long, and its head is already a frame.
    oversize: bool,
    /// Bytes of the next block that are already scanned.
    scanned: usize,
    pub(crate) quoted: bool,
    escaped: bool,
    /// The last byte outside strings that is not a blank.
    pub(crate) last: u8,
    /// The current or last string, at depths where keys matter.
    key: Vec<u8>,
    /// The current value is that of a `hits` key, whose own array may hold rows.
    hits: bool,
    wrapper: Vec<u8>,
    in_wrapper: bool,
    /// After a damaged row: the next row is searched for.
    lost: bool,
    /// The next row is the first of its array.
    lead: bool,
    /// The current line has only blanks so far.
    line_start: bool,
}

impl JsonScanner {
    pub fn new() -> JsonScanner {
        JsonScanner { line_start: true, ..JsonScanner::default() }
    }

    /// The reason if the source ends inside a value.
    pub fn unfinished(&self) -> Option<String> {
        if self.depth > 0 || self.lost {
            Some("the JSON ends inside an object or array".to_string())
        } else {
            None
        }
    }

    /// The state between two rows of an array, if the text that was cut so far ends there.
    pub fn boundary_state(&self) -> Option<String> {
        let rows_at = self.rows_at.filter(|rows_at| *rows_at == self.depth)?;
        let between = self.last == b',' && !self.lead && !self.quoted && !self.lost;
        between.then(|| format!("{rows_at} {} {}", self.hits, self.wrapper.escape_ascii()))
    }

    /// A scanner for a later part of the source that begins between two rows of the current array.
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

    pub fn cut(&mut self, block: &[u8], block_end: BlockEnd, frames: &mut Frames) -> usize {
        let end = block_end == BlockEnd::Nothing;
        let mut at = self.scanned;
        let mut bytewise_until = 0;
        while at < block.len() {
            if at >= bytewise_until && !self.escaped && !self.lost && self.in_row() {
                let from = at;
                at = self.stride(block, at);
                // Without progress, this chunk has to be scanned byte by byte.
                bytewise_until = if at == from { at + CHUNK } else { at };
                if at > from {
                    continue;
                }
            }
            at = if self.quoted {
                self.scan_string(block, at, frames)
            } else if self.lost {
                self.find_row(block, at)
            } else if self.depth == 0 {
                match self.scan_between_values(block, at, end) {
                    Some(next) => next,
                    None => break,
                }
            } else {
                self.scan_structure(block, at, frames)
            };
        }
        self.close_block(block, at, end, frames)
    }

    /// Prepares for the next block and returns the bytes that are done. Of a record that is too long, the
    /// head becomes a frame.
    fn close_block(&mut self, block: &[u8], at: usize, end: bool, frames: &mut Frames) -> usize {
        if end {
            return block.len();
        }
        let done = match self.open {
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
            *open -= done;
        }
        self.scanned = at - done;
        done
    }

    /// Between values: searches for a line that begins one. `None` if the block ends too early.
    fn scan_between_values(&mut self, block: &[u8], at: usize, end: bool) -> Option<usize> {
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

    /// Inside a string: scans to its end or to the end of the block.
    fn scan_string(&mut self, block: &[u8], at: usize, frames: &mut Frames) -> usize {
        if self.escaped {
            self.escaped = false;
            self.store_string(&block[at..=at]);
            return at + 1;
        }
        let Some(length) = memchr3(b'"', b'\\', b'\n', &block[at..]) else {
            self.store_string(&block[at..]);
            return block.len();
        };
        self.store_string(&block[at..at + length + 1]);
        let at = at + length;
        match block[at] {
            b'"' => {
                self.quoted = false;
                self.last = b'"';
                self.key.pop();
            }
            b'\\' => self.escaped = true,
            // A line end inside a string shows that the writer was interrupted.
            _ => self.damage(at + 1, "a JSON string is not closed", frames),
        }
        at + 1
    }

    /// Stores the bytes of a string that may be a key or belongs to the wrapper.
    fn store_string(&mut self, bytes: &[u8]) {
        if self.depth <= 2 && self.key.len() < MAX_KEY {
            let capacity = MAX_KEY - self.key.len();
            self.key.extend_from_slice(&bytes[..bytes.len().min(capacity)]);
        }
        self.wrap(bytes);
    }

    fn wrap(&mut self, bytes: &[u8]) {
        if self.in_wrapper && self.wrapper.len() + bytes.len() <= MAX_WRAPPER {
            self.wrapper.extend_from_slice(bytes);
        }
    }

    fn scan_structure(&mut self, block: &[u8], at: usize, frames: &mut Frames) -> usize {
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
                // An object at the position of a key: the previous row has no end.
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

    /// Reports the current row as damaged and starts the search for the next one.
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

    /// After a damaged row: a row begins at `{` at the start of a line or after `},`; an array ends at `]`
    /// at the start of a line.
    fn find_row(&mut self, block: &[u8], at: usize) -> usize {
        let byte = block[at];
        match byte {
            b' ' | b'\t' | b'\r' => return at + 1,
            b'{' | b']' if matches!(self.last, b'\n' | 1) => {
                self.lost = false;
                self.last = b',';
                return at;
            }
            // 1 means a comma after a closing brace.
            b',' if self.last == b'}' => self.last = 1,
            b'\n' if self.last == 1 => {}
            _ => self.last = byte,
        }
        at + 1
    }
}

/// The offset of the first object after `},` whose first key is `first_key`, in its quotes.
pub fn find_record_start(bytes: &[u8], first_key: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(length) = memchr(b'}', &bytes[from..]) {
        from += length + 1;
        let comma = skip_blanks(bytes, from);
        let open = skip_blanks(bytes, comma + 1);
        let key = skip_blanks(bytes, open + 1);
        if bytes.get(comma) == Some(&b',')
            && bytes.get(open) == Some(&b'{')
            && bytes.get(key..).is_some_and(|rest| rest.starts_with(first_key))
        {
            return Some(open);
        }
    }
    None
}

/// The offset of the first byte from `from` on that is not a blank.
fn skip_blanks(bytes: &[u8], from: usize) -> usize {
    let blanks = bytes.iter().skip(from).take_while(|byte| is_blank(**byte));
    from + blanks.count()
}

/// True for bytes that may separate values. Zero bytes are left by a writer that crashed.
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'\0')
}

#[cfg(test)]
mod tests;
