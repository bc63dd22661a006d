//! What the workers of a run with a past hand over: what a file held when it was opened, and what
//! was learned of it, as the row that a state keeps. Decides nothing of the rows there are.

use std::fs::{File, Metadata};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::model::{Digest, SourceItem, SourceStatus};
use crate::pipeline::incremental::known_sources::place;
use crate::read::{Observer, Task};
use crate::scan::estimated_bytes;
use crate::state::{EncodedDigest, FileStamp, Source};
use crate::threads::lock_ignore_poison;

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

/// Hits that are held at most. Those of one source alone cost nothing, they are held by what the
/// run goes on with; copies of them in other sources would cost some KiB each.
const WORTH_HOLDING: u64 = 1 << 16;

/// Keeps what each source amounts to, beside watching.
pub(crate) struct Recorder<'o> {
    inner: &'o dyn Observer,
    /// How bytes are read.
    settings: Arc<str>,
    /// The run that reads them.
    run: i64,
    /// Hits that may yet be held until they are packed.
    room: AtomicU64,
    /// What becomes of each task, by their numbers: they are near the order in which a state is read.
    tasks: Vec<Mutex<TaskOutcome>>,
}

/// What is known of a task.
enum TaskOutcome {
    /// Nothing.
    Nothing,
    /// What its file held when it was opened.
    Opened(FileStamp),
    /// What it amounts to.
    Kept(Source),
}

impl<'o> Recorder<'o> {
    /// Watches the reading of so many, by a run that may hold so many bytes of what they tell.
    pub(crate) fn new(
        inner: &'o dyn Observer,
        tasks: usize,
        (settings, run): (&str, i64),
        bytes: u64,
    ) -> Recorder<'o> {
        let room = (bytes / estimated_bytes(1, 0)).min(WORTH_HOLDING).into();
        let tasks = (0..tasks).map(|_| Mutex::new(TaskOutcome::Nothing)).collect();
        Recorder { inner, settings: settings.into(), run, room, tasks }
    }

    /// True for what takes longer to pack than to hold until the run is told and a thread is free,
    /// while there is room. Hits are texts and are shared; facts would be copied.
    fn defer_encoding(&self, digest: &Digest) -> bool {
        let hits = digest.hits.len() as u64;
        let less = |room: u64| room.checked_sub(hits);
        digest.hits.len() > digest.facts()
            && self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }

    /// Rows for everything of which something was read, in the order of the plan.
    pub(crate) fn into_rows(self) -> Vec<Source> {
        let kept = |task: Mutex<TaskOutcome>| match task.into_inner() {
            Ok(TaskOutcome::Kept(source)) => Some(source),
            // Only opened: the reading was given up. Nobody panics inside these locks.
            _ => None,
        };
        self.tasks.into_iter().filter_map(kept).collect()
    }
}

impl Observer for Recorder<'_> {
    fn bytes(&self, count: u64) {
        self.inner.bytes(count);
    }

    fn opened(&self, task: &Task, file: &File, about: &Metadata, head: &[u8]) {
        // Whatever is wrong with the file is told when it is read.
        if let Ok(content) = FileStamp::of_open(file, about, head) {
            *lock_ignore_poison(&self.tasks[task.number]) = TaskOutcome::Opened(content);
        }
        self.inner.opened(task, file, about, head);
    }

    fn source_done(&self) {
        self.inner.source_done();
    }

    fn source_scanned(&self, task: &Task, digest: &Digest) {
        // What the file held when it was opened; nothing where that cannot be told, as of a pipe.
        let learned = &self.tasks[task.number];
        let content = match *lock_ignore_poison(learned) {
            TaskOutcome::Opened(content) => Some(content),
            _ => None,
        };
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
            digest: if self.defer_encoding(digest) {
                EncodedDigest::later(digest)
            } else {
                EncodedDigest::of(digest)
            },
        };
        *lock_ignore_poison(learned) = TaskOutcome::Kept(source);
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
