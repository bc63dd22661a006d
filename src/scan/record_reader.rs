//! The loop over one source's text, or a part of it: read a block, search it for anchors, cut it
//! into frames, read those that matter, keep the rest only as counts. What a frame says is the
//! business of `rows`, how the source ended that of `ending`.

use std::collections::BTreeMap;
use std::io;

use crate::decode::{Block, Decoded, Decoder};
use crate::format::{
    BlockEnd, Frame, FrameKind, Frames, HEAD_BYTES, LogFormat, ReadContext, RowKindsSeen, TimeRules,
};
use crate::model::{Digest, Location, SourceItem, SourceKey};
use crate::scan::budget::limit_memory;
use crate::scan::hits::TextInterner;
use crate::scan::observer::Observer;
use crate::scan::source::SourceScanner;

/// Reads one source, or a part of it.
pub struct RecordReader<'s> {
    pub(crate) scanner: &'s SourceScanner<'s>,
    pub(crate) key: SourceKey,
    pub(crate) context: ReadContext,
    pub(crate) format: Option<Box<dyn LogFormat>>,
    /// What is learned.
    pub digest: Digest,
    /// The row of the books.
    pub item: SourceItem,
    pub(crate) texts: TextInterner,
    /// Bytes, line ends and records of the text before the block.
    pub(crate) base: Location,
    /// The last record's text, for its time.
    pub(crate) last: Vec<u8>,
    /// Which kinds of rows were read.
    pub(crate) met: RowKindsSeen,
    /// What could not be understood, by code.
    pub(crate) rejects: BTreeMap<&'static str, Rejected>,
    /// Text that is not done with.
    pub(crate) block: Block,
    /// Where in it anchors stand, ascending.
    pub(crate) marks: Vec<u32>,
    /// So much of it was searched.
    pub(crate) searched: usize,
    frames: Frames,
}

/// Rows that could not be understood, for one reason.
pub(crate) struct Rejected {
    pub(crate) count: u64,
    /// Where the first of them is, and what is wrong with it.
    pub(crate) first: (Location, String),
}

/// Why reading stopped.
pub(crate) enum ReadStop {
    /// The decoder pauses.
    Pause,
    /// The source ended, properly or not.
    End(io::Result<()>),
}

/// Where the loop stands in the block: line ends are counted where a place is asked for and the
/// cutter does not know.
pub(crate) struct Lines {
    counted: usize,
    ends: u64,
}

impl<'s> RecordReader<'s> {
    /// A scan of the source with this row in the books.
    pub fn new(
        scanner: &'s SourceScanner<'s>,
        key: SourceKey,
        item: SourceItem,
        named: bool,
    ) -> Self {
        let times = TimeRules { zone: scanner.settings.zone.clone(), day_first: false };
        let context = ReadContext { times, directory: key.directory(), everywhere: named };
        let start = Location { offset: 0, line: 1, record: 0 };
        let mut scan = RecordReader::at(scanner, key, item, context, start);
        scan.take_buffer();
        scan
    }

    /// A scan that begins here, without room for a block.
    pub(crate) fn at(
        scanner: &'s SourceScanner<'s>,
        key: SourceKey,
        item: SourceItem,
        context: ReadContext,
        base: Location,
    ) -> Self {
        RecordReader {
            scanner,
            key,
            context,
            format: None,
            digest: Digest::default(),
            item,
            texts: TextInterner::default(),
            base,
            last: Vec::new(),
            met: RowKindsSeen::default(),
            rejects: BTreeMap::new(),
            block: Block::default(),
            marks: Vec::new(),
            searched: 0,
            frames: Frames::default(),
        }
    }

    /// Reads everything and tells how decoding went; the error is the reader's, after all that came
    /// before it was used. A plain file is read in ranges, if it is given.
    pub fn run(
        &mut self,
        decoder: &mut Decoder<'_>,
        file: Option<&crate::open::PlainFile>,
        observer: &dyn Observer,
    ) -> (io::Result<()>, Decoded) {
        let head = self.fill_head(decoder);
        observer.bytes(decoder.outcome().bytes_in);
        if self.scanner.ceiling.is_exhausted() {
            return (Err(limit_memory().into()), decoder.outcome());
        }
        if !self.detect_format() {
            return (head.unwrap_or(Ok(())), decoder.outcome());
        }
        let (result, decoded) = match (head, file) {
            (Some(end), _) => {
                self.work(BlockEnd::Nothing);
                (end, decoder.outcome())
            }
            (None, file) => {
                self.work(BlockEnd::More);
                self.rest(decoder, file, observer)
            }
        };
        self.finish(result.is_err());
        (result, decoded)
    }

    /// Takes room for a block. Few scans of many are on their way at a time, so none takes it before
    /// its turn.
    pub(crate) fn take_buffer(&mut self) {
        self.block = self.scanner.acquire_buffer();
    }

    /// Gives the room of the block back; what is in it stays.
    pub(crate) fn return_buffer(&mut self) {
        let mut rest = Block::with_capacity(self.block.len());
        rest.append(self.block.text());
        self.scanner.release_buffer(std::mem::replace(&mut self.block, rest));
    }

    /// Reads until the format can be told. The end, if it comes before that.
    fn fill_head(&mut self, decoder: &mut Decoder<'_>) -> Option<io::Result<()>> {
        while self.block.len() < HEAD_BYTES {
            match decoder.read(&mut self.block, self.scanner.settings.block) {
                Ok(0) => return Some(Ok(())),
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }

    /// Reads on to a pause or the end.
    pub(crate) fn advance(
        &mut self,
        decoder: &mut Decoder<'_>,
        observer: &dyn Observer,
    ) -> ReadStop {
        let mut told = decoder.outcome().bytes_in;
        loop {
            let end = match decoder.read(&mut self.block, self.scanner.settings.block) {
                Ok(0) if decoder.paused() => return ReadStop::Pause,
                Ok(0) => Some(Ok(())),
                Ok(_) => None,
                Err(error) => Some(Err(error)),
            };
            let taken = decoder.outcome().bytes_in;
            observer.bytes(taken - told);
            told = taken;
            if observer.stopping() {
                // Whoever asked for it throws away what a source given up amounts to.
                return ReadStop::End(Ok(()));
            }
            match end {
                Some(end) => {
                    self.work(BlockEnd::Nothing);
                    return ReadStop::End(end);
                }
                None => self.work(BlockEnd::More),
            }
            if self.scanner.ceiling.is_exhausted() {
                return ReadStop::End(Err(limit_memory().into()));
            }
        }
    }

    /// Searches, cuts and reads what is at hand.
    pub(crate) fn work(&mut self, behind: BlockEnd) {
        let Some(mut format) = self.format.take() else { return };
        let block = std::mem::take(&mut self.block);
        let mut frames = std::mem::take(&mut self.frames);
        let text = block.text();
        let all = format.reads_all();
        // Where every row is read there is nothing to search for; what the rows of a source are is
        // known behind its first block.
        let search = !all || self.base.record == 0;
        if search {
            self.search(text);
        }
        frames.begin(&self.marks, all);
        let done = format.cut(text, behind, &mut frames);
        self.read_frames(format.as_mut(), &text[..done], &frames, !search);
        self.searched = if search { text.len() - done } else { 0 };
        self.marks.retain_mut(|mark| match (*mark as usize).checked_sub(done) {
            Some(left) => {
                *mark = left as u32;
                true
            }
            None => false,
        });
        self.block = block;
        self.block.drop_front(done);
        self.format = Some(format);
        self.frames = frames;
    }

    /// Searches what was not searched yet, and a little before it: an anchor may begin there.
    fn search(&mut self, text: &[u8]) {
        let from = self.searched.saturating_sub(self.scanner.anchors.longest());
        self.marks.truncate(self.marks.partition_point(|mark| (*mark as usize) < from));
        let known = self.marks.len();
        self.scanner.anchors.find(&text[from..], &mut self.marks);
        for mark in &mut self.marks[known..] {
            *mark = mark.saturating_add(from as u32);
        }
    }

    fn read_frames(
        &mut self,
        format: &mut dyn LogFormat,
        text: &[u8],
        frames: &Frames,
        unsearched: bool,
    ) {
        let mut lines = Lines { counted: 0, ends: 0 };
        self.item.records += frames.records();
        for frame in frames.wanted() {
            if matches!(frame.kind, FrameKind::Record { lead: false })
                && !unsearched
                && !format.reads_all()
            {
                continue;
            }
            let place = self.place(text, frame, &mut lines);
            self.frame(format, &text[frame.start..frame.end], &frame.kind, place);
        }
        if let Some((start, end)) = frames.last() {
            self.last.clear();
            self.last.extend_from_slice(&text[start..end]);
        }
        self.base.record += frames.records();
        self.base.line += frames.line_ends().unwrap_or_else(|| lines.to(text, text.len()));
        self.base.offset += text.len() as u64;
    }

    fn place(&self, text: &[u8], frame: &Frame, lines: &mut Lines) -> Location {
        Location {
            offset: self.base.offset + frame.start as u64,
            line: self.base.line + frame.lines.unwrap_or_else(|| lines.to(text, frame.start)),
            record: self.base.record + frame.number,
        }
    }
}

impl Lines {
    /// Line ends from the start of the block up to `to`.
    fn to(&mut self, block: &[u8], to: usize) -> u64 {
        if to > self.counted {
            let part = &block[self.counted..to];
            self.ends += memchr::memchr_iter(b'\n', part).count() as u64;
            self.counted = to;
        }
        self.ends
    }
}
