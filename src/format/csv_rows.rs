//! CSV exports: quoted line ends, doubled quotes, `,` `;` or tab, `sep=` and `#TYPE` lines,
//! headers in any order and again in the middle of a concatenated file.
//!
//! A quote is one only at the start of a cell; a quoted cell ends at a quote that a delimiter or
//! line end follows. Text that breaks this costs the row it stands in, not the rest of the file.

use memchr::memchr2;

use super::columns::{self, Columns, Field, Table};
use super::masks::{self, CHUNK};
use super::{
    Format, Frame, FrameKind, MAX_RECORD, Parsed, ReadContext, Reject, Shape, log_row, timestamp,
};
use crate::model::{Fact, FolderRef, Guid, Instant, JobFact, Level, Record, RecordKind};

/// A quoted cell that goes on for longer than this has lost its closing quote: the largest real
/// cells are raw messages of 50 kB.
const MAX_QUOTED: usize = 1 << 20;

/// A CSV export at work.
pub struct CsvRows {
    columns: Columns,
    delimiter: u8,
    /// Where the unread part of the row at hand begins, relative to the row.
    scanned: usize,
    quoted: bool,
    seen: bool,
    /// A row was damaged: lines are passed over until one looks like the start of a row.
    lost: bool,
    /// The rest of the damaged line is passed over before that.
    skip_line: bool,
    oversize: bool,
    cut_off: bool,
}

/// Finds the header among the first lines: delimiter, columns, bytes up to the first row.
pub fn header(head: &str) -> Option<(u8, Columns, usize)> {
    let mut at = 0;
    let mut named = None;
    for line in head.split_inclusive('\n').take(5) {
        let text = line.trim_end_matches(['\r', '\n', '\0']);
        if let Some(sep) = text.strip_prefix("sep=") {
            named = sep.bytes().next();
        } else if !text.trim().is_empty() && !text.starts_with("#TYPE") {
            let delimiters = named.map_or(vec![b',', b';', b'\t'], |d| vec![d]);
            return delimiters.into_iter().find_map(|delimiter| {
                let cells = cells(text, delimiter)?;
                let columns = Columns::from_header(cells.iter())?;
                (columns.len() > 1).then_some((delimiter, columns, at + line.len()))
            });
        }
        at += line.len();
    }
    None
}

fn cells(text: &str, delimiter: u8) -> Option<csv::StringRecord> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .buffer_capacity(text.len().clamp(64, 64 << 10))
        .from_reader(text.as_bytes());
    let mut row = csv::StringRecord::new();
    matches!(reader.read_record(&mut row), Ok(true)).then_some(row)
}

impl CsvRows {
    /// A reader of rows with this delimiter and header. The header itself is the first frame and
    /// recognised as such.
    pub fn new(delimiter: u8, columns: Columns) -> CsvRows {
        CsvRows {
            columns,
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

    /// From `from`, inside or outside quotes, to the end of the row. `Ok(None)` asks for more.
    fn row_end(
        &mut self,
        block: &[u8],
        row: usize,
        from: usize,
        end: bool,
    ) -> Result<Option<usize>, &'static str> {
        let mut at = match self.stride(block, row, from) {
            Ok(end) => return Ok(Some(end)),
            Err(at) => at,
        };
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
                Some(_) => return Err("a quote stands inside a quoted cell"),
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

    /// Goes on in whole chunks as long as every quote is where it may be. `Ok` is the end of the
    /// row, `Err` where byte by byte has to go on.
    fn stride(&mut self, block: &[u8], row: usize, from: usize) -> Result<usize, usize> {
        let mut at = from;
        // One byte behind the chunk is looked at, too.
        while at + CHUNK < block.len() && at + CHUNK - row < MAX_QUOTED {
            let Some(chunk) = masks::chunk(block, at) else { break };
            let mut quotes = masks::places(chunk, b'"');
            if quotes == 0 && self.quoted {
                at += CHUNK;
                continue;
            }
            let taken = masks::before_last_run(quotes);
            quotes &= masks::lowest(taken);
            let inside = masks::parity(quotes) ^ if self.quoted { u64::MAX } else { 0 };
            let ends = masks::places(chunk, b'\n') & !inside & masks::lowest(taken);
            let before = ends & ends.wrapping_neg();
            // What stands behind the end of the row is the next row's business.
            let up_to_end = if before == 0 { u64::MAX } else { before | (before - 1) };
            let odd = masks::behind_odd_runs(quotes);
            // An even run changes nothing inside a cell; outside it is an empty cell, or should be.
            let empty = quotes << 1 & !quotes & !odd & !(inside << 1);
            let runs = (odd | empty) & up_to_end;
            if taken == 0 || !self.in_place(block, row, at, runs, quotes, inside) {
                break;
            }
            if before != 0 {
                self.quoted = false;
                return Ok(at + before.trailing_zeros() as usize + 1);
            }
            self.quoted = inside >> (taken - 1) & 1 == 1;
            at += taken;
        }
        Err(at)
    }

    /// True when each of these runs of quotes opens a cell at its start, closes it at its end, or
    /// is an empty cell.
    fn in_place(
        &self,
        block: &[u8],
        row: usize,
        at: usize,
        mut runs: u64,
        quotes: u64,
        inside: u64,
    ) -> bool {
        while runs != 0 {
            let behind = runs.trailing_zeros() as usize;
            runs &= runs - 1;
            let run = (quotes << (CHUNK - behind)).leading_ones() as usize;
            let (start, next) = (at + behind - run, block[at + behind]);
            let starts_cell = start == row || block[start - 1] == self.delimiter;
            let ends_cell = next == self.delimiter || matches!(next, b'\r' | b'\n');
            let opened = inside >> (behind - 1) & 1 == 1;
            let right = match (opened, run % 2 == 1) {
                (true, _) => starts_cell,
                (false, true) => ends_cell,
                (false, false) => ends_cell || !starts_cell,
            };
            if !right {
                return false;
            }
        }
        true
    }

    /// True when a line could be the start of a row: as many cells as the header, or a first cell
    /// of the right kind.
    fn fits(&self, line: &[u8]) -> bool {
        let Ok(text) = std::str::from_utf8(line) else { return false };
        let Some(row) = cells(text, self.delimiter) else { return false };
        let first = row.get(0).unwrap_or_default();
        match self.columns.first() {
            Some(Field::Time) => timestamp::parse(first, &Default::default()).is_some(),
            Some(Field::Key | Field::JobKey) => Guid::parse(first).is_some(),
            Some(Field::Level) => Level::parse(first).is_some(),
            _ => row.len() == self.columns.len(),
        }
    }

    fn emit(&mut self, block: &[u8], start: usize, end: usize, frames: &mut Vec<Frame>) {
        let text = block[start..end].trim_ascii();
        if text.is_empty() || text.iter().all(|b| *b == 0) {
            return;
        }
        if self.is_header(text) {
            return;
        }
        let lead = !self.seen;
        self.seen = true;
        frames.push(Frame::record(start, end, lead));
    }

    /// A header, the first one or again in a concatenated file; a different one is taken over.
    fn is_header(&mut self, row: &[u8]) -> bool {
        const LONGEST: usize = 4096;
        if row.len() > LONGEST || row.contains(&b'\n') {
            return false;
        }
        if row.starts_with(b"#TYPE") || row.starts_with(b"sep=") {
            return true;
        }
        let first = row.split(|b| *b == self.delimiter).next().unwrap_or_default();
        if !std::str::from_utf8(first).is_ok_and(columns::is_known) {
            return false;
        }
        let Ok(text) = std::str::from_utf8(row) else { return false };
        let Some(columns) =
            cells(text, self.delimiter).and_then(|cells| Columns::from_header(cells.iter()))
        else {
            return false;
        };
        self.columns = columns;
        true
    }

    /// The row at hand is damaged: it becomes a frame, and the next row is looked for from the
    /// next line on.
    fn damage(&mut self, row: usize, why: &'static str, frames: &mut Vec<Frame>) {
        frames.push(Frame { start: row, end: row, kind: FrameKind::Damaged(why) });
        self.quoted = false;
        self.scanned = 0;
        self.lost = true;
        self.skip_line = true;
    }

    /// Passes over lines until one fits. `Ok` is where it begins, `Err` how much is done with.
    fn find_row(&mut self, block: &[u8], from: usize, end: bool) -> Result<usize, usize> {
        let mut row = from;
        loop {
            let Some(line) = memchr::memchr(b'\n', &block[row..]) else {
                // A line too long to judge is passed over.
                let hold = !end && !self.skip_line && block.len() - row <= MAX_RECORD;
                self.skip_line |= !hold;
                return Err(if hold { row } else { block.len() });
            };
            if !std::mem::take(&mut self.skip_line) && self.fits(&block[row..row + line]) {
                self.lost = false;
                return Ok(row);
            }
            row += line + 1;
        }
    }

    fn job(&self, row: &csv::StringRecord, context: &ReadContext) -> Parsed {
        let cell = |field| self.columns.cell(row, field);
        let time = |field| cell(field).and_then(|t| timestamp::parse(t, &context.times));
        let mut parsed = Parsed { shape: Shape::Job, ..Parsed::default() };
        let Some(key) = cell(Field::Key).and_then(Guid::parse) else { return parsed };
        let (start, end, created) =
            (time(Field::Started), time(Field::Ended), time(Field::Created));
        let mut record = Record::new(RecordKind::Job);
        record.job = Some(key);
        record.time = end.or(start).or(created);
        record.level = Some(Level::Info);
        let fact = JobFact {
            state: cell(Field::State)
                .map(|state| (record.time.map_or(Instant(i64::MIN), |s| s.at), state.to_string())),
            start: start.or(created),
            end,
            process: cell(Field::Process).map(str::to_string),
            machine: cell(Field::Host).or_else(|| cell(Field::Machine)).map(str::to_string),
            robot: cell(Field::Robot).map(str::to_string),
            folder: FolderRef {
                id: cell(Field::FolderId).and_then(|t| t.parse().ok()),
                key: None,
                path: cell(Field::Folder).map(str::to_string),
            },
            bindings: Vec::new(),
            directories: vec![context.directory.clone()],
        };
        parsed.facts.push(Fact::Job(key, fact));
        parsed.record = Some(record);
        parsed
    }

    fn log(&self, row: &csv::StringRecord, context: &ReadContext) -> Parsed {
        let cell = |field| self.columns.cell(row, field);
        let owned = |field| cell(field).map(str::to_string);
        let mut parsed = Parsed { shape: Shape::Log, ..Parsed::default() };
        let mut record = Record::new(RecordKind::CsvLog);
        record.time = cell(Field::Time).and_then(|t| timestamp::parse(t, &context.times));
        record.level = cell(Field::Level).and_then(Level::parse);
        record.message = owned(Field::Message).unwrap_or_default();
        record.process = owned(Field::Process);
        record.robot = owned(Field::Robot);
        record.machine = owned(Field::Host);
        record.job = cell(Field::JobKey).and_then(Guid::parse);
        record.folder.id = cell(Field::FolderId).and_then(|t| t.parse().ok());
        record.folder.path =
            owned(Field::Folder).or_else(|| cell(Field::DrivePath).map(log_row::drive_path));
        if let Some(raw) = cell(Field::RawMessage) {
            log_row::raw_message(raw, &mut record, &mut parsed.facts, context);
        }
        parsed.record = Some(record);
        parsed
    }
}

impl Format for CsvRows {
    fn cut(&mut self, block: &[u8], end: bool, frames: &mut Vec<Frame>) -> usize {
        let mut row = 0;
        while row < block.len() {
            if self.lost {
                match self.find_row(block, row, end) {
                    Ok(found) => row = found,
                    Err(done) => return done,
                }
            }
            match self.row_end(block, row, row + self.scanned, end) {
                Ok(Some(next)) => {
                    if !std::mem::take(&mut self.oversize) {
                        self.emit(block, row, next, frames);
                    }
                    self.scanned = 0;
                    row = next;
                }
                Ok(None) => break,
                Err(why) => {
                    self.cut_off |= end && why.starts_with("the last");
                    self.oversize = false;
                    self.damage(row, why, frames);
                }
            }
        }
        if !end && block.len() - row > MAX_RECORD {
            if !self.oversize {
                frames.push(Frame::record(row, block.len(), false));
            }
            self.oversize = true;
            self.scanned = 0;
            return block.len();
        }
        row.min(block.len())
    }

    fn reads_all(&self) -> bool {
        self.columns.table == Table::Jobs
    }

    fn read(&mut self, text: &str, context: &ReadContext) -> Result<Parsed, Reject> {
        let row = cells(text.trim_end_matches('\0'), self.delimiter)
            .ok_or_else(|| Reject("not a CSV row".into()))?;
        if row.len() != self.columns.len() {
            let (found, wanted) = (row.len(), self.columns.len());
            return Err(Reject(format!("{found} cells where the header has {wanted}")));
        }
        Ok(match self.columns.table {
            Table::Logs => self.log(&row, context),
            Table::Jobs => self.job(&row, context),
            Table::Audit => Parsed::default(),
        })
    }

    fn read_head(&mut self, _text: &str, _context: &ReadContext) -> Option<Record> {
        None
    }

    fn kind(&self) -> String {
        match self.columns.table {
            Table::Logs => "logs-csv",
            Table::Jobs => "jobs-csv",
            Table::Audit => "audit-csv",
        }
        .to_string()
    }

    fn unfinished(&self) -> Option<String> {
        self.cut_off.then(|| "the last row is cut".to_string())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(text: &str, step: usize) -> Vec<String> {
        let Some((delimiter, columns, _)) = header(text) else { return vec!["no header".into()] };
        let mut reader = CsvRows::new(delimiter, columns);
        let (mut held, mut out) = (Vec::new(), Vec::new());
        let pieces: Vec<&[u8]> = text.as_bytes().chunks(step).collect();
        for at in 0..=pieces.len() {
            if let Some(piece) = pieces.get(at) {
                held.extend_from_slice(piece);
            }
            let mut frames = Vec::new();
            let done = reader.cut(&held, at == pieces.len(), &mut frames);
            for f in frames {
                let text = String::from_utf8_lossy(&held[f.start..f.end]).trim_end().to_string();
                out.push(match f.kind {
                    FrameKind::Record { .. } => text,
                    kind => format!("{kind:?} {text}"),
                });
            }
            held.drain(..done);
        }
        out
    }

    fn same_in_pieces(text: &str) -> Vec<String> {
        let whole = rows(text, text.len());
        for step in 1..text.len().min(50) {
            assert_eq!(rows(text, step), whole, "step {step}");
        }
        whole
    }

    const HEAD: &str = "Time,Level,Process,Message\r\n";

    #[test]
    fn quoted_line_ends_and_doubled_quotes() {
        let text = format!(
            "{HEAD}2026-03-14,Error,P,\"a\r\nb \"\"c\"\", d\"\r\n2026-03-15,Info,5\" pipe,x\r\n"
        );
        let got = same_in_pieces(&text);
        assert_eq!(got.len(), 2);
        assert!(got[1].contains("5\" pipe"));
    }

    #[test]
    fn an_unclosed_quote_costs_its_row() {
        let text = format!(
            "{HEAD}2026-03-14,Error,P,\"lost\r\n2026-03-15,Info,P,\"good\"\r\n2026-03-16,Info,P,y\r\n"
        );
        let got = same_in_pieces(&text);
        assert_eq!(got.len(), 3, "{got:?}");
        assert!(got[0].starts_with("Damaged"));
        assert!(got[1].starts_with("2026-03-15"));
    }

    #[test]
    fn headers_again_and_other_delimiters() {
        let text = format!("{HEAD}2026-03-14,Info,P,x\r\n{HEAD}2026-03-15,Info,P,y\r\n");
        assert_eq!(same_in_pieces(&text).len(), 2);
        let text = "sep=;\r\nTime;Level;Message\r\n2026-03-14;Info;a,b\r\n";
        assert_eq!(same_in_pieces(text), ["2026-03-14;Info;a,b"]);
        assert_eq!(
            same_in_pieces("#TYPE X\n\"Time\",\"Level\",\"Message\"\n\"1\",\"Info\",\"m\"\n").len(),
            1
        );
    }

    proptest! {
        /// Whole chunks and single bytes see the same rows, however odd the text.
        #[test]
        fn strides_see_what_single_steps_see(
            pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..60),
        ) {
            let text = format!("{HEAD}{}", pieces.concat());
            prop_assert_eq!(rows(&text, 11), rows(&text, text.len()));
        }
    }

    const PIECES: &[&str] = &[
        "2026-03-14,Error,P,\"",
        "\"\r\n",
        "\"",
        "\"\"",
        "\"\"\"",
        ",",
        "\r\n",
        "\n",
        "a",
        "\",\"",
        "long text that goes on and on until it is longer than one chunk of sixty-four bytes ",
        "\"{\"\"message\"\":\"\"x\"\"}\"\r\n",
        "2026-03-15,Info,P,plain\r\n",
    ];
}
