//! What the workers of a run with a past hand over: what a file held when it was opened, and what
//! was learned of it, as the row that a state keeps. Decides nothing of the rows there are.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::sync::{Arc, Mutex, OnceLock};

use super::compare::place;
use crate::model::{Digest, SourceItem, SourceStatus};
use crate::scan::{Observer, Task};
use crate::state::{Content, Packed, Source};
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

/// Keeps what each source amounts to, beside watching.
pub(super) struct Recorder<'o> {
    inner: &'o dyn Observer,
    /// How bytes are read.
    settings: Arc<str>,
    /// The run that reads them.
    run: i64,
    /// Files that are being read, by the numbers of their tasks: never many.
    opened: Mutex<BTreeMap<usize, Content>>,
    /// What was read, by the same numbers: they are near the order in which a state is read.
    kept: Vec<OnceLock<Source>>,
}

impl<'o> Recorder<'o> {
    /// Watches the reading of so many.
    pub(super) fn new(
        inner: &'o dyn Observer,
        tasks: usize,
        settings: &str,
        run: i64,
    ) -> Recorder<'o> {
        let kept = (0..tasks).map(|_| OnceLock::new()).collect();
        Recorder { inner, settings: settings.into(), run, opened: Mutex::default(), kept }
    }

    /// Rows for everything of which something was read, in the order of the plan.
    pub(super) fn into_kept(self) -> Vec<Source> {
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
        // What the file held when it was opened; nothing where that cannot be told, as of a pipe.
        let content = inside(&self.opened).remove(&task.number);
        let transient = digest.diagnostics.iter().any(|d| TRANSIENT.contains(&d.code.as_str()));
        // What is known of one that failed stays, and it is read again as soon as it can be.
        if transient && is_unread(digest) {
            return;
        }
        let (path, named) = place(task);
        let source = Source {
            id: 0,
            path,
            named,
            generation: 0,
            key: task.key.clone(),
            settings: Arc::clone(&self.settings),
            content,
            settled: !transient && content.is_some(),
            read_run: self.run,
            resume: None,
            digest: Packed::of(digest),
        };
        // Each is learned once.
        let _ = self.kept[task.number].set(source);
    }

    fn stopping(&self) -> bool {
        self.inner.stopping()
    }
}

/// True where nothing was read at all.
fn is_unread(digest: &Digest) -> bool {
    let unread = |item: &SourceItem| item.status == SourceStatus::Failed && item.records == 0;
    digest.hits.is_empty() && digest.coverage.values().all(unread)
}
