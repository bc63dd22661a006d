//! Reading a source for somebody who asks about its records one by one: nothing is matched, kept
//! or booked. What a scan would keep is `text`'s business.

use std::io;
use std::ops::RangeInclusive;

use crate::decode::{Block, Decoder};
use crate::format::{
    BlockEnd, Detected, Frame, FrameKind, Frames, HEAD_BYTES, LogFormat, ReadContext, TimeRules,
    detect,
};
use crate::model::{Record, SourceKey};
use crate::open::{OpenInput, open};
use crate::scan::source::SourceScanner;
use crate::scan::workers::Task;

/// A record and where it stands.
pub struct VisitedRecord<'r> {
    /// The source.
    pub source: &'r SourceKey,
    /// Its first and last line, from 1, in the decoded text.
    pub lines: RangeInclusive<u64>,
    /// What it says.
    pub record: &'r Record,
}

/// Which records are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VisitFilter {
    /// All of them.
    All,
    /// Those in which the prefilter finds something.
    Anchored,
}

impl SourceScanner<'_> {
    /// Shows every record of a planned source, in order. What is damaged is passed by: a scan of
    /// the same source tells of it.
    pub fn visit(&self, task: &Task, which: VisitFilter, show: &mut dyn FnMut(VisitedRecord<'_>)) {
        let mut standard = io::stdin();
        let input = match (task.stdin, task.pipe) {
            (true, _) => OpenInput::Stream(&mut standard),
            (_, true) => OpenInput::Pipe(&task.path),
            _ => OpenInput::File(&task.path),
        };
        open(&task.key, input, &self.settings.limits, &mut |opened| {
            let mut decoder = Decoder::new(opened.reader, self.settings.encoding);
            let text = Text { scanner: self, key: &opened.key, which, line: 1 };
            text.read(&mut decoder, show);
        });
    }
}

struct Text<'s> {
    scanner: &'s SourceScanner<'s>,
    key: &'s SourceKey,
    which: VisitFilter,
    /// Line on which the block begins.
    line: u64,
}

impl Text<'_> {
    fn read(mut self, decoder: &mut Decoder<'_>, show: &mut dyn FnMut(VisitedRecord<'_>)) {
        let mut block = Block::default();
        let mut behind = BlockEnd::More;
        while behind == BlockEnd::More && block.len() < HEAD_BYTES {
            behind = self.fill(decoder, &mut block);
        }
        let Detected::Format { mut format, day_first } = detect(block.text()) else { return };
        let times = TimeRules { zone: self.scanner.settings.zone.clone(), day_first };
        let context = ReadContext { times, directory: self.key.directory(), everywhere: false };
        let (mut frames, mut marks) = (Frames::default(), Vec::new());
        loop {
            let text = block.text();
            marks.clear();
            self.scanner.anchors.find(text, &mut marks);
            frames.begin(&marks, self.which == VisitFilter::All || format.reads_all());
            let done = format.cut(text, behind, &mut frames);
            for frame in frames.wanted() {
                self.frame(format.as_mut(), text, frame, &context, show);
            }
            self.line += line_ends(&text[..done]);
            block.drop_front(done);
            if behind == BlockEnd::Nothing {
                return;
            }
            behind = self.fill(decoder, &mut block);
        }
    }

    /// Reads on. A reader that fails has shown all that it can.
    fn fill(&self, decoder: &mut Decoder<'_>, block: &mut Block) -> BlockEnd {
        match decoder.read(block, self.scanner.settings.block) {
            Ok(1..) => BlockEnd::More,
            Ok(0) | Err(_) => BlockEnd::Nothing,
        }
    }

    fn frame(
        &self,
        format: &mut dyn LogFormat,
        block: &[u8],
        frame: &Frame,
        context: &ReadContext,
        show: &mut dyn FnMut(VisitedRecord<'_>),
    ) {
        let bytes = &block[frame.start..frame.end];
        let text = String::from_utf8_lossy(bytes);
        let first = self.line + line_ends(&block[..frame.start]);
        let inside = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let lines = first..=first + line_ends(inside);
        let mut show = |record: Option<Record>| {
            if let Some(record) = record {
                show(VisitedRecord { source: self.key, lines: lines.clone(), record: &record });
            }
        };
        let mut rest = &text[..];
        if matches!(frame.kind, FrameKind::Record { .. }) {
            while let Some(at) = format.embedded_record(rest) {
                show(format.read(&rest[..at], context).ok().and_then(|p| p.record));
                rest = &rest[at..];
            }
        }
        show(match &frame.kind {
            FrameKind::Record { .. } => format.read(rest, context).ok().and_then(|p| p.record),
            FrameKind::Wrapper(members) => {
                format.read_wrapper(members, context).ok().and_then(|parsed| parsed.record)
            }
            FrameKind::Oversize => format.read_head(&text, context),
            FrameKind::Damaged(_) => None,
        });
    }
}

fn line_ends(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}
