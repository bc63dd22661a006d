//! A large plain file in ranges, side by side, with the result of reading it from end to end.
//!
//! A range begins where a record probably begins; whether one does is known when the range before
//! it has been read. If that ends between two records, with everything known that the next reader
//! assumed, what the next range amounts to is added. If not, the guess was wrong - a line inside a
//! quoted cell may look like a row - and the range is read again behind the one before it. So a
//! wrong guess costs time and never a record.
//!
//! Nothing here knows formats or encodings; those say what they know between two records.

use std::io;

use encoding_rs::Encoding;

use crate::decode::{Decoded, Decoder};
use crate::format::{BlockEnd, LogFormat};
use crate::model::{SourceItem, SourceStatus};
use crate::open::PlainFile;
use crate::read::ReadStop;
use crate::scan::digest_builder::DigestBuilder;
use crate::scan::source::SourceScan;
use crate::scan::workers::{OrderedWork, run_ordered};

/// Ranges that are read ahead of the one that is joined next: what waits to be joined stays small.
const AHEAD: usize = 64;

/// Bytes in which the beginning of a record is looked for, at first and at most. Real records are
/// a few kB; where none begins in a MiB the range grows.
const PROBE: usize = 16 << 10;

const LONGEST_PROBE: usize = 1 << 20;

/// A range to be read, or read.
struct FileRange<'s> {
    scan: SourceScan<'s>,
    /// What was taken for granted between the range before and this one.
    border: Option<String>,
    /// The encoding, if it was known.
    settled: Option<&'static Encoding>,
    /// Where it begins and, if it is not the last, where it ends.
    from: u64,
    until: Option<u64>,
}

/// How decoding went so far, and the encoding once it had to be settled.
type DecodeState = (Decoded, Option<&'static Encoding>);

/// A file that is read in ranges, those before the one that is joined next.
struct Ranges<'r, 's> {
    scan: &'r mut SourceScan<'s>,
    file: &'r PlainFile,
    known: DecodeState,
    stop: ReadStop,
    /// Where the next range begins that is read; nothing behind the last.
    next: Option<u64>,
}

/// What reading a part came to.
struct RangeResult<'s> {
    part: FileRange<'s>,
    stop: ReadStop,
    decoded: Decoded,
    settled: Option<&'static Encoding>,
}

impl<'s> SourceScan<'s> {
    /// Reads what follows the first block, in ranges where that is possible.
    pub(crate) fn read_rest(
        &mut self,
        decoder: &mut Decoder<'_>,
        file: Option<&PlainFile>,
    ) -> (io::Result<()>, Decoded) {
        let divided = file.filter(|file| self.divides(file, decoder));
        let result = match divided {
            Some(file) => return self.in_ranges(decoder, file),
            None => self.advance(decoder),
        };
        (ended(result), decoder.outcome())
    }

    fn divides(&self, file: &PlainFile, decoder: &Decoder<'_>) -> bool {
        let range = self.builder.scanner.settings.range;
        file.size() >= decoder.outcome().bytes_in.saturating_add(range.saturating_mul(2))
            && decoder.settled().is_none_or(Encoding::is_ascii_compatible)
    }

    fn in_ranges(
        &mut self,
        decoder: &mut Decoder<'_>,
        file: &PlainFile,
    ) -> (io::Result<()>, Decoded) {
        let Some(first) = self.border(file, decoder.outcome().bytes_in) else {
            return (ended(self.advance(decoder)), decoder.outcome());
        };
        decoder.pause_at(first);
        let known = (decoder.outcome(), decoder.settled());
        let mut ranges =
            Ranges { scan: self, file, known, stop: ReadStop::Pause, next: Some(first) };
        ranges.read(|ranges| {
            ranges.stop = ranges.scan.advance(decoder);
            ranges.known = (decoder.outcome(), decoder.settled());
        });
        // Where no record can be told to begin without what stands before it - behind the rows of a
        // page, say, or between documents - a range is read behind the one before it.
        while let (ReadStop::Pause, Some(from)) = (&ranges.stop, ranges.next) {
            ranges.next = ranges.scan.border(file, from);
            let range = (from, ranges.next);
            ranges.read(|ranges| ranges.read_on(range));
        }
        (ended(ranges.stop), ranges.known.0)
    }

    /// Where the range ends that begins at `from`; nothing if it is the last.
    fn border(&self, file: &PlainFile, from: u64) -> Option<u64> {
        let range = self.builder.scanner.settings.range;
        let format = self.reader.format.as_deref()?;
        let mut target = from + range;
        while target + range / 2 <= file.size() {
            match guess(format, file, target) {
                Some(start) if start > from => return Some(start),
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

    /// A scan of a later range, and what its format assumes about the text before it.
    fn fork(&self) -> Option<(SourceScan<'s>, Option<String>)> {
        let (reader, boundary) = self.reader.fork()?;
        let DigestBuilder { scanner, observer, names_only, .. } = self.builder;
        let item = SourceItem::unread(SourceStatus::Complete, 0, "");
        let key = self.builder.key.clone();
        let builder = DigestBuilder::new(scanner, observer, key, names_only, item);
        Some((SourceScan { reader, builder }, boundary))
    }

    /// Adds the range that follows.
    fn absorb(&mut self, later: SourceScan<'s>) {
        let reader = &self.reader;
        self.builder.absorb(later.builder, |location| reader.located(location));
        self.reader.absorb(later.reader);
    }
}

impl<'s> Ranges<'_, 's> {
    /// Reads a range on this thread and those behind it beside, as long as there are any.
    fn read(&mut self, first: impl FnOnce(&mut Self)) {
        let file = self.file;
        let first = |ranges: &mut Self| {
            first(ranges);
            matches!(ranges.stop, ReadStop::Pause)
        };
        run_ordered(AHEAD, self, first, |part| read_part(part, file));
    }

    /// Reads a range behind everything before it.
    fn read_on(&mut self, (from, until): (u64, Option<u64>)) {
        let mut piece = self.file.piece(from);
        let mut decoder = Decoder::within(&mut piece, self.known.1);
        if let Some(until) = until {
            decoder.pause_at(until - from);
        }
        self.stop = self.scan.advance(&mut decoder);
        follow(&mut self.known, &decoder.outcome(), decoder.settled());
    }
}

impl<'s> OrderedWork for Ranges<'_, 's> {
    type WorkItem = FileRange<'s>;
    type WorkResult = RangeResult<'s>;

    fn give(&mut self) -> Option<FileRange<'s>> {
        let from = self.next?;
        let (scan, border) = self.scan.fork()?;
        self.next = self.scan.border(self.file, from);
        Some(FileRange { scan, border, settled: self.known.1, from, until: self.next })
    }

    /// Adds what a range amounts to if it begins where the one before it ends.
    fn take(&mut self, later: RangeResult<'s>) -> bool {
        let format = self.scan.reader.format.as_deref();
        let meets = format.is_some_and(|f| {
            f.boundary_state().is_some() && f.boundary_state() == later.part.border
        });
        let one_encoding = match (self.known.1, later.settled) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        if meets && one_encoding {
            self.scan.parse_block(BlockEnd::Record);
            follow(&mut self.known, &later.decoded, later.settled);
            self.stop = later.stop;
            self.scan.absorb(later.part.scan);
        } else {
            self.read_on((later.part.from, later.part.until));
        }
        matches!(self.stop, ReadStop::Pause)
    }
}

fn read_part<'s>(mut part: FileRange<'s>, file: &PlainFile) -> RangeResult<'s> {
    let mut piece = file.piece(part.from);
    let mut decoder = Decoder::within(&mut piece, part.settled);
    if let Some(until) = part.until {
        decoder.pause_at(until - part.from);
    }
    part.scan.reader.take_buffer();
    let stop = part.scan.advance(&mut decoder);
    let (decoded, settled) = (decoder.outcome(), decoder.settled());
    part.scan.reader.return_buffer();
    RangeResult { part, stop, decoded, settled }
}

/// Adds how decoding went on.
fn follow(known: &mut DecodeState, later: &Decoded, settled: Option<&'static Encoding>) {
    let was_open = known.1.is_none();
    *known = (known.0.followed_by(later, was_open), known.1.or(settled));
}

fn ended(stop: ReadStop) -> io::Result<()> {
    match stop {
        // Nothing follows a pause that was not asked for.
        ReadStop::Pause => Ok(()),
        ReadStop::End(end) => end,
    }
}

/// Where a record probably begins at or behind a place.
fn guess(format: &dyn LogFormat, file: &PlainFile, at: u64) -> Option<u64> {
    let mut probe = PROBE;
    while probe <= LONGEST_PROBE {
        let bytes = file.peek(at, probe)?;
        if let Some(found) = format.find_record_start(&bytes) {
            return Some(at + found as u64);
        }
        probe *= 4;
    }
    None
}
