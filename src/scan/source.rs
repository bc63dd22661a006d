//! Scans one planned source into its digest, whatever the outcome: read, unreadable, damaged, or
//! stopped by an internal error. The members of an archive are part of the digest of the archive.

use std::any::Any;
use std::fs::{File, Metadata};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::decode::{DecodeOutcome, Decoder};
use crate::format::BlockEnd;
use crate::model::{
    Diagnostic, DiagnosticCode, DiagnosticSeverity, Digest, SourceItem, SourceKey, SourceStatus,
    SourceUse, cut,
};
use crate::open::{Fault, OpenInput, OpenedSource, PlainFile, open};
use crate::read::{Observer, RecordReader, RecordSink, Task};
use crate::redact::{redact, redact_digest};
use crate::scan::digest_builder::DigestBuilder;
use crate::scan::scanner::SourceScanner;

/// Bytes of a panic message that a diagnostic quotes.
const PANIC_TEXT_LIMIT: usize = 200;

impl SourceScanner<'_> {
    /// The redacted digest of a planned file or pipe.
    pub fn file(&self, task: &Task, observer: &dyn Observer) -> Digest {
        let path = task.path.as_path();
        let mut on_open =
            |file: &File, about: &Metadata, head: &[u8]| observer.opened(task, file, about, head);
        let input =
            if task.pipe { OpenInput::Pipe(path) } else { OpenInput::Seen(path, &mut on_open) };
        self.scan_catching_panics(&task.key, input, task.size, task.purpose, observer)
    }

    /// The redacted digest of a stream.
    pub fn stream(
        &self,
        key: &SourceKey,
        reader: &mut dyn std::io::Read,
        observer: &dyn Observer,
    ) -> Digest {
        self.scan_catching_panics(key, OpenInput::Stream(reader), 0, SourceUse::Records, observer)
    }

    /// A panic in a reader affects this source only.
    fn scan_catching_panics(
        &self,
        key: &SourceKey,
        input: OpenInput<'_>,
        size: u64,
        purpose: SourceUse,
        observer: &dyn Observer,
    ) -> Digest {
        let work = AssertUnwindSafe(|| self.scan(key, input, purpose, observer));
        let digest = match catch_unwind(work) {
            Ok(digest) => digest,
            Err(panic) => internal_error(key, size, panic.as_ref()),
        };
        redact_digest(digest, &self.settings.redaction)
    }

    fn scan(
        &self,
        key: &SourceKey,
        input: OpenInput<'_>,
        purpose: SourceUse,
        observer: &dyn Observer,
    ) -> Digest {
        let mut digest = Digest::default();
        let report = open(key, input, &self.settings.read.limits, &mut |opened| {
            digest.merge(SourceScan::run(self, opened, purpose, observer));
        });
        for (source, item) in report.unread {
            digest.coverage.insert(source, item);
        }
        for diagnostic in report.diagnostics {
            if diagnostic.severity != DiagnosticSeverity::Note
                && let Some(item) = digest.coverage.get_mut(&SourceKey::new(&diagnostic.source))
                && item.status == SourceStatus::Complete
            {
                item.status = SourceStatus::Partial;
                item.reason.clone_from(&diagnostic.message);
            }
            digest.diagnostics.add(diagnostic);
        }
        digest
    }
}

/// A scan of one source, or of a range of it.
pub(crate) struct SourceScan<'s> {
    pub(crate) reader: RecordReader<'s>,
    pub(crate) builder: DigestBuilder<'s>,
}

impl<'s> SourceScan<'s> {
    /// Reads an opened source to its end.
    pub(crate) fn run(
        scanner: &'s SourceScanner<'s>,
        opened: OpenedSource<'_>,
        purpose: SourceUse,
        observer: &'s dyn Observer,
    ) -> Digest {
        let OpenedSource { key, compression, bytes, reader, plain } = opened;
        let mut item = SourceItem::unread(SourceStatus::Complete, bytes, "");
        item.compression = compression.to_string();
        let mut decoder = Decoder::new(reader, scanner.settings.read.encoding);
        let mut scan = SourceScan {
            reader: RecordReader::new(scanner.environment(), &key, purpose),
            builder: DigestBuilder::new(scanner, observer, key.clone(), purpose, item),
        };
        let (result, decoded) = scan.read(&mut decoder, plain.as_ref());
        let item = &mut scan.builder.item;
        item.decoded = scan.reader.base.offset;
        item.records = scan.reader.records;
        if compression == "none" || bytes == 0 {
            item.bytes = decoded.bytes_in;
        }
        if item.status != SourceStatus::Skipped {
            item.encoding = decoded.encoding.to_ascii_lowercase();
            scan.report_decoding(&decoded);
        }
        if let Err(error) = result {
            let fault = Fault::from_error(&error);
            scan.report_failure(fault.code, &fault.message);
        }
        scan.reader.return_buffer();
        let DigestBuilder { mut digest, item, .. } = scan.builder;
        digest.coverage.insert(key, item);
        digest
    }

    /// Reads the source to its end and returns the outcome of decoding. If the reader returns an error,
    /// all records before it are used. A large plain file is read in ranges.
    fn read(
        &mut self,
        decoder: &mut Decoder<'_>,
        file: Option<&PlainFile>,
    ) -> (io::Result<()>, DecodeOutcome) {
        let end = self.reader.fill_head(decoder);
        self.builder.observer.bytes(decoder.outcome().bytes_in);
        if let Err(error) = self.builder.block_done() {
            return (Err(error), decoder.outcome());
        }
        if !self.detect_format() {
            return (end.unwrap_or(Ok(())), decoder.outcome());
        }
        let (result, decoded) = match end {
            Some(end) => {
                self.reader.parse_block(BlockEnd::Nothing, &mut self.builder);
                (end, decoder.outcome())
            }
            None => {
                self.reader.parse_block(BlockEnd::More, &mut self.builder);
                self.read_rest(decoder, file)
            }
        };
        self.finish(result.is_err());
        (result, decoded)
    }
}

fn internal_error(key: &SourceKey, size: u64, panic: &(dyn Any + Send)) -> Digest {
    let message = panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_string())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_string());
    // A panic message may quote log text. It is redacted before it is cut: a secret that is cut is not
    // recognised as one.
    let message = redact(&message);
    let message = cut(&message, PANIC_TEXT_LIMIT);
    let mut digest = Digest::default();
    let item = SourceItem::unread(SourceStatus::Failed, size, "internal error");
    digest.coverage.insert(key.clone(), item);
    digest.diagnostics.add(Diagnostic::new(
        DiagnosticCode::ScanInternalError,
        DiagnosticSeverity::Error,
        key.as_str(),
        "",
        format!("internal error: the rest of this source is not read: {message}"),
    ));
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The limit falls into the key, and the part before the limit would not be recognised as a secret.
    #[test]
    fn a_panic_that_quotes_a_secret_is_reported_without_it() {
        let message = format!("{} AKIAZ7QK2MWXNV4B6TDE", "x".repeat(188));
        let digest = internal_error(&SourceKey::new("a.log"), 7, &message);
        let diagnostics: Vec<&Diagnostic> = digest.diagnostics.iter().collect();
        let [diagnostic] = diagnostics[..] else { panic!("{diagnostics:?}") };
        assert_eq!(diagnostic.code, DiagnosticCode::ScanInternalError);
        assert!(!diagnostic.message.contains("AKIA"), "{}", diagnostic.message);
        assert!(diagnostic.message.contains("xxx [redact"), "{}", diagnostic.message);
    }
}
