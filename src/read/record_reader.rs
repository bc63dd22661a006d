//! The loop over one source's text, or a range of it: read a block, search it, cut it into frames,
//! parse the wanted ones, hand them to the sink. The rest is only counted. Knows no signature.

use std::borrow::Cow;
use std::io;

use crate::decode::{Block, Decoder};
use crate::format::{
    BlockEnd, Detected, Frame, FrameKind, Frames, HEAD_BYTES, LogFormat, Parsed, ReadContext,
    Reject, RowKind, RowKindsSeen, TimeRules, detect,
};
use crate::model::{Location, SourceKey, SourceUse};
use crate::read::buffers::BufferPool;
use crate::read::settings::ReadSettings;
use crate::read::sink::{ReadItem, RecordSink};
use crate::read::unrecognised::Unrecognised;
use crate::search::BlockSearch;

/// Which records are parsed besides those of formats in which every row names something.
#[derive(Clone, Copy)]
pub(crate) enum RowFilter<'s> {
    All,
    /// Those in which the search finds something, and the first of each kind.
    Matching(&'s dyn BlockSearch),
}

/// What all readers of a run share.
#[derive(Clone, Copy)]
pub(crate) struct ReadEnvironment<'s> {
    pub(crate) settings: &'s ReadSettings,
    pub(crate) wanted: RowFilter<'s>,
    pub(crate) buffers: &'s BufferPool,
}

/// Reads one source, or a range of it.
pub(crate) struct RecordReader<'s> {
    environment: ReadEnvironment<'s>,
    pub(crate) context: ReadContext,
    pub(crate) format: Option<Box<dyn LogFormat>>,
    /// Bytes, line ends and records of the text before the block.
    pub(crate) base: Location,
    /// Records so far, whole or damaged.
    pub(crate) records: u64,
    /// Text of the last whole record.
    pub(crate) last: Vec<u8>,
    pub(crate) row_kinds: RowKindsSeen,
    /// Text that was read and is not parsed yet.
    block: Block,
    /// Offsets of matches in the block, ascending.
    matches: Vec<u32>,
    /// Bytes of the block that were searched.
    searched: usize,
    frames: Frames,
}

/// Why reading stopped.
pub(crate) enum ReadStop {
    /// The decoder pauses.
    Pause,
    /// The source ended, properly or not.
    End(io::Result<()>),
}

/// Counts line ends from the start of a block up to rising positions.
struct LineCounter {
    counted: usize,
    ends: u64,
}

impl<'s> RecordReader<'s> {
    /// A reader from the start of a source.
    pub(crate) fn new(
        environment: ReadEnvironment<'s>,
        key: &SourceKey,
        purpose: SourceUse,
    ) -> RecordReader<'s> {
        let times = TimeRules { zone: environment.settings.zone.clone(), day_first: false };
        let context =
            ReadContext { times, directory: key.directory(), is_global: purpose.is_global() };
        let base = Location { offset: 0, line: 1, record: 0 };
        let mut reader = RecordReader::starting_at(environment, context, base);
        reader.take_buffer();
        reader
    }

    fn starting_at(
        environment: ReadEnvironment<'s>,
        context: ReadContext,
        base: Location,
    ) -> RecordReader<'s> {
        RecordReader {
            environment,
            context,
            format: None,
            base,
            records: 0,
            last: Vec::new(),
            row_kinds: RowKindsSeen::default(),
            block: Block::default(),
            matches: Vec::new(),
            searched: 0,
            frames: Frames::default(),
        }
    }

    /// A reader of a later range of the same source without a buffer, and what its format assumes
    /// about the text before the range. None where the format cannot start in the middle.
    pub(crate) fn fork(&self) -> Option<(RecordReader<'s>, Option<String>)> {
        let format = self.format.as_deref()?.fork()?;
        let boundary = format.boundary_state();
        let base = Location { offset: 0, line: 0, record: 0 };
        let mut reader = RecordReader::starting_at(self.environment, self.context.clone(), base);
        reader.format = Some(format);
        Some((reader, boundary))
    }

    /// Continues where a reader of the range after this one stopped.
    pub(crate) fn absorb(&mut self, later: RecordReader<'s>) {
        self.base = self.located(&later.base);
        self.records += later.records;
        if !later.last.is_empty() {
            self.last = later.last;
        }
        self.row_kinds.extend(later.row_kinds);
        self.format = later.format;
        self.block.clear();
        self.block.append(later.block.text());
        self.matches = later.matches;
        self.searched = later.searched;
    }

    /// A location in a range that starts at this reader's position, as one in the source.
    pub(crate) fn located(&self, in_range: &Location) -> Location {
        Location {
            offset: self.base.offset + in_range.offset,
            line: self.base.line + in_range.line,
            record: self.base.record + in_range.record,
        }
    }

    /// Takes a buffer from the pool. Few of many readers are active at a time, so none takes one
    /// before its turn.
    pub(crate) fn take_buffer(&mut self) {
        self.block = self.environment.buffers.acquire(self.environment.settings.block);
    }

    /// Returns the buffer to the pool; the text in it stays.
    pub(crate) fn return_buffer(&mut self) {
        let mut rest = Block::with_capacity(self.block.len());
        rest.append(self.block.text());
        self.environment.buffers.release(std::mem::replace(&mut self.block, rest));
    }

    /// Reads until the format can be detected. The end, if it comes before that.
    pub(crate) fn fill_head(&mut self, decoder: &mut Decoder<'_>) -> Option<io::Result<()>> {
        while self.block.len() < HEAD_BYTES {
            match decoder.read(&mut self.block, self.environment.settings.block) {
                Ok(0) => return Some(Ok(())),
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }

    /// Detects the format by the text at hand.
    pub(crate) fn detect(&mut self, key: &SourceKey) -> Result<(), Unrecognised> {
        match detect(self.block.text()) {
            Detected::Format { format, day_first } => {
                self.context.times.day_first = day_first;
                self.format = Some(format);
                Ok(())
            }
            other => Err(Unrecognised::from_detected(other, key)),
        }
    }

    /// Reads on to a pause or the end.
    pub(crate) fn advance(
        &mut self,
        decoder: &mut Decoder<'_>,
        sink: &mut dyn RecordSink,
    ) -> ReadStop {
        let mut reported = decoder.outcome().bytes_in;
        loop {
            let end = match decoder.read(&mut self.block, self.environment.settings.block) {
                Ok(0) if decoder.paused() => return ReadStop::Pause,
                Ok(0) => Some(Ok(())),
                Ok(_) => None,
                Err(error) => Some(Err(error)),
            };
            let bytes_in = decoder.outcome().bytes_in;
            if sink.bytes_read(bytes_in - reported).is_break() {
                return ReadStop::End(Ok(()));
            }
            reported = bytes_in;
            if let Some(end) = end {
                self.parse_block(BlockEnd::Nothing, sink);
                return ReadStop::End(end);
            }
            self.parse_block(BlockEnd::More, sink);
            if let Err(error) = sink.block_done() {
                return ReadStop::End(Err(error));
            }
        }
    }

    /// Searches, cuts and parses what is at hand.
    pub(crate) fn parse_block(&mut self, end: BlockEnd, sink: &mut dyn RecordSink) {
        let Some(mut format) = self.format.take() else { return };
        let block = std::mem::take(&mut self.block);
        let mut frames = std::mem::take(&mut self.frames);
        let text = block.text();
        let all = format.reads_all() || matches!(self.environment.wanted, RowFilter::All);
        // Where every row is parsed there is nothing to search for. What the rows of a source are
        // is known after its first block.
        let searches = !all || self.base.record == 0;
        if searches {
            self.search(text);
        }
        frames.begin(&self.matches, all);
        let done = format.cut(text, end, &mut frames);
        self.parse_frames(format.as_mut(), &text[..done], &frames, searches, sink);
        self.searched = if searches { text.len() - done } else { 0 };
        self.matches.retain_mut(|at| match (*at as usize).checked_sub(done) {
            Some(left) => {
                *at = left as u32;
                true
            }
            None => false,
        });
        self.block = block;
        self.block.drop_front(done);
        self.format = Some(format);
        self.frames = frames;
    }

    /// Searches the part of the block that is new, and as much before it as the longest match takes.
    fn search(&mut self, text: &[u8]) {
        let RowFilter::Matching(search) = self.environment.wanted else { return };
        let from = self.searched.saturating_sub(search.longest());
        self.matches.truncate(self.matches.partition_point(|at| (*at as usize) < from));
        let known = self.matches.len();
        search.find(&text[from..], &mut self.matches);
        for at in &mut self.matches[known..] {
            *at = at.saturating_add(from as u32);
        }
    }

    fn parse_frames(
        &mut self,
        format: &mut dyn LogFormat,
        text: &[u8],
        frames: &Frames,
        searched: bool,
        sink: &mut dyn RecordSink,
    ) {
        let mut lines = LineCounter { counted: 0, ends: 0 };
        // Records that begin inside a frame, and which the frames do not count.
        let mut embedded = 0;
        let only_matches = searched && matches!(self.environment.wanted, RowFilter::Matching(_));
        for frame in frames.wanted() {
            if matches!(frame.kind, FrameKind::Record { lead: false })
                && only_matches
                && !format.reads_all()
            {
                continue;
            }
            let location = self.locate(text, frame, embedded, &mut lines);
            let frame_text = text_of(&text[frame.start..frame.end]);
            embedded += self.parse_frame(format, &frame_text, &frame.kind, location, sink);
        }
        if let Some((start, end)) = frames.last() {
            self.last.clear();
            self.last.extend_from_slice(&text[start..end]);
        }
        let records = frames.records() + embedded;
        self.records += records;
        self.base.record += records;
        self.base.line += frames.line_ends().unwrap_or_else(|| lines.up_to(text, text.len()));
        self.base.offset += text.len() as u64;
    }

    fn locate(
        &self,
        text: &[u8],
        frame: &Frame,
        embedded: u64,
        lines: &mut LineCounter,
    ) -> Location {
        Location {
            offset: self.base.offset + frame.start as u64,
            line: self.base.line + frame.lines.unwrap_or_else(|| lines.up_to(text, frame.start)),
            record: self.base.record + frame.number + embedded,
        }
    }

    /// Parses one frame and returns how many records in it the frame does not count.
    fn parse_frame(
        &mut self,
        format: &mut dyn LogFormat,
        text: &str,
        kind: &FrameKind,
        mut location: Location,
        sink: &mut dyn RecordSink,
    ) -> u64 {
        let mut embedded = 0;
        match kind {
            FrameKind::Record { .. } => {
                let mut rest = text;
                while let Some(at) = format.embedded_record(rest) {
                    let (record, after) = rest.split_at(at);
                    self.parse_record(format, record, location, sink);
                    embedded += 1;
                    location.offset += at as u64;
                    location.line += line_ends(record.as_bytes());
                    location.record += 1;
                    rest = after;
                }
                self.parse_record(format, rest, location, sink);
            }
            FrameKind::Wrapper(members) => {
                let parsed = format.read_wrapper(members, &self.context);
                if let Ok(parsed) = &parsed {
                    self.records += u64::from(parsed.record.is_some());
                    if parsed.row_kind != RowKind::Other {
                        self.row_kinds.insert(parsed.row_kind);
                    }
                }
                sink.take(item(parsed), location, text);
            }
            FrameKind::Oversize => {
                let head = format.read_head(text, &self.context);
                sink.take(ReadItem::Oversize(head), location, text);
            }
            FrameKind::Damaged(reason) => sink.take(ReadItem::Damaged(reason), location, text),
        }
        embedded
    }

    fn parse_record(
        &mut self,
        format: &mut dyn LogFormat,
        text: &str,
        location: Location,
        sink: &mut dyn RecordSink,
    ) {
        let parsed = format.read(text, &self.context);
        if let Ok(parsed) = &parsed {
            self.row_kinds.insert(parsed.row_kind);
        }
        sink.take(item(parsed), location, text);
    }
}

fn item(parsed: Result<Parsed, Reject>) -> ReadItem {
    parsed.map_or_else(ReadItem::Rejected, ReadItem::Row)
}

impl LineCounter {
    fn up_to(&mut self, block: &[u8], position: usize) -> u64 {
        if position > self.counted {
            self.ends += line_ends(&block[self.counted..position]);
            self.counted = position;
        }
        self.ends
    }
}

fn line_ends(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

/// The text of a frame. Decoded text is UTF-8 already, which is checked faster than repaired.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}
