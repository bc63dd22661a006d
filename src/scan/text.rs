//! The loop over one source's text: read a block, cut it into frames, search it for anchors, read
//! the frames that matter, keep the rest only as counts.

use std::io;

use super::hits::{self, Texts};
use super::{Observer, Scanner};
use crate::decode::Decoder;
use crate::format::{
    Detected, Format, Frame, FrameKind, HEAD_BYTES, Parsed, ReadContext, Reject, Shape, TimeRules,
    detect,
};
use crate::model::{
    Diagnostic, DiagnosticSeverity, Digest, Location, Record, SourceItem, SourceKey, SourceStatus,
    UNMATCHED,
};
use crate::signature::Judgement;

/// Reads one source to its end.
pub struct TextScan<'s> {
    scanner: &'s Scanner<'s>,
    key: SourceKey,
    context: ReadContext,
    /// What is learned.
    pub digest: Digest,
    /// The row of the books.
    pub item: SourceItem,
    texts: Texts,
    /// Bytes and line ends of the text before the block.
    base: Location,
    /// The last record's text, for its time.
    last: Vec<u8>,
    rows: Rows,
}

/// Which kinds of rows a source holds.
#[derive(Default)]
struct Rows {
    logs: bool,
    jobs: bool,
}

/// Where the loop stands in the block: line ends are counted only where a place is asked for.
struct Lines {
    counted: usize,
    ends: u64,
}

impl<'s> TextScan<'s> {
    /// A scan of the source with this row in the books.
    pub fn new(scanner: &'s Scanner<'s>, key: SourceKey, item: SourceItem, named: bool) -> Self {
        let times = TimeRules { zone: scanner.settings.zone.clone(), day_first: false };
        let context = ReadContext { times, directory: key.directory(), everywhere: named };
        TextScan {
            scanner,
            key,
            context,
            digest: Digest::default(),
            item,
            texts: Texts::default(),
            base: Location { offset: 0, line: 1, record: 0 },
            last: Vec::new(),
            rows: Rows::default(),
        }
    }

    /// Reads everything; the error is the reader's, after all that came before it was used.
    pub fn run(&mut self, decoder: &mut Decoder<'_>, observer: &dyn Observer) -> io::Result<()> {
        let mut block = Vec::with_capacity(self.scanner.settings.block * 2);
        let (head_end, mut failure) = self.fill_head(decoder, &mut block);
        let Some(mut format) = self.recognise(&block) else {
            observer.bytes(decoder.outcome().bytes_in);
            return failure.map_or(Ok(()), Err);
        };
        let (mut end, mut told) = (head_end, 0);
        let (mut frames, mut candidates) = (Vec::new(), Vec::new());
        loop {
            frames.clear();
            let done = format.cut(&block, end, &mut frames);
            candidates.clear();
            self.scanner.anchors.find(&block[..done], &mut candidates);
            self.block(format.as_mut(), &block[..done], &frames, &candidates);
            block.drain(..done);
            let taken = decoder.outcome().bytes_in;
            observer.bytes(taken - told);
            told = taken;
            if end {
                break;
            }
            match decoder.read(&mut block, self.scanner.settings.block) {
                Ok(0) => end = true,
                Ok(_) => {}
                Err(error) => {
                    failure = Some(error);
                    end = true;
                }
            }
        }
        self.finish(format.as_mut(), failure.is_some());
        failure.map_or(Ok(()), Err)
    }

    /// Reads until the format can be told. True when nothing follows.
    fn fill_head(
        &mut self,
        decoder: &mut Decoder<'_>,
        block: &mut Vec<u8>,
    ) -> (bool, Option<io::Error>) {
        while block.len() < HEAD_BYTES {
            match decoder.read(block, self.scanner.settings.block) {
                Ok(0) => return (true, None),
                Ok(_) => {}
                Err(error) => return (true, Some(error)),
            }
        }
        (false, None)
    }

    fn recognise(&mut self, head: &[u8]) -> Option<Box<dyn Format>> {
        let (status, code, severity, reason) = match detect(head) {
            Detected::Format { format, day_first } => {
                self.context.times.day_first = day_first;
                self.item.kind = format.kind();
                return Some(format);
            }
            Detected::Html if is_page_name(self.key.file_name()) => {
                (SourceStatus::Skipped, "format.unrecognised", None, "an HTML page".to_string())
            }
            Detected::Html => (
                SourceStatus::Failed,
                "format.html-page",
                Some(DiagnosticSeverity::Error),
                "an HTML page saved where an export was expected".to_string(),
            ),
            Detected::UnknownLayout(header) => (
                SourceStatus::Failed,
                "format.unrecognised-layout",
                Some(DiagnosticSeverity::Error),
                format!("a log table with an unknown header: {}", self.shown(&header)),
            ),
            Detected::Foreign(what) => {
                (SourceStatus::Skipped, "format.unrecognised", None, what.to_string())
            }
        };
        self.item.status = status;
        self.item.reason = reason;
        if let Some(severity) = severity {
            self.diagnose(code, severity, String::new(), self.item.reason.clone());
        }
        None
    }

    fn shown(&self, text: &str) -> String {
        if self.scanner.settings.redact { crate::signature::redact(text) } else { text.to_string() }
    }

    fn block(
        &mut self,
        format: &mut dyn Format,
        block: &[u8],
        frames: &[Frame],
        candidates: &[u32],
    ) {
        let mut lines = Lines { counted: 0, ends: 0 };
        let mut next = 0;
        for frame in frames {
            while candidates.get(next).is_some_and(|at| (*at as usize) < frame.start) {
                next += 1;
            }
            let anchored = candidates.get(next).is_some_and(|at| (*at as usize) < frame.end);
            self.frame(format, block, frame, anchored, &mut lines);
        }
        let record = |f: &&Frame| matches!(f.kind, FrameKind::Record { .. });
        if let Some(frame) = frames.iter().rfind(record) {
            self.last.clear();
            self.last.extend_from_slice(&block[frame.start..frame.end]);
        }
        self.base.line += lines.to(block, block.len());
        self.base.offset += block.len() as u64;
    }

    fn frame(
        &mut self,
        format: &mut dyn Format,
        block: &[u8],
        frame: &Frame,
        anchored: bool,
        lines: &mut Lines,
    ) {
        let text = || String::from_utf8_lossy(&block[frame.start..frame.end]);
        match &frame.kind {
            FrameKind::Record { lead } => {
                self.item.records += 1;
                self.base.record += 1;
                if anchored || *lead || format.reads_all() {
                    let place = self.place(block, frame, lines);
                    match format.read(&text(), &self.context) {
                        Ok(parsed) => self.take(parsed, place),
                        Err(reject) => self.reject(&reject, "format.bad-record", place),
                    }
                }
            }
            FrameKind::Wrapper(members) => {
                let place = self.place(block, frame, lines);
                match format.read_wrapper(members, &self.context) {
                    Ok(parsed) => {
                        self.item.records += u64::from(parsed.record.is_some());
                        self.take(parsed, place);
                    }
                    Err(reject) => self.reject(&reject, "format.bad-record", place),
                }
            }
            FrameKind::Oversize => {
                self.item.records += 1;
                self.base.record += 1;
                let place = self.place(block, frame, lines);
                if let Some(record) = format.read_head(&text(), &self.context) {
                    self.judge(&record, place);
                }
                let why = Reject("longer than 4 MiB; only its head is matched".to_string());
                self.reject(&why, "format.oversize", place);
            }
            FrameKind::Damaged(why) => {
                self.item.records += 1;
                self.base.record += 1;
                let place = self.place(block, frame, lines);
                self.reject(&Reject((*why).to_string()), "format.bad-record", place);
            }
        }
    }

    fn place(&self, block: &[u8], frame: &Frame, lines: &mut Lines) -> Location {
        Location {
            offset: self.base.offset + frame.start as u64,
            line: self.base.line + lines.to(block, frame.start),
            record: self.base.record,
        }
    }

    fn take(&mut self, parsed: Parsed, place: Location) {
        self.rows.logs |= parsed.shape == Shape::Log;
        self.rows.jobs |= parsed.shape == Shape::Job;
        for fact in parsed.facts {
            self.digest.learn(fact);
        }
        if let Some(link) = parsed.continuation {
            self.digest.continuations.insert(self.key.clone(), link);
        }
        if let Some(record) = parsed.record {
            if let Some(stamp) = record.time {
                self.item.see(stamp.at);
            }
            // Inventories given for their names tell of no failures.
            if !self.context.everywhere {
                self.judge(&record, place);
            }
        }
    }

    fn judge(&mut self, record: &Record, place: Location) {
        let settings = &self.scanner.settings;
        if let Some(at) = record.time.map(|stamp| stamp.at)
            && (settings.since.is_some_and(|since| at < since)
                || settings.until.is_some_and(|until| at >= until))
        {
            return;
        }
        let mut reading = match self.scanner.pack.judge(record) {
            Judgement::Nothing => return,
            Judgement::Mention(signatures) => {
                let cell = hits::mention_cell(record);
                for signature in signatures {
                    *self.digest.mentions.entry((signature.to_string(), cell)).or_default() += 1;
                }
                return;
            }
            Judgement::Hit(reading) | Judgement::Unknown(reading) => reading,
        };
        if reading.signature.as_ref() != UNMATCHED {
            self.item.matched += 1;
        }
        if reading.workflow.is_none() {
            reading.workflow.clone_from(&record.workflow);
        }
        if let Some(job) = record.job.filter(|_| reading.in_context) {
            self.digest.evidence.insert(job);
        }
        let at = (&self.key, place);
        hits::add(&mut self.digest, &mut self.texts, record, *reading, settings.redact, at);
    }

    fn reject(&mut self, reject: &Reject, code: &str, place: Location) {
        self.item.rejected += 1;
        let location = format!("line {}, byte {}", place.line, place.offset);
        self.diagnose(code, DiagnosticSeverity::Warning, location, reject.0.clone());
    }

    fn diagnose(
        &mut self,
        code: &str,
        severity: DiagnosticSeverity,
        location: String,
        message: String,
    ) {
        let diagnostic = Diagnostic::new(code, severity, self.key.as_str(), location, message);
        self.digest.diagnostics.add(diagnostic);
    }

    /// The last record's time, what kind of source it was, and whether it ended properly.
    fn finish(&mut self, format: &mut dyn Format, failed: bool) {
        let last = std::mem::take(&mut self.last);
        if !format.reads_all()
            && let Ok(parsed) = format.read(&String::from_utf8_lossy(&last), &self.context)
            && let Some(stamp) = parsed.record.and_then(|r| r.time)
        {
            self.item.see(stamp.at);
        }
        self.item.kind = format.kind();
        if format.is_foreign()
            && !failed
            && self.item.rejected == 0
            && format.unfinished().is_none()
        {
            self.item.status = SourceStatus::Skipped;
            self.item.reason = "JSON of no known layout".to_string();
            return;
        }
        if format.is_error_body() && self.digest.hits.is_empty() {
            let message = "an error answer saved where an export was expected".to_string();
            self.item.status = SourceStatus::Failed;
            self.item.reason.clone_from(&message);
            let severity = DiagnosticSeverity::Error;
            self.diagnose("format.error-answer", severity, String::new(), message);
        }
        if self.rows.logs {
            self.digest.log_directories.insert(self.context.directory.clone());
        }
        if self.rows.jobs {
            self.digest.job_directories.insert(self.context.directory.clone());
        }
        if let Some(why) = format.unfinished().filter(|_| !failed) {
            let message = format!("{why}; the {} records before it are counted", self.item.records);
            let location = format!("byte {}", self.base.offset);
            self.diagnose("format.cut-record", DiagnosticSeverity::Warning, location, message);
            self.partial(why);
        }
        if self.item.rejected > 0 {
            self.partial(format!("{} records rejected", self.item.rejected));
        }
    }

    /// Marks the source as read in part; the first reason stays.
    pub fn partial(&mut self, reason: String) {
        if self.item.status == SourceStatus::Complete {
            self.item.status = SourceStatus::Partial;
            self.item.reason = reason;
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

fn is_page_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.ends_with(".html") || lower.ends_with(".htm")
}

impl TextScan<'_> {
    /// Bytes of text that went through.
    pub fn decoded_bytes(&self) -> u64 {
        self.base.offset
    }

    /// What the decoder had to guess or replace.
    pub fn decoding_notes(&mut self, decoded: &crate::decode::Decoded) {
        if decoded.low_confidence {
            let message = format!("read as {}, which is a guess", decoded.encoding);
            let code = "decode.low-confidence";
            self.diagnose(code, DiagnosticSeverity::Note, String::new(), message);
        }
        if decoded.replaced > 0 {
            let message = format!(
                "{} invalid sequences of {} were replaced",
                decoded.replaced, decoded.encoding
            );
            let code = "decode.invalid-bytes";
            self.diagnose(code, DiagnosticSeverity::Note, String::new(), message);
        }
    }

    /// The reader failed: what came before it counts.
    pub fn failed(&mut self, code: &str, message: &str) {
        let nothing = self.base.offset == 0 && self.item.records == 0;
        self.item.status = if nothing { SourceStatus::Failed } else { SourceStatus::Partial };
        self.item.reason = message.to_string();
        let used = format!("{message}; the {} records before it are counted", self.item.records);
        self.diagnose(code, DiagnosticSeverity::Warning, String::new(), used);
    }
}
