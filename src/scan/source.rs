//! One planned source becomes one digest, however it goes: unreadable, damaged, a member of an
//! archive, or the victim of a defect of ours.

use std::any::Any;
use std::fs::{File, Metadata};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use crate::decode::{Block, Decoder};
use crate::format::FACT_KEYS;
use crate::model::{Diagnostic, DiagnosticSeverity, Digest, SourceItem, SourceKey, SourceStatus};
use crate::open::{Fault, OpenInput, Opened, open};
use crate::redact::redact_digest;
use crate::rules::RuleSet;
use crate::scan::budget::MemoryBudget;
use crate::scan::observer::Observer;
use crate::scan::record_reader::RecordReader;
use crate::scan::settings::ScanSettings;
use crate::scan::workers::Task;
use crate::search::Prefilter;
use crate::threads::lock_ignore_poison;

/// Scans sources with one signature pack.
pub struct SourceScanner<'p> {
    /// The signatures.
    pub pack: &'p RuleSet,
    /// Their prefilter.
    pub anchors: Prefilter,
    /// How sources are read.
    pub settings: ScanSettings,
    /// How much of what is learned may be held.
    pub(crate) ceiling: MemoryBudget,
    /// Rooms for blocks that nobody uses now.
    rooms: Mutex<Vec<Block>>,
}

/// Everything that raw blocks are searched for: what the rules ask for, and the keys under which
/// exports name jobs, folders and connections.
pub fn prefilter_literals(rules: &RuleSet) -> impl Iterator<Item = String> {
    rules.raw_literals().chain(FACT_KEYS.iter().map(|key| key.to_string()))
}

impl<'p> SourceScanner<'p> {
    /// A scanner; builds the prefilter.
    pub fn new(pack: &'p RuleSet, settings: ScanSettings) -> SourceScanner<'p> {
        let ceiling = MemoryBudget::new(settings.memory);
        SourceScanner {
            pack,
            anchors: Prefilter::new(prefilter_literals(pack)),
            settings,
            ceiling,
            rooms: Mutex::default(),
        }
    }

    /// A room for a block: memory that was used before is in the cache, and cleared by nobody.
    pub(crate) fn acquire_buffer(&self) -> Block {
        let free = lock_ignore_poison(&self.rooms).pop();
        free.unwrap_or_else(|| Block::with_capacity(2 * self.settings.block))
    }

    /// Takes the room of a block back.
    pub(crate) fn release_buffer(&self, mut block: Block) {
        block.clear();
        lock_ignore_poison(&self.rooms).push(block);
    }

    /// Reads a planned file or pipe.
    pub fn file(&self, task: &Task, observer: &dyn Observer) -> Digest {
        let path = task.path.as_path();
        let mut look =
            |file: &File, about: &Metadata, head: &[u8]| observer.opened(task, file, about, head);
        let input =
            if task.pipe { OpenInput::Pipe(path) } else { OpenInput::Seen(path, &mut look) };
        self.guarded(&task.key, input, task.size, task.named, observer)
    }

    /// Reads a stream to its end.
    pub fn stream(
        &self,
        key: &SourceKey,
        reader: &mut dyn std::io::Read,
        observer: &dyn Observer,
    ) -> Digest {
        self.guarded(key, OpenInput::Stream(reader), 0, false, observer)
    }

    /// A defect in a reader costs this source and no other.
    fn guarded(
        &self,
        key: &SourceKey,
        input: OpenInput<'_>,
        size: u64,
        named: bool,
        observer: &dyn Observer,
    ) -> Digest {
        let work = AssertUnwindSafe(|| self.read(key, input, named, observer));
        let digest = match catch_unwind(work) {
            Ok(digest) => digest,
            Err(panic) => defect(key, size, panic.as_ref()),
        };
        redact_digest(digest, &self.settings.redaction)
    }

    fn read(
        &self,
        key: &SourceKey,
        input: OpenInput<'_>,
        named: bool,
        observer: &dyn Observer,
    ) -> Digest {
        let mut digest = Digest::default();
        let report = open(key, input, &self.settings.limits, &mut |opened| {
            digest.merge(self.opened(opened, named, observer));
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

    fn opened(&self, opened: Opened<'_>, named: bool, observer: &dyn Observer) -> Digest {
        let Opened { key, compression, bytes, reader, plain } = opened;
        let mut item = SourceItem::unread(SourceStatus::Complete, bytes, "");
        item.compression = compression.to_string();
        let mut decoder = Decoder::new(reader, self.settings.encoding);
        let mut scan = RecordReader::new(self, key.clone(), item, named);
        let (result, decoded) = scan.run(&mut decoder, plain.as_ref(), observer);
        scan.item.decoded = scan.decoded_bytes();
        if compression == "none" || bytes == 0 {
            scan.item.bytes = decoded.bytes_in;
        }
        if scan.item.status != SourceStatus::Skipped {
            scan.item.encoding = decoded.encoding.to_ascii_lowercase();
            scan.decoding_notes(&decoded);
        }
        if let Err(error) = result {
            let fault = Fault::from_error(&error);
            scan.failed(fault.code, &fault.message);
        }
        scan.return_buffer();
        let RecordReader { mut digest, item, .. } = scan;
        digest.coverage.insert(key, item);
        digest
    }
}

fn defect(key: &SourceKey, size: u64, panic: &(dyn Any + Send)) -> Digest {
    let words = panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_string())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_string());
    // A panic message may quote log text; what a cut leaves of a secret must still show what it is.
    let words = crate::redact::redact(&words);
    let words = crate::model::cut(&words, 200);
    let mut digest = Digest::default();
    let item = SourceItem::unread(SourceStatus::Failed, size, "a defect of the program");
    digest.coverage.insert(key.clone(), item);
    digest.diagnostics.add(Diagnostic::new(
        "scan.internal-error",
        DiagnosticSeverity::Error,
        key.as_str(),
        "",
        format!("a defect of the program stopped the reading of this source: {words}"),
    ));
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cut falls into the key: what is left of it would not be known as one.
    #[test]
    fn a_panic_that_quotes_a_secret_is_kept_without_it() {
        let words = format!("{} AKIAZ7QK2MWXNV4B6TDE", "x".repeat(188));
        let digest = defect(&SourceKey::new("a.log"), 7, &words);
        let told: Vec<&Diagnostic> = digest.diagnostics.iter().collect();
        let [told] = told[..] else { panic!("{told:?}") };
        assert_eq!(told.code, "scan.internal-error");
        assert!(!told.message.contains("AKIA"), "{}", told.message);
        assert!(told.message.contains("xxx [redact"), "{}", told.message);
    }
}
