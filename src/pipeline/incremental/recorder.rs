//! Collects the results of the workers of an incremental run: the stamp of each file when it was
//! opened, and its digest, as the row that the state stores. Does not decide about existing rows.

use std::fs::{File, Metadata};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::model::{Digest, SourceItem, SourceStatus};
use crate::pipeline::incremental::known_sources::task_path;
use crate::read::{Observer, Task};
use crate::scan::estimated_bytes;
use crate::state::{EncodedDigest, FileStamp, Source};
use crate::threads::lock_ignore_poison;

/// Maximum number of hits that wait for their encoding. A hit of one source costs nothing, because
/// the merged digest shares it; copies of it in other sources cost some KiB each.
const MAX_DEFERRED_HITS: u64 = 1 << 16;

/// Records a row for each source and passes every call on to another observer.
pub(crate) struct Recorder<'o> {
    inner: &'o dyn Observer,
    reading_key: Arc<str>,
    run: i64,
    /// Number of further hits that may wait for their encoding.
    deferrable_hits: AtomicU64,
    /// By task number, which is close to the order in which the state is read.
    outcomes: Vec<Mutex<TaskOutcome>>,
}

enum TaskOutcome {
    /// Not opened, or its stamp is unknown, as of a pipe.
    Pending,
    /// The stamp of the file when it was opened.
    Opened(FileStamp),
    Scanned(Source),
}

impl<'o> Recorder<'o> {
    /// Records `tasks` tasks and keeps at most `bytes` of their digests unencoded.
    pub(crate) fn new(
        inner: &'o dyn Observer,
        tasks: usize,
        (reading_key, run): (&str, i64),
        bytes: u64,
    ) -> Recorder<'o> {
        let deferrable_hits = (bytes / estimated_bytes(1, 0)).min(MAX_DEFERRED_HITS).into();
        let outcomes = (0..tasks).map(|_| Mutex::new(TaskOutcome::Pending)).collect();
        Recorder { inner, reading_key: reading_key.into(), run, deferrable_hits, outcomes }
    }

    /// True when the digest is cheaper to hold until a thread is free to encode it, and the limit is
    /// not reached. Hits are shared texts; facts would be copied. A true answer uses up the limit.
    fn defer_encoding(&self, digest: &Digest) -> bool {
        let hits = digest.hits.len() as u64;
        let rest = |deferrable: u64| deferrable.checked_sub(hits);
        digest.hits.len() > digest.facts()
            && self.deferrable_hits.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest).is_ok()
    }

    /// The rows of all sources of which something was read, in the order of the plan.
    pub(crate) fn into_rows(self) -> Vec<Source> {
        let row = |outcome: Mutex<TaskOutcome>| match outcome.into_inner() {
            Ok(TaskOutcome::Scanned(source)) => Some(source),
            // Only opened: the scan was interrupted. No critical section panics.
            _ => None,
        };
        self.outcomes.into_iter().filter_map(row).collect()
    }
}

impl Observer for Recorder<'_> {
    fn bytes(&self, count: u64) {
        self.inner.bytes(count);
    }

    fn opened(&self, task: &Task, file: &File, about: &Metadata, head: &[u8]) {
        // The scan reports an error of the file when it reads it.
        if let Ok(content) = FileStamp::of_open(file, about, head) {
            *lock_ignore_poison(&self.outcomes[task.number]) = TaskOutcome::Opened(content);
        }
        self.inner.opened(task, file, about, head);
    }

    fn source_done(&self) {
        self.inner.source_done();
    }

    fn source_scanned(&self, task: &Task, digest: &Digest) {
        let outcome = &self.outcomes[task.number];
        let content = match *lock_ignore_poison(outcome) {
            TaskOutcome::Opened(content) => Some(content),
            _ => None,
        };
        let transient = digest.diagnostics.iter().any(|d| d.code.is_transient());
        // The stored row of a source that cannot be read stays; the next run tries again.
        if transient && is_unread(digest) {
            return;
        }
        let (path, purpose) = task_path(task);
        let source = Source {
            id: 0,
            path,
            purpose,
            generation: 0,
            key: task.key.clone(),
            settings: Arc::clone(&self.reading_key),
            stamp: content,
            is_final: !transient && content.is_some(),
            read_run: self.run,
            digest: if self.defer_encoding(digest) {
                EncodedDigest::later(digest)
            } else {
                EncodedDigest::of(digest)
            },
        };
        *lock_ignore_poison(outcome) = TaskOutcome::Scanned(source);
    }

    fn is_stopping(&self) -> bool {
        self.inner.is_stopping()
    }
}

fn is_unread(digest: &Digest) -> bool {
    let unread = |item: &SourceItem| item.status == SourceStatus::Failed && item.records == 0;
    digest.hits.is_empty() && digest.coverage.values().all(unread)
}
