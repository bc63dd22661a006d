//! Reads the ranges of a large plain file in parallel. The result is the same as that of reading the
//! file from start to end.
//!
//! A range begins where a record probably begins, which is certain only after the previous range was
//! read. If that range ends between two records, in the boundary state that the next range assumed,
//! the results of the next range are added. Otherwise the guess was wrong (a line inside a quoted cell
//! may look like a row), and the range is read again after the previous one. A wrong guess costs time
//! and never a record.
//!
//! Nothing here depends on a format or an encoding: `format` states the boundary, `decode` the
//! encoding.

use std::io;

use encoding_rs::Encoding;

use crate::decode::{DecodeOutcome, Decoder};
use crate::format::{BlockEnd, LogFormat};
use crate::model::{SourceItem, SourceStatus};
use crate::open::PlainFile;
use crate::read::ReadStop;
use crate::scan::digest_builder::DigestBuilder;
use crate::scan::source::SourceScan;
use crate::scan::workers::{OrderedWork, run_ordered};

/// Ranges that are read ahead of the one that is added next; it limits the memory of their results.
const MAX_AHEAD: usize = 64;

/// Bytes that are searched first for the start of a record. Real records are a few kB.
const FIRST_PROBE: usize = 16 << 10;

/// Bytes that are searched at most; if no record begins in them, the range grows.
const LAST_PROBE: usize = 1 << 20;

/// A range before or after it is read.
struct FileRange<'s> {
    scan: SourceScan<'s>,
    /// The boundary state that is assumed before this range.
    boundary: Option<String>,
    /// The encoding, if it was detected before this range.
    encoding: Option<&'static Encoding>,
    /// First byte in the file.
    start: u64,
    /// First byte after the range; `None` for the last range.
    end: Option<u64>,
}

/// The outcome of decoding so far.
struct DecodeState {
    decoded: DecodeOutcome,
    /// `None` until the text needed a decision.
    encoding: Option<&'static Encoding>,
}

impl DecodeState {
    fn of(decoder: &Decoder<'_>) -> DecodeState {
        DecodeState { decoded: decoder.outcome(), encoding: decoder.detected() }
    }

    /// Adds the outcome of the range that follows.
    fn append(&mut self, later: &DecodeState) {
        self.decoded = self.decoded.followed_by(&later.decoded, self.encoding.is_none());
        self.encoding = self.encoding.or(later.encoding);
    }
}

/// The ranges of a file: `scan` holds the results of those that are added.
struct Ranges<'r, 's> {
    scan: &'r mut SourceScan<'s>,
    file: &'r PlainFile,
    state: DecodeState,
    stop: ReadStop,
    /// First byte of the next range to be read; `None` after the last.
    next_start: Option<u64>,
}

struct RangeResult<'s> {
    range: FileRange<'s>,
    stop: ReadStop,
    state: DecodeState,
}

impl<'s> SourceScan<'s> {
    /// Reads the source after its first block, in ranges if the file is large enough.
    pub(crate) fn read_rest(
        &mut self,
        decoder: &mut Decoder<'_>,
        file: Option<&PlainFile>,
    ) -> (io::Result<()>, DecodeOutcome) {
        match file.filter(|file| self.can_divide(file, decoder)) {
            Some(file) => self.read_ranges(decoder, file),
            None => (end_result(self.advance(decoder)), decoder.outcome()),
        }
    }

    fn can_divide(&self, file: &PlainFile, decoder: &Decoder<'_>) -> bool {
        let range = self.builder.scanner.settings.range;
        file.size() >= decoder.outcome().bytes_in.saturating_add(range.saturating_mul(2))
            && decoder.detected().is_none_or(Encoding::is_ascii_compatible)
    }

    fn read_ranges(
        &mut self,
        decoder: &mut Decoder<'_>,
        file: &PlainFile,
    ) -> (io::Result<()>, DecodeOutcome) {
        let Some(first) = self.range_end(file, decoder.outcome().bytes_in) else {
            return (end_result(self.advance(decoder)), decoder.outcome());
        };
        decoder.pause_at(first);
        let state = DecodeState::of(decoder);
        let stop = ReadStop::Pause;
        let mut ranges = Ranges { scan: self, file, state, stop, next_start: Some(first) };
        ranges.read(|ranges| {
            ranges.stop = ranges.scan.advance(decoder);
            ranges.state = DecodeState::of(decoder);
        });
        // Where the start of a record depends on the text before it (after the rows of a page, or
        // between documents), a range is read only after the previous one.
        while let (ReadStop::Pause, Some(start)) = (&ranges.stop, ranges.next_start) {
            ranges.next_start = ranges.scan.range_end(file, start);
            let end = ranges.next_start;
            ranges.read(|ranges| ranges.read_next(start, end));
        }
        (end_result(ranges.stop), ranges.state.decoded)
    }

    /// The end of the range that begins at `start`; `None` if it is the last.
    fn range_end(&self, file: &PlainFile, start: u64) -> Option<u64> {
        let range = self.builder.scanner.settings.range;
        let format = self.reader.format.as_deref()?;
        let mut target = start + range;
        while target + range / 2 <= file.size() {
            match probable_record_start(format, file, target) {
                Some(end) if end > start => return Some(end),
                _ => target += range,
            }
        }
        None
    }

    fn advance(&mut self, decoder: &mut Decoder<'_>) -> ReadStop {
        self.reader.advance(decoder, &mut self.builder)
    }

    fn parse_block(&mut self, end: BlockEnd) {
        self.reader.parse_block(end, &mut self.builder);
    }

    /// A scan of a later range, and the boundary state that its format assumes.
    fn fork(&self) -> Option<(SourceScan<'s>, Option<String>)> {
        let (reader, boundary) = self.reader.fork()?;
        let DigestBuilder { scanner, observer, purpose, .. } = self.builder;
        let item = SourceItem::unread(SourceStatus::Complete, 0, "");
        let key = self.builder.key.clone();
        let builder = DigestBuilder::new(scanner, observer, key, purpose, item);
        Some((SourceScan { reader, builder }, boundary))
    }

    /// Adds the results of the range that follows.
    fn absorb(&mut self, later: SourceScan<'s>) {
        let reader = &self.reader;
        self.builder.absorb(later.builder, |location| reader.located(location));
        self.reader.absorb(later.reader);
    }
}

impl<'s> Ranges<'_, 's> {
    /// Reads a range on this thread and later ones on other threads.
    fn read(&mut self, first: impl FnOnce(&mut Self)) {
        let file = self.file;
        let first = |ranges: &mut Self| {
            first(ranges);
            matches!(ranges.stop, ReadStop::Pause)
        };
        run_ordered(MAX_AHEAD, self, first, |range| read_range(range, file));
    }

    /// Reads a range after everything before it.
    fn read_next(&mut self, start: u64, end: Option<u64>) {
        let mut piece = self.file.piece(start);
        let mut decoder = Decoder::within(&mut piece, self.state.encoding);
        if let Some(end) = end {
            decoder.pause_at(end - start);
        }
        self.stop = self.scan.advance(&mut decoder);
        self.state.append(&DecodeState::of(&decoder));
    }
}

impl<'s> OrderedWork for Ranges<'_, 's> {
    type WorkItem = FileRange<'s>;
    type WorkResult = RangeResult<'s>;

    fn next_item(&mut self) -> Option<FileRange<'s>> {
        let start = self.next_start?;
        let (scan, boundary) = self.scan.fork()?;
        self.next_start = self.scan.range_end(self.file, start);
        let end = self.next_start;
        Some(FileRange { scan, boundary, encoding: self.state.encoding, start, end })
    }

    /// Adds the results of a range if its assumptions hold, and reads it again otherwise.
    fn accept(&mut self, later: RangeResult<'s>) -> bool {
        let format = self.scan.reader.format.as_deref();
        let same_boundary = format.is_some_and(|format| {
            let boundary = format.boundary_state();
            boundary.is_some() && boundary == later.range.boundary
        });
        let same_encoding = match (self.state.encoding, later.state.encoding) {
            (Some(known), Some(detected)) => known == detected,
            _ => true,
        };
        if same_boundary && same_encoding {
            self.scan.parse_block(BlockEnd::Record);
            self.state.append(&later.state);
            self.stop = later.stop;
            self.scan.absorb(later.range.scan);
        } else {
            self.read_next(later.range.start, later.range.end);
        }
        matches!(self.stop, ReadStop::Pause)
    }
}

fn read_range<'s>(mut range: FileRange<'s>, file: &PlainFile) -> RangeResult<'s> {
    let mut piece = file.piece(range.start);
    let mut decoder = Decoder::within(&mut piece, range.encoding);
    if let Some(end) = range.end {
        decoder.pause_at(end - range.start);
    }
    range.scan.reader.take_buffer();
    let stop = range.scan.advance(&mut decoder);
    let state = DecodeState::of(&decoder);
    range.scan.reader.return_buffer();
    RangeResult { range, stop, state }
}

fn end_result(stop: ReadStop) -> io::Result<()> {
    match stop {
        // No range follows, so there is nothing to resume.
        ReadStop::Pause => Ok(()),
        ReadStop::End(end) => end,
    }
}

/// The first offset from `offset` on at which a record probably begins.
fn probable_record_start(format: &dyn LogFormat, file: &PlainFile, offset: u64) -> Option<u64> {
    let mut probe = FIRST_PROBE;
    while probe <= LAST_PROBE {
        let bytes = file.peek(offset, probe)?;
        if let Some(start) = format.find_record_start(&bytes) {
            return Some(offset + start as u64);
        }
        probe *= 4;
    }
    None
}
