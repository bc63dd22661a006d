//! Framing of CSV exports: quoted line ends, doubled quotes, repeated headers in a concatenated file.
//! Recognises headers and reads no other row.
//!
//! A quote counts only at the start of a cell; a quoted cell ends at a quote before a delimiter or a
//! line end. Text that violates this damages its own row, not the rest of the file.

use memchr::memchr2;

use crate::format::fields::columns;
use crate::format::fields::columns::{CsvColumns, Field};
use crate::format::fields::csv_cells::Cells;
use crate::format::fields::timestamp;
use crate::format::framing::frame::BlockEnd;
use crate::format::framing::frames::Frames;
use crate::format::limits::MAX_RECORD;
use crate::model::{Guid, LogLevel};

#[cfg(test)]
mod tests;

/// Bytes after which an open quoted cell is taken to have no closing quote. The largest real cells
/// are raw messages of 50 kB.
pub(crate) const MAX_QUOTED: usize = 1 << 20;

/// Cuts blocks into CSV rows.
pub struct CsvFrames {
    /// The current header; a concatenated file may have another one in the middle.
    pub columns: CsvColumns,
    /// Splits a row into cells; the delimiter is `,`, `;` or tab.
    pub cells: Cells,
    pub(crate) delimiter: u8,
    /// Bytes of the current row that are already scanned.
    scanned: usize,
    pub(crate) quoted: bool,
    seen: bool,
    /// After a damaged row: lines are skipped until one looks like the start of a row.
    lost: bool,
    /// The rest of the damaged line is skipped first.
    skip_line: bool,
    oversize: bool,
    cut_off: bool,
}

/// The current row in the current block.
#[derive(Default)]
pub(crate) struct RowState {
    pub(crate) start: usize,
    /// Line ends in the block before the row.
    lines: u64,
    /// Line ends in the scanned part of the row.
    pub(crate) ahead: u64,
}

/// Finds the header in the first five lines. Returns the delimiter, the columns and the offset of the
/// first row.
pub fn header(head: &str) -> Option<(u8, CsvColumns, usize)> {
    let mut offset = 0;
    let mut declared = None;
    for line in head.split_inclusive('\n').take(5) {
        let text = line.trim_end_matches(['\r', '\n', '\0']);
        if let Some(sep) = text.strip_prefix("sep=") {
            declared = sep.bytes().next();
        } else if text.contains('{') {
            // A log record, not a header.
            return None;
        } else if !text.trim().is_empty() && !text.starts_with("#TYPE") {
            let delimiters = declared.map_or(vec![b',', b';', b'\t'], |d| vec![d]);
            return delimiters.into_iter().find_map(|delimiter| {
                let cells = Cells::new(delimiter).read(text)?;
                let columns = CsvColumns::from_header(cells.iter())?;
                (columns.len() > 1).then_some((delimiter, columns, offset + line.len()))
            });
        }
        offset += line.len();
    }
    None
}

impl CsvFrames {
    /// The source still begins with its header, which is recognised and skipped.
    pub fn new(delimiter: u8, columns: CsvColumns) -> CsvFrames {
        CsvFrames {
            columns,
            cells: Cells::new(delimiter),
            delimiter,
            scanned: 0,
            quoted: false,
            seen: false,
            lost: false,
            skip_line: false,
            oversize: false,
            cut_off: false,
        }
    }

    /// True when the source ended inside its last row.
    pub fn cut_off(&self) -> bool {
        self.cut_off
    }

    /// True when the text that was cut so far ends at the end of a row.
    pub fn at_row_start(&self) -> bool {
        self.seen && self.scanned == 0 && !self.quoted && !self.lost && !self.oversize
    }

    /// The offset of the first line, after the first line end, that looks like the start of a row.
    pub fn find_record_start(&self, bytes: &[u8]) -> Option<usize> {
        let mut line = memchr::memchr(b'\n', bytes)? + 1;
        while let Some(end) = memchr::memchr(b'\n', &bytes[line..]) {
            if self.is_likely_row(&bytes[line..line + end]) {
                return Some(line);
            }
            line += end + 1;
        }
        None
    }

    /// Framing for a later part of the source that begins with a row.
    pub fn fork(&self) -> CsvFrames {
        CsvFrames { seen: true, ..CsvFrames::new(self.delimiter, self.columns.clone()) }
    }

    pub fn cut(&mut self, block: &[u8], block_end: BlockEnd, frames: &mut Frames) -> usize {
        let end = block_end == BlockEnd::Nothing;
        let mut row = RowState { ahead: line_ends(&block[..self.scanned]), ..RowState::default() };
        while row.start < block.len() {
            if self.lost {
                let found = self.find_row(block, row.start, end);
                row.move_to(block, found.unwrap_or_else(|done| done));
                if found.is_err() {
                    break;
                }
            }
            let from = row.start + self.scanned;
            let at = self.stride(block, &mut row, from, frames);
            match self.row_end(block, row.start, at, end) {
                Ok(Some(next)) => {
                    row.ahead += line_ends(&block[at..next]);
                    self.end_row(block, next, &mut row, frames);
                    self.scanned = 0;
                }
                Ok(None) => break,
                Err(why) => {
                    self.cut_off |= end && why.starts_with("the last");
                    self.oversize = false;
                    self.damage(row.start, why, frames);
                }
            }
        }
        if !end && block.len() - row.start > MAX_RECORD {
            if !self.oversize {
                frames.record(row.start, block.len(), false);
            }
            self.oversize = true;
            self.scanned = 0;
            row.move_to(block, block.len());
        }
        frames.set_line_ends(row.lines);
        row.start
    }

    /// Ends the current row before `next`.
    pub(crate) fn end_row(
        &mut self,
        block: &[u8],
        next: usize,
        row: &mut RowState,
        frames: &mut Frames,
    ) {
        if !std::mem::take(&mut self.oversize) {
            self.emit(block, row, next, frames);
        }
        *row = RowState { start: next, lines: row.lines + row.ahead, ahead: 0 };
    }

    /// The end of the row that is scanned from `from`, inside or outside quotes. `Ok(None)` if the block
    /// ends before the row.
    fn row_end(
        &mut self,
        block: &[u8],
        row: usize,
        from: usize,
        end: bool,
    ) -> Result<Option<usize>, &'static str> {
        let mut at = from;
        while let Some(found) = memchr2(b'"', b'\n', &block[at..]) {
            let here = at + found;
            if self.quoted && here - row > MAX_QUOTED {
                return Err("a quoted cell is not closed");
            }
            if block[here] == b'\n' {
                if !self.quoted {
                    return Ok(Some(here + 1));
                }
                at = here + 1;
                continue;
            }
            if !self.quoted {
                self.quoted = here == row || block[here - 1] == self.delimiter;
                at = here + 1;
                continue;
            }
            match block.get(here + 1) {
                None if !end => {
                    self.scanned = here - row;
                    return Ok(None);
                }
                Some(b'"') => at = here + 2,
                None | Some(b'\r' | b'\n' | b'\0') => {
                    self.quoted = false;
                    at = here + 1;
                }
                Some(next) if *next == self.delimiter => {
                    self.quoted = false;
                    at = here + 1;
                }
                Some(_) => return Err("an unescaped quote in a quoted cell"),
            }
        }
        if self.quoted && block.len() - row > MAX_QUOTED {
            return Err("a quoted cell is not closed");
        }
        self.scanned = block.len() - row;
        if end && self.quoted {
            return Err("the last quoted cell is not closed");
        }
        Ok(end.then_some(block.len()))
    }

    /// True when a line can be the start of a row: its first cell is valid for the first column, or, if
    /// that column can hold any text, it has as many cells as the header.
    fn is_likely_row(&self, line: &[u8]) -> bool {
        let Ok(text) = std::str::from_utf8(line) else { return false };
        let Some(row) = self.cells.read(text) else { return false };
        let first = row.get(0).unwrap_or_default();
        match self.columns.first() {
            Some(Field::Time) => timestamp::read_time(first, &Default::default()).is_some(),
            Some(Field::Key | Field::JobKey) => Guid::parse(first).is_some(),
            Some(Field::Level) => LogLevel::parse(first).is_some(),
            _ => row.len() == self.columns.len(),
        }
    }

    fn emit(&mut self, block: &[u8], row: &RowState, end: usize, frames: &mut Frames) {
        let text = block[row.start..end].trim_ascii();
        if text.is_empty() || text.iter().all(|b| *b == 0) {
            return;
        }
        if self.accept_header(text) {
            return;
        }
        let lead = !self.seen;
        self.seen = true;
        frames.record_at(row.start, end, lead, row.lines);
    }

    /// True for the first header or a repeated one, whose columns then apply.
    fn accept_header(&mut self, row: &[u8]) -> bool {
        /// Bytes of a header at most.
        const MAX_HEADER: usize = 4096;
        // No header begins with a digit; most rows do, with a time.
        if row.iter().find(|b| **b != b'"').is_some_and(u8::is_ascii_digit) {
            return false;
        }
        if row.len() > MAX_HEADER || memchr::memchr(b'\n', row).is_some() {
            return false;
        }
        if row.starts_with(b"#TYPE") || row.starts_with(b"sep=") {
            return true;
        }
        let first = row.split(|b| *b == self.delimiter).next().unwrap_or_default();
        if !std::str::from_utf8(first).is_ok_and(columns::is_known_header) {
            return false;
        }
        let Ok(text) = std::str::from_utf8(row) else { return false };
        let Some(columns) =
            self.cells.read(text).and_then(|cells| CsvColumns::from_header(cells.iter()))
        else {
            return false;
        };
        self.columns = columns;
        true
    }

    /// Reports the current row as damaged. The search for the next row starts at the next line.
    fn damage(&mut self, row: usize, why: &'static str, frames: &mut Frames) {
        frames.damaged(row, row, why);
        self.quoted = false;
        self.scanned = 0;
        self.lost = true;
        self.skip_line = true;
    }

    /// Skips lines to the next row. `Ok` is the offset of the row, `Err` the number of bytes of the block
    /// that are done.
    fn find_row(&mut self, block: &[u8], from: usize, end: bool) -> Result<usize, usize> {
        let mut row = from;
        loop {
            let Some(line) = memchr::memchr(b'\n', &block[row..]) else {
                // A line that is too long to judge is skipped.
                let waits_for_end = !end && !self.skip_line && block.len() - row <= MAX_RECORD;
                self.skip_line |= !waits_for_end;
                return Err(if waits_for_end { row } else { block.len() });
            };
            if !std::mem::take(&mut self.skip_line) && self.is_likely_row(&block[row..row + line]) {
                self.lost = false;
                return Ok(row);
            }
            row += line + 1;
        }
    }
}

impl RowState {
    /// Skips everything before `start`.
    fn move_to(&mut self, block: &[u8], start: usize) {
        let skipped = line_ends(&block[self.start..start]);
        *self = RowState { start, lines: self.lines + skipped, ahead: 0 };
    }
}

fn line_ends(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}
