//! The sink of a scan: judges the rows of one source, adds their hits and facts to its digest, and
//! counts records that cannot be parsed. Comes after the record loop and does not see its blocks.

use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;

use crate::format::{Parsed, Reject};
use crate::model::{
    Diagnostic, DiagnosticCode, DiagnosticSeverity, Digest, Location, Record, SourceItem,
    SourceKey, SourceUse, UNMATCHED,
};
use crate::read::{Observer, ReadItem, RecordSink};
use crate::rules::Judgement;
use crate::scan::budget::limit_memory;
use crate::scan::hits;
use crate::scan::hits::TextInterner;
use crate::scan::scanner::SourceScanner;

/// Builds the digest of one source, or of a range of it.
pub(crate) struct DigestBuilder<'s> {
    pub(crate) scanner: &'s SourceScanner<'s>,
    pub(crate) observer: &'s dyn Observer,
    pub(crate) key: SourceKey,
    pub(crate) purpose: SourceUse,
    pub(crate) digest: Digest,
    /// The coverage of the source.
    pub(crate) item: SourceItem,
    pub(crate) rejects: BTreeMap<DiagnosticCode, Rejected>,
    texts: TextInterner,
}

/// Records that could not be parsed, with one diagnostic code.
pub(crate) struct Rejected {
    pub(crate) count: u64,
    /// Location of the first one, and the reason.
    pub(crate) first: (Location, String),
}

impl<'s> DigestBuilder<'s> {
    pub(crate) fn new(
        scanner: &'s SourceScanner<'s>,
        observer: &'s dyn Observer,
        key: SourceKey,
        purpose: SourceUse,
        item: SourceItem,
    ) -> DigestBuilder<'s> {
        DigestBuilder {
            scanner,
            observer,
            key,
            purpose,
            digest: Digest::default(),
            item,
            rejects: BTreeMap::new(),
            texts: TextInterner::default(),
        }
    }

    /// Adds the results of the range that follows; `located` turns locations of the range into
    /// locations of the source.
    pub(crate) fn absorb(
        &mut self,
        later: DigestBuilder<'s>,
        located: impl Fn(&Location) -> Location,
    ) {
        for (code, mut rejected) in later.rejects {
            rejected.first.0 = located(&rejected.first.0);
            self.rejects
                .entry(code)
                .and_modify(|known| known.count += rejected.count)
                .or_insert(rejected);
        }
        self.digest.append(later.digest, located);
        self.item.append_rows(&later.item);
    }

    fn add_row(&mut self, parsed: Parsed, location: Location) {
        let known = self.digest.facts();
        for fact in parsed.facts {
            self.digest.add_fact(fact);
        }
        self.scanner.budget.charge_facts(self.digest.facts() - known);
        if let Some(link) = parsed.continuation {
            self.digest.continuations.insert(self.key.clone(), link);
        }
        if let Some(record) = parsed.record {
            if let Some(time) = record.time {
                self.item.include_time(time.at);
            }
            if self.purpose.has_records() {
                self.judge(&record, location);
            }
        }
    }

    fn judge(&mut self, record: &Record, location: Location) {
        let settings = &self.scanner.settings;
        if let Some(at) = record.time.map(|time| time.at)
            && (settings.since.is_some_and(|since| at < since)
                || settings.until.is_some_and(|until| at >= until))
        {
            return;
        }
        let mut details = match self.scanner.rules.judge(record) {
            Judgement::Nothing => return,
            Judgement::Mention(signatures) => {
                let cell = hits::mention_cell(record);
                for signature in signatures {
                    *self.digest.mentions.entry((signature.to_string(), cell)).or_default() += 1;
                }
                return;
            }
            Judgement::Hit(details) | Judgement::Unknown(details) => details,
        };
        if details.signature.as_ref() != UNMATCHED {
            self.item.matched += 1;
        }
        if details.workflow.is_none() {
            details.workflow.clone_from(&record.workflow);
        }
        if let Some(job) = record.job.filter(|_| details.in_context) {
            self.digest.evidence.insert(job);
        }
        let location = (&self.key, location);
        let redaction = &settings.redaction;
        let added =
            hits::add_hit(&mut self.digest, &mut self.texts, record, *details, redaction, location);
        if let Some((key, hit)) = added {
            self.scanner.budget.charge_hit(key, &hit);
        }
    }

    fn reject(&mut self, code: DiagnosticCode, reason: String, location: Location) {
        self.item.rejected += 1;
        self.rejects
            .entry(code)
            .and_modify(|known| known.count += 1)
            .or_insert_with(|| Rejected { count: 1, first: (location, reason) });
    }

    /// Adds a diagnostic of this source.
    pub(crate) fn diagnose(
        &mut self,
        code: DiagnosticCode,
        severity: DiagnosticSeverity,
        location: String,
        message: String,
    ) {
        let diagnostic = Diagnostic::new(code, severity, self.key.as_str(), location, message);
        self.digest.diagnostics.add(diagnostic);
    }
}

impl RecordSink for DigestBuilder<'_> {
    fn take(&mut self, item: ReadItem, location: Location, _text: &str) {
        match item {
            ReadItem::Row(parsed) => self.add_row(parsed, location),
            ReadItem::Rejected(Reject(reason)) => {
                self.reject(DiagnosticCode::FormatBadRecord, reason, location);
            }
            ReadItem::Oversize(head) => {
                if let Some(record) = head {
                    self.judge(&record, location);
                }
                let reason = "longer than 4 MiB; only its beginning is matched".to_string();
                self.reject(DiagnosticCode::FormatOversize, reason, location);
            }
            ReadItem::Damaged(reason) => {
                self.reject(DiagnosticCode::FormatBadRecord, reason.to_string(), location);
            }
        }
    }

    fn bytes_read(&mut self, bytes: u64) -> ControlFlow<()> {
        self.observer.bytes(bytes);
        // The caller discards the digest of a source whose scan was stopped.
        if self.observer.is_stopping() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn block_done(&mut self) -> io::Result<()> {
        if self.scanner.budget.is_exhausted() { Err(limit_memory().into()) } else { Ok(()) }
    }
}
