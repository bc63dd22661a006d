//! What the workers of a run with a past hand over: what a file held when it was opened, and what
//! was learned of it. Decides nothing.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::sync::{Mutex, OnceLock};

use super::compare::{Place, place};
use crate::model::{Digest, SourceKey, SourceStatus};
use crate::scan::{Observer, Task};
use crate::state::{Content, Packed};
use crate::threads::inside;

/// Problems that may be gone when the same bytes are read again.
const TRANSIENT: [&str; 7] = [
    "open.vanished",
    "open.permission-denied",
    "open.special",
    "open.read-error",
    "open.shrunk",
    "scan.internal-error",
    "scan.limit-memory",
];

/// What a worker hands over of a source.
pub(super) struct Fresh {
    pub(super) key: SourceKey,
    /// What the file held when it was opened; nothing where that cannot be told, as of a pipe.
    pub(super) content: Option<Content>,
    pub(super) digest: Packed,
    /// Reading the same bytes again would tell the same.
    pub(super) settled: bool,
    /// Nothing was read at all.
    pub(super) failed: bool,
}

/// Keeps what each source amounts to, beside watching.
pub(super) struct Recorder<'o> {
    inner: &'o dyn Observer,
    /// Files that are being read, by the numbers of their tasks.
    opened: Mutex<HashMap<usize, Content>>,
    /// What was handed over, by the same numbers: they are near the order in which a state is read.
    kept: Vec<OnceLock<(Place, Fresh)>>,
}

impl<'o> Recorder<'o> {
    /// Watches the reading of so many.
    pub(super) fn new(inner: &'o dyn Observer, tasks: usize) -> Recorder<'o> {
        let kept = (0..tasks).map(|_| OnceLock::new()).collect();
        Recorder { inner, opened: Mutex::default(), kept }
    }

    /// Everything that was handed over, in the order of the plan.
    pub(super) fn into_kept(self) -> Vec<(Place, Fresh)> {
        self.kept.into_iter().filter_map(OnceLock::into_inner).collect()
    }
}

impl Observer for Recorder<'_> {
    fn bytes(&self, count: u64) {
        self.inner.bytes(count);
    }

    fn opened(&self, task: &Task, file: &File, about: &Metadata, head: &[u8]) {
        // Whatever is wrong with the file is told when it is read.
        if let Ok(content) = Content::of_open(file, about, head) {
            inside(&self.opened).insert(task.number, content);
        }
        self.inner.opened(task, file, about, head);
    }

    fn source_done(&self) {
        self.inner.source_done();
    }

    fn learned(&self, task: &Task, digest: &Digest) {
        let content = inside(&self.opened).remove(&task.number);
        let fresh = Fresh {
            key: task.key.clone(),
            content,
            digest: Packed::of(digest),
            settled: !digest.diagnostics.iter().any(|d| TRANSIENT.contains(&d.code.as_str())),
            failed: digest.hits.is_empty()
                && digest
                    .coverage
                    .values()
                    .all(|item| item.status == SourceStatus::Failed && item.records == 0)
                && digest.diagnostics.iter().any(|d| TRANSIENT.contains(&d.code.as_str())),
        };
        // Each is learned once.
        let _ = self.kept[task.number].set((place(task), fresh));
    }

    fn stopping(&self) -> bool {
        self.inner.stopping()
    }
}
