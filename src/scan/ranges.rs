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

use super::Observer;
use super::parallel::beside;
use super::text::{Stop, TextScan};
use crate::decode::{Decoded, Decoder};
use crate::format::{Behind, Format};
use crate::model::{Location, SourceItem, SourceStatus};
use crate::open::PlainFile;

/// Ranges that are read before their results are joined: what waits to be joined stays small,
/// and a wrong guess early in a file is noticed before much was read for nothing.
const WAVE: usize = 64;

/// Bytes in which the beginning of a record is looked for, at first and at most. Real records are
/// a few kB; where none begins in a MiB the range grows.
const PROBE: usize = 16 << 10;
const LONGEST_PROBE: usize = 1 << 20;

/// A range to be read, or read.
struct Part<'s> {
    scan: TextScan<'s>,
    /// What was taken for granted between the range before and this one.
    border: Option<String>,
    /// Where it begins and, if it is not the last, where it ends.
    from: u64,
    until: Option<u64>,
}

/// How decoding went so far, and the encoding once it had to be settled.
type Known = (Decoded, Option<&'static Encoding>);

/// What reading a part came to.
struct Done<'s> {
    part: Part<'s>,
    stop: Stop,
    decoded: Decoded,
    settled: Option<&'static Encoding>,
}

impl<'s> TextScan<'s> {
    /// Reads what follows the first block, in ranges where that is possible.
    pub(super) fn rest(
        &mut self,
        decoder: &mut Decoder<'_>,
        file: Option<&PlainFile>,
        observer: &dyn Observer,
    ) -> (io::Result<()>, Decoded) {
        let divided = file.filter(|file| self.divides(file, decoder));
        let result = match divided {
            Some(file) => return self.in_ranges(decoder, file, observer),
            None => self.advance(decoder, observer),
        };
        (ended(result), decoder.outcome())
    }

    fn divides(&self, file: &PlainFile, decoder: &Decoder<'_>) -> bool {
        let range = self.scanner.settings.range;
        file.size() >= decoder.outcome().bytes_in.saturating_add(range.saturating_mul(2))
            && decoder.settled().is_none_or(Encoding::is_ascii_compatible)
    }

    fn in_ranges(
        &mut self,
        decoder: &mut Decoder<'_>,
        file: &PlainFile,
        observer: &dyn Observer,
    ) -> (io::Result<()>, Decoded) {
        let begin = decoder.outcome().bytes_in;
        let (mut starts, mut next) = self.starts(file, begin);
        let Some(first) = starts.first().copied().or(next) else {
            return (ended(self.advance(decoder, observer)), decoder.outcome());
        };
        let Some(parts) = self.parts(&starts, next) else {
            return (ended(self.advance(decoder, observer)), decoder.outcome());
        };
        decoder.pause_at(first);
        let settled = decoder.settled();
        let read = |part| read_part(part, file, settled, observer);
        let (stop, done) = beside(|| self.advance(decoder, observer), parts, read);
        let mut known = (decoder.outcome(), decoder.settled());
        let mut stop = self.join(stop, done, file, &mut known, observer);
        while let (Stop::Pause, Some(from)) = (&stop, next) {
            (starts, next) = self.starts(file, from);
            starts.insert(0, from);
            stop = match self.parts(&starts, next) {
                Some(parts) => {
                    let settled = known.1;
                    let read = |part| read_part(part, file, settled, observer);
                    let ((), done) = beside(|| (), parts, read);
                    self.join(stop, done, file, &mut known, observer)
                }
                None => self.read_on(file, (from, next), &mut known, observer),
            };
        }
        (ended(stop), known.0)
    }

    /// Where ranges of the next wave may begin behind `from`, and where the wave behind it does.
    fn starts(&self, file: &PlainFile, from: u64) -> (Vec<u64>, Option<u64>) {
        let range = self.scanner.settings.range;
        let mut starts: Vec<u64> = Vec::new();
        for number in 1..=WAVE as u64 {
            let target = from + number * range;
            if target + range / 2 > file.size() {
                return (starts, None);
            }
            let start = self.format.as_deref().and_then(|format| guess(format, file, target));
            starts.extend(start.filter(|start| starts.last().is_none_or(|last| start > last)));
        }
        let next = starts.pop();
        (starts, next)
    }

    /// The ranges of a wave. Nothing where no record can be told to begin without what stands before
    /// it: behind the rows of a page, say, or between documents.
    fn parts(&self, starts: &[u64], next: Option<u64>) -> Option<Vec<Part<'s>>> {
        let format = self.format.as_deref()?;
        let ends = starts.iter().skip(1).copied().map(Some).chain([next]);
        let part = |(from, until): (&u64, Option<u64>)| {
            let fork = format.fork()?;
            let border = fork.border();
            let item = SourceItem::unread(SourceStatus::Complete, 0, "");
            let start = Location { offset: 0, line: 0, record: 0 };
            let (key, context) = (self.key.clone(), self.context.clone());
            let mut scan = TextScan::at(self.scanner, key, item, context, start);
            scan.format = Some(fork);
            Some(Part { scan, border, from: *from, until })
        };
        starts.iter().zip(ends).map(part).collect()
    }

    /// Adds what the ranges amount to, in their order, as long as each begins where the one before
    /// it ends.
    fn join(
        &mut self,
        mut stop: Stop,
        done: Vec<Done<'s>>,
        file: &PlainFile,
        known: &mut Known,
        observer: &dyn Observer,
    ) -> Stop {
        for later in done {
            if !matches!(stop, Stop::Pause) {
                break;
            }
            let format = self.format.as_deref();
            let meets =
                format.is_some_and(|f| f.border().is_some() && f.border() == later.part.border);
            let one_encoding = match (known.1, later.settled) {
                (Some(one), Some(other)) => one == other,
                _ => true,
            };
            if meets && one_encoding {
                self.work(Behind::Record);
                follow(known, &later.decoded, later.settled);
                stop = later.stop;
                self.absorb(later.part.scan);
            } else {
                let range = (later.part.from, later.part.until);
                stop = self.read_on(file, range, known, observer);
            }
        }
        stop
    }

    /// Reads a range behind everything before it.
    fn read_on(
        &mut self,
        file: &PlainFile,
        (from, until): (u64, Option<u64>),
        known: &mut Known,
        observer: &dyn Observer,
    ) -> Stop {
        let mut piece = file.piece(from);
        let mut decoder = Decoder::within(&mut piece, known.1);
        if let Some(until) = until {
            decoder.pause_at(until - from);
        }
        let stop = self.advance(&mut decoder, observer);
        follow(known, &decoder.outcome(), decoder.settled());
        stop
    }

    /// Adds what was learned of the text that follows.
    fn absorb(&mut self, mut later: TextScan<'s>) {
        let base = self.base;
        let moved = |place: &Location| Location {
            offset: base.offset + place.offset,
            line: base.line + place.line,
            record: base.record + place.record,
        };
        self.digest.append(std::mem::take(&mut later.digest), moved);
        for (code, mut rejected) in std::mem::take(&mut later.rejects) {
            rejected.first.0 = moved(&rejected.first.0);
            self.rejects
                .entry(code)
                .and_modify(|known| known.count += rejected.count)
                .or_insert(rejected);
        }
        self.item.follow(&later.item);
        self.base = moved(&later.base);
        if !later.last.is_empty() {
            self.last = std::mem::take(&mut later.last);
        }
        self.met.append(&mut later.met);
        self.format = later.format.take();
        self.block.clear();
        self.block.append(later.block.text());
        self.marks = std::mem::take(&mut later.marks);
        self.searched = later.searched;
    }
}

fn read_part<'s>(
    mut part: Part<'s>,
    file: &PlainFile,
    settled: Option<&'static Encoding>,
    observer: &dyn Observer,
) -> Done<'s> {
    let mut piece = file.piece(part.from);
    let mut decoder = Decoder::within(&mut piece, settled);
    if let Some(until) = part.until {
        decoder.pause_at(until - part.from);
    }
    part.scan.enter_room();
    let stop = part.scan.advance(&mut decoder, observer);
    let (decoded, settled) = (decoder.outcome(), decoder.settled());
    part.scan.leave_room();
    Done { part, stop, decoded, settled }
}

/// Adds how decoding went on.
fn follow(known: &mut Known, later: &Decoded, settled: Option<&'static Encoding>) {
    let was_open = known.1.is_none();
    *known = (known.0.followed_by(later, was_open), known.1.or(settled));
}

fn ended(stop: Stop) -> io::Result<()> {
    match stop {
        // Nothing follows a pause that was not asked for.
        Stop::Pause => Ok(()),
        Stop::End(end) => end,
    }
}

/// Where a record probably begins at or behind a place.
fn guess(format: &dyn Format, file: &PlainFile, at: u64) -> Option<u64> {
    let mut probe = PROBE;
    while probe <= LONGEST_PROBE {
        let bytes = file.peek(at, probe)?;
        if let Some(found) = format.guess(&bytes) {
            return Some(at + found as u64);
        }
        probe *= 4;
    }
    None
}
