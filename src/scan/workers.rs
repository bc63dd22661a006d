//! Scans sources in parallel, and ordered work items of one source in parallel. The results are
//! independent of which worker reads what and when, because digests merge in any order.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::Duration;
use std::{io, mem};

use rayon::prelude::*;

use crate::model::{Digest, SourceKey};
use crate::read::{Observer, Task};
use crate::scan::scanner::SourceScanner;
use crate::threads::lock_ignore_poison;

/// How long a thread without work waits for the result of another thread before it looks for work
/// again.
const RESULT_WAIT: Duration = Duration::from_micros(200);

/// Files of at most this many bytes count as equally large when tasks are ordered.
const SMALL_FILE: u64 = 1 << 20;

/// Scans all sources on `threads` threads. Returns the merged digest and, in order, the keys of the
/// sources that were not finished because the observer stopped the scan.
pub fn scan_all(
    scanner: &SourceScanner<'_>,
    mut tasks: Vec<Task>,
    threads: usize,
    observer: &dyn Observer,
) -> io::Result<(Digest, Vec<SourceKey>)> {
    // Largest first, so that no thread is left alone with a huge file. Small files in the order of
    // their paths: files of one directory are opened faster one after the other.
    let cost = |task: &Task| task.size.max(SMALL_FILE);
    tasks.sort_by(|a, b| cost(b).cmp(&cost(a)).then_with(|| a.key.cmp(&b.key)));
    let read = |task: &Task| {
        if observer.is_stopping() {
            return (Digest::default(), vec![task.key.clone()]);
        }
        let digest = if task.stdin {
            scanner.stream(&task.key, &mut io::stdin().lock(), observer)
        } else {
            scanner.file(task, observer)
        };
        if observer.is_stopping() {
            return (Digest::default(), vec![task.key.clone()]);
        }
        observer.source_scanned(task, &digest);
        observer.source_done();
        (digest, Vec::new())
    };
    let add = |sum: &mut (Digest, Vec<SourceKey>), (digest, skipped): (Digest, Vec<SourceKey>)| {
        sum.0.merge(digest);
        sum.1.extend(skipped);
    };
    let mut sum = (Digest::default(), Vec::new());
    if threads <= 1 {
        // On the calling thread, whose memory grows in larger steps.
        tasks.iter().for_each(|task| add(&mut sum, read(task)));
    } else {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|n| format!("faultline-{n}"))
            .build()
            .map_err(io::Error::other)?;
        // One digest for each thread: a tree of merges would handle each source once for every level.
        let partial_sums: Vec<_> = (0..threads).map(|_| Mutex::default()).collect();
        pool.install(|| {
            tasks.par_iter().with_max_len(1).for_each(|task| {
                let result = read(task);
                // Every thread of the pool has an index.
                let index = rayon::current_thread_index().unwrap_or_default();
                add(&mut lock_ignore_poison(&partial_sums[index]), result);
            });
        });
        for partial in &partial_sums {
            add(&mut sum, mem::take(&mut lock_ignore_poison(partial)));
        }
    }
    let (digest, mut skipped) = sum;
    skipped.sort();
    Ok((digest, skipped))
}

/// Work in items that are done in parallel and accepted in order.
pub(crate) trait OrderedWork {
    type WorkItem: Send;
    type WorkResult: Send;

    /// The next item; `None` if there is none yet, or no more.
    fn next_item(&mut self) -> Option<Self::WorkItem>;

    /// Accepts the result of the next item in order. False if the items after it are not needed.
    fn accept(&mut self, result: Self::WorkResult) -> bool;
}

/// Runs `first` on this thread and items on free threads of the pool, at most `max_ahead` items ahead
/// of the one that is accepted next. `first` returns false if no item is needed.
pub(crate) fn run_ordered<P: OrderedWork>(
    max_ahead: usize,
    source: &mut P,
    first: impl FnOnce(&mut P) -> bool,
    work: impl Fn(P::WorkItem) -> P::WorkResult + Sync,
) {
    let cancelled = AtomicBool::new(false);
    let (work, cancelled) = (&work, &cancelled);
    rayon::in_place_scope_fifo(|scope| {
        let mut pending = VecDeque::new();
        let fill = |source: &mut P, pending: &mut VecDeque<Receiver<P::WorkResult>>| {
            while pending.len() < max_ahead
                && let Some(item) = source.next_item()
            {
                let (sender, receiver) = sync_channel(1);
                pending.push_back(receiver);
                scope.spawn_fifo(move |_| {
                    if !cancelled.load(Ordering::Relaxed) {
                        // The receiver is gone if the work was cancelled meanwhile.
                        let _ = sender.send(work(item));
                    }
                });
            }
        };
        fill(source, &mut pending);
        let mut continues = first(source);
        while continues {
            fill(source, &mut pending);
            let Some(result) = pending.pop_front().and_then(wait_for_result) else { break };
            continues = source.accept(result);
        }
        cancelled.store(true, Ordering::Relaxed);
    });
}

/// The result of an item; `None` if its thread panicked. Runs other work of the pool meanwhile.
fn wait_for_result<R>(receiver: Receiver<R>) -> Option<R> {
    loop {
        match receiver.try_recv() {
            Ok(result) => return Some(result),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => {}
        }
        if rayon::yield_now() != Some(rayon::Yield::Executed)
            && let Ok(result) = receiver.recv_timeout(RESULT_WAIT)
        {
            return Some(result);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Numbers {
        issued: usize,
        accepted: Vec<usize>,
        last: usize,
    }

    impl OrderedWork for Numbers {
        type WorkItem = usize;
        type WorkResult = usize;

        fn next_item(&mut self) -> Option<usize> {
            if self.issued == 100 {
                return None;
            }
            assert!(self.issued < self.accepted.len() + 4, "too far ahead");
            self.issued += 1;
            Some(self.issued)
        }

        fn accept(&mut self, result: usize) -> bool {
            self.accepted.push(result);
            result < self.last
        }
    }

    #[test]
    fn results_are_accepted_in_order_up_to_the_last_needed_one() {
        for (threads, last) in [(1, 1000), (3, 1000), (3, 50), (8, 1)] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            for continues in [true, false] {
                let mut numbers = Numbers { issued: 0, accepted: Vec::new(), last };
                pool.install(|| run_ordered(4, &mut numbers, |_| continues, |number| number));
                let count = if continues { last.min(100) } else { 0 };
                assert_eq!(numbers.accepted, Vec::from_iter(1..=count));
            }
        }
    }
}
