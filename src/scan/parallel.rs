//! Sources side by side. Which worker reads what, and when, never shows: digests merge in any
//! order.

use std::io;
use std::path::PathBuf;

use rayon::prelude::*;

use super::{Observer, Scanner};
use crate::model::{Digest, SourceKey};

/// One source to read.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its key.
    pub key: SourceKey,
    /// Where it is; ignored for standard input.
    pub path: PathBuf,
    /// Its size when it was found.
    pub size: u64,
    /// Given with `--names`: only read for names, and they hold everywhere.
    pub named: bool,
    /// Read standard input instead.
    pub stdin: bool,
    /// A pipe that was named: read like standard input.
    pub pipe: bool,
}

/// Reads all sources with so many threads and merges what they amount to. Sources that were not
/// read to their end because the observer said stop are returned.
pub fn scan_all(
    scanner: &Scanner<'_>,
    mut tasks: Vec<Task>,
    threads: usize,
    observer: &dyn Observer,
) -> io::Result<(Digest, Vec<SourceKey>)> {
    // Largest first, so that no thread ends alone with a huge file.
    tasks.sort_by(|a, b| b.size.cmp(&a.size).then_with(|| a.key.cmp(&b.key)));
    let read = |task: &Task| {
        if observer.stopping() {
            return (Digest::default(), vec![task.key.clone()]);
        }
        let digest = if task.stdin {
            scanner.stream(&task.key, &mut io::stdin().lock(), observer)
        } else {
            scanner.file(task, observer)
        };
        if observer.stopping() {
            return (Digest::default(), vec![task.key.clone()]);
        }
        observer.learned(task, &digest);
        observer.source_done();
        (digest, Vec::new())
    };
    let none = || (Digest::default(), Vec::new());
    let both = |(mut left, mut skipped): (Digest, Vec<SourceKey>), (right, more)| {
        left.merge(right);
        skipped.extend(more);
        (left, skipped)
    };
    let (digest, mut skipped) = if threads == 1 {
        // The thread that is there already: its memory grows in larger steps.
        tasks.iter().map(read).fold(none(), both)
    } else {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|n| format!("faultline-{n}"))
            .build()
            .map_err(io::Error::other)?;
        pool.install(|| tasks.par_iter().with_max_len(1).map(read).reduce(none, both))
    };
    skipped.sort();
    Ok((digest, skipped))
}

/// Does the first piece of work on this thread and the others beside it, on whichever threads are
/// free; results are in the order of the work.
pub(super) fn beside<F, P: Send, D: Send>(
    first: impl FnOnce() -> F,
    parts: Vec<P>,
    work: impl Fn(P) -> D + Sync,
) -> (F, Vec<D>) {
    let mut done: Vec<Option<D>> = parts.iter().map(|_| None).collect();
    let work = &work;
    let first = rayon::in_place_scope_fifo(|scope| {
        for (part, place) in parts.into_iter().zip(&mut done) {
            scope.spawn_fifo(move |_| *place = Some(work(part)));
        }
        first()
    });
    (first, done.into_iter().flatten().collect())
}
