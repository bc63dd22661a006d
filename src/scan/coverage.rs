//! How one source begins and ends for the books: its format, what could not be used of it, and
//! whether it ended properly.

use crate::decode::Decoded;
use crate::format::{Detected, RowKind, detect, is_error_body};
use crate::model::{Diagnostic, DiagnosticSeverity, SourceStatus};
use crate::scan::record_reader::RecordReader;

impl RecordReader<'_> {
    /// Tells the format by the text at hand. False if there is nothing to read.
    pub(crate) fn detect_format(&mut self) -> bool {
        let (status, code, severity, reason) = match detect(self.block.text()) {
            Detected::Format { format, day_first } => {
                self.context.times.day_first = day_first;
                self.item.kind = format.kind(&self.met);
                self.format = Some(format);
                return true;
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
                format!("a log table with an unknown header: {}", header),
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
        false
    }

    /// The last record's time, what kind of source it was, and whether it ended properly.
    pub(crate) fn finish(&mut self, failed: bool) {
        let Some(mut format) = self.format.take() else { return };
        self.report_rejects();
        let last = std::mem::take(&mut self.last);
        if !format.reads_all()
            && let Ok(parsed) = format.read(&String::from_utf8_lossy(&last), &self.context)
            && let Some(stamp) = parsed.record.and_then(|r| r.time)
        {
            self.item.include_time(stamp.at);
        }
        self.item.kind = format.kind(&self.met);
        if format.is_unknown_json(&self.met)
            && !failed
            && self.item.rejected == 0
            && format.unfinished().is_none()
        {
            self.item.status = SourceStatus::Skipped;
            self.item.reason = "JSON of no known layout".to_string();
            return;
        }
        if is_error_body(&self.met) && self.digest.hits.is_empty() {
            let message = "an error answer saved where an export was expected".to_string();
            self.item.status = SourceStatus::Failed;
            self.item.reason.clone_from(&message);
            let severity = DiagnosticSeverity::Error;
            self.diagnose("format.error-answer", severity, String::new(), message);
        }
        if self.met.contains(&RowKind::Log) {
            self.digest.log_directories.insert(self.context.directory.clone());
        }
        if self.met.contains(&RowKind::Job) {
            self.digest.job_directories.insert(self.context.directory.clone());
        }
        if let Some(why) = format.unfinished().filter(|_| !failed) {
            let waits = self.scanner.settings.waits && format.is_append_only();
            let rest = if waits { "; it is read when it is whole" } else { "" };
            let records = self.item.records;
            let message = format!("{why}; the {records} records before it are counted{rest}");
            let location = format!("byte {}", self.base.offset);
            let severity =
                if waits { DiagnosticSeverity::Note } else { DiagnosticSeverity::Warning };
            self.diagnose("format.cut-record", severity, location, message);
            if !waits {
                self.partial(why);
            }
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

    fn report_rejects(&mut self) {
        for (code, rejected) in std::mem::take(&mut self.rejects) {
            let (place, why) = rejected.first;
            let location = format!("line {}, byte {}", place.line, place.offset);
            let severity = DiagnosticSeverity::Warning;
            let mut told = Diagnostic::new(code, severity, self.key.as_str(), location, why);
            told.count = rejected.count;
            self.digest.diagnostics.add(told);
        }
    }

    /// Bytes of text that went through.
    pub fn decoded_bytes(&self) -> u64 {
        self.base.offset
    }

    /// What the decoder had to guess or replace.
    pub fn decoding_notes(&mut self, decoded: &Decoded) {
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

fn is_page_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.ends_with(".html") || lower.ends_with(".htm")
}
