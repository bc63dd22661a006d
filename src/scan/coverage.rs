//! The coverage of one source: its format, its rejected records, and whether it was read completely.
//! Runs before and after the record loop and parses no row but the last one.

use crate::decode::DecodeOutcome;
use crate::format::{RowKind, is_error_body};
use crate::model::{Diagnostic, DiagnosticCode, DiagnosticSeverity, SourceStatus, count};
use crate::read::Unrecognised;
use crate::scan::source::SourceScan;

impl SourceScan<'_> {
    /// Detects the format from the first block. False if the source is not to be read.
    pub(crate) fn detect_format(&mut self) -> bool {
        let unrecognised = match self.reader.detect(&self.builder.key) {
            Ok(()) => {
                let kinds = &self.reader.row_kinds;
                let format = self.reader.format.as_deref();
                self.builder.item.kind = format.map(|f| f.kind(kinds)).unwrap_or_default();
                return true;
            }
            Err(unrecognised) => unrecognised,
        };
        let Unrecognised { status, code, mut reason, header } = unrecognised;
        if let Some(header) = header {
            reason = format!("{reason}: {header}");
        }
        self.builder.item.status = status;
        self.builder.item.reason.clone_from(&reason);
        if status == SourceStatus::Failed {
            self.builder.diagnose(code, DiagnosticSeverity::Error, String::new(), reason);
        }
        false
    }

    /// Adds the time of the last record, the kind of the source, and its status. `failed` says that
    /// the reader returned an error.
    pub(crate) fn finish(&mut self, failed: bool) {
        let Some(mut format) = self.reader.format.take() else { return };
        self.report_rejects();
        let last = std::mem::take(&mut self.reader.last);
        if !format.reads_all()
            && let Ok(parsed) = format.read(&String::from_utf8_lossy(&last), &self.reader.context)
            && let Some(time) = parsed.record.and_then(|record| record.time)
        {
            self.builder.item.include_time(time.at);
        }
        self.builder.item.kind = format.kind(&self.reader.row_kinds);
        if format.is_unknown_json(&self.reader.row_kinds)
            && !failed
            && self.builder.item.rejected == 0
            && format.unfinished().is_none()
        {
            self.builder.item.status = SourceStatus::Skipped;
            self.builder.item.reason = "JSON of an unknown layout".to_string();
            return;
        }
        if is_error_body(&self.reader.row_kinds) && self.builder.digest.hits.is_empty() {
            let message = "an error response saved instead of an export; export again".to_string();
            self.builder.item.status = SourceStatus::Failed;
            self.builder.item.reason.clone_from(&message);
            let severity = DiagnosticSeverity::Error;
            self.builder.diagnose(
                DiagnosticCode::FormatErrorAnswer,
                severity,
                String::new(),
                message,
            );
        }
        if self.reader.row_kinds.contains(&RowKind::Log) {
            self.builder.digest.log_directories.insert(self.reader.context.directory.clone());
        }
        if self.reader.row_kinds.contains(&RowKind::Job) {
            self.builder.digest.job_directories.insert(self.reader.context.directory.clone());
        }
        if let Some(why) = format.unfinished().filter(|_| !failed) {
            let is_deferred =
                self.builder.scanner.settings.defers_cut_record && format.is_append_only();
            let rest = if is_deferred { "; a later run reads it when it is complete" } else { "" };
            let counted = counted_before(self.reader.records);
            let message = format!("{why}; {counted}{rest}");
            let location = format!("byte {}", self.reader.base.offset);
            let severity =
                if is_deferred { DiagnosticSeverity::Note } else { DiagnosticSeverity::Warning };
            self.builder.diagnose(DiagnosticCode::FormatCutRecord, severity, location, message);
            if !is_deferred {
                self.mark_partial(why);
            }
        }
        if self.builder.item.rejected > 0 {
            let rejected = count(self.builder.item.rejected, "record");
            self.mark_partial(format!("{rejected} rejected"));
        }
    }

    /// Marks the source as read in part; the first reason stays.
    fn mark_partial(&mut self, reason: String) {
        if self.builder.item.status == SourceStatus::Complete {
            self.builder.item.status = SourceStatus::Partial;
            self.builder.item.reason = reason;
        }
    }

    fn report_rejects(&mut self) {
        for (code, rejected) in std::mem::take(&mut self.builder.rejects) {
            let (first, why) = rejected.first;
            let location = format!("line {}, byte {}", first.line, first.offset);
            let severity = DiagnosticSeverity::Warning;
            let mut diagnostic =
                Diagnostic::new(code, severity, self.builder.key.as_str(), location, why);
            diagnostic.count = rejected.count;
            self.builder.digest.diagnostics.add(diagnostic);
        }
    }

    /// Reports what the decoder guessed or replaced.
    pub(crate) fn report_decoding(&mut self, decoded: &DecodeOutcome) {
        if decoded.low_confidence {
            let message = format!(
                "{} is a guess; set the encoding with --encoding if it is wrong",
                decoded.encoding
            );
            let code = DiagnosticCode::DecodeLowConfidence;
            self.builder.diagnose(code, DiagnosticSeverity::Note, String::new(), message);
        }
        if decoded.replaced > 0 {
            let noun = format!("invalid {} sequence", decoded.encoding);
            let message = format!("{} replaced", count(decoded.replaced, &noun));
            let code = DiagnosticCode::DecodeInvalidBytes;
            self.builder.diagnose(code, DiagnosticSeverity::Note, String::new(), message);
        }
    }

    /// Reports an error of the reader. Records before the error count.
    pub(crate) fn report_failure(&mut self, code: DiagnosticCode, message: &str) {
        let is_unread = self.reader.base.offset == 0 && self.reader.records == 0;
        self.builder.item.status =
            if is_unread { SourceStatus::Failed } else { SourceStatus::Partial };
        self.builder.item.reason = message.to_string();
        let message = format!("{message}; {}", counted_before(self.reader.records));
        self.builder.diagnose(code, DiagnosticSeverity::Warning, String::new(), message);
    }
}

/// Says that the records before a fault are counted, because the source is read only in part.
fn counted_before(records: u64) -> String {
    let verb = if records == 1 { "is" } else { "are" };
    format!("{} before it {verb} counted", count(records, "record"))
}
