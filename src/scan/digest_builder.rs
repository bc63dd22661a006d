//! What a frame of one source says: rows are read, judged and kept as hits and facts, and what
//! cannot be understood is counted. Knows nothing of blocks.

use std::borrow::Cow;

use crate::format::{FrameKind, LogFormat, Parsed, Reject, RowKind};
use crate::model::{Diagnostic, DiagnosticSeverity, Location, Record, UNMATCHED};
use crate::rules::Judgement;
use crate::scan::hits;
use crate::scan::record_reader::{RecordReader, Rejected};

/// The text of a frame. Decoded text is UTF-8 already, which is told much faster than mended.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

impl RecordReader<'_> {
    /// Reads one frame.
    pub(crate) fn frame(
        &mut self,
        format: &mut dyn LogFormat,
        bytes: &[u8],
        kind: &FrameKind,
        place: Location,
    ) {
        let text = || text_of(bytes);
        match kind {
            FrameKind::Record { .. } => {
                let (text, mut place) = (text(), place);
                let mut rest = &text[..];
                while let Some(at) = format.embedded_record(rest) {
                    self.record(format, &rest[..at], place);
                    self.item.records += 1;
                    place.offset += at as u64;
                    rest = &rest[at..];
                }
                self.record(format, rest, place);
            }
            FrameKind::Wrapper(members) => match format.read_wrapper(members, &self.context) {
                Ok(parsed) => {
                    self.item.records += u64::from(parsed.record.is_some());
                    if parsed.shape != RowKind::Other {
                        self.met.insert(parsed.shape);
                    }
                    self.take(parsed, place);
                }
                Err(reject) => self.reject(&reject, "format.bad-record", place),
            },
            FrameKind::Oversize => {
                if let Some(record) = format.read_head(&text(), &self.context) {
                    self.judge(&record, place);
                }
                let why = Reject("longer than 4 MiB; only its head is matched".to_string());
                self.reject(&why, "format.oversize", place);
            }
            FrameKind::Damaged(why) => {
                self.reject(&Reject((*why).to_string()), "format.bad-record", place);
            }
        }
    }

    fn record(&mut self, format: &mut dyn LogFormat, text: &str, place: Location) {
        match format.read(text, &self.context) {
            Ok(parsed) => {
                self.met.insert(parsed.shape);
                self.take(parsed, place);
            }
            Err(reject) => self.reject(&reject, "format.bad-record", place),
        }
    }

    fn take(&mut self, parsed: Parsed, place: Location) {
        let known = self.digest.facts();
        for fact in parsed.facts {
            self.digest.add_fact(fact);
        }
        self.scanner.ceiling.facts(self.digest.facts() - known);
        if let Some(link) = parsed.continuation {
            self.digest.continuations.insert(self.key.clone(), link);
        }
        if let Some(record) = parsed.record {
            if let Some(stamp) = record.time {
                self.item.include_time(stamp.at);
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
        let redaction = &settings.redaction;
        let added = hits::add(&mut self.digest, &mut self.texts, record, *reading, redaction, at);
        if let Some((key, hit)) = added {
            self.scanner.ceiling.hit(key, &hit);
        }
    }

    fn reject(&mut self, reject: &Reject, code: &'static str, place: Location) {
        self.item.rejected += 1;
        self.rejects
            .entry(code)
            .and_modify(|known| known.count += 1)
            .or_insert_with(|| Rejected { count: 1, first: (place, reject.0.clone()) });
    }

    /// Keeps a diagnostic of this source.
    pub(crate) fn diagnose(
        &mut self,
        code: &str,
        severity: DiagnosticSeverity,
        location: String,
        message: String,
    ) {
        let diagnostic = Diagnostic::new(code, severity, self.key.as_str(), location, message);
        self.digest.diagnostics.add(diagnostic);
    }
}
