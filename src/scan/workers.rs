//! Sources side by side. Which worker reads what, and when, never shows: digests merge in any
//! order.

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

/// How long a thread without work waits for what another one does before it looks for work again.
const PATIENCE: Duration = Duration::from_micros(200);

/// A file of fewer bytes is read before another thread would miss it.
const IN_NO_TIME: u64 = 1 << 20;

/// Reads all sources with so many threads and merges what they amount to. Sources that were not
/// read to their end because the observer said stop are returned.
pub fn scan_all(
    scanner: &SourceScanner<'_>,
    mut tasks: Vec<Task>,
    threads: usize,
    observer: &dyn Observer,
) -> io::Result<(Digest, Vec<SourceKey>)> {
    // Largest first, so that no thread ends alone with a huge file; what is read in no time as it
    // lies in its directories, where neighbours are found faster than strangers.
    let weight = |task: &Task| task.size.max(IN_NO_TIME);
    tasks.sort_by(|a, b| weight(b).cmp(&weight(a)).then_with(|| a.key.cmp(&b.key)));
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
        // The thread that is there already: its memory grows in larger steps.
        tasks.iter().for_each(|task| add(&mut sum, read(task)));
    } else {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|n| format!("faultline-{n}"))
            .build()
            .map_err(io::Error::other)?;
        // Each thread adds up what it reads: to join sources by twos, and those again, would be to
        // handle each as often as there are levels.
        let sums: Vec<_> = (0..threads).map(|_| Mutex::default()).collect();
        pool.install(|| {
            tasks.par_iter().with_max_len(1).for_each(|task| {
                let done = read(task);
                // Inside the pool there always is one.
                let own = rayon::current_thread_index().unwrap_or_default();
                add(&mut lock_ignore_poison(&sums[own]), done);
            });
        });
        for own in &sums {
            add(&mut sum, mem::take(&mut lock_ignore_poison(own)));
        }
    }
    let (digest, mut skipped) = sum;
    skipped.sort();
    Ok((digest, skipped))
}

/// Work that is handed out in pieces and taken back in their order.
pub(crate) trait OrderedWork {
    /// A piece of work.
    type WorkItem: Send;
    /// What it comes to.
    type WorkResult: Send;

    /// The next piece, if there is one by now.
    fn give(&mut self) -> Option<Self::WorkItem>;

    /// What the piece that is next in order came to. False if all behind it is for nothing.
    fn take(&mut self, done: Self::WorkResult) -> bool;
}

/// Does `first` on this thread and pieces of work on whichever threads are free, at most so many
/// ahead of the one that is taken back next.
pub(crate) fn run_ordered<P: OrderedWork>(
    most: usize,
    pieces: &mut P,
    first: impl FnOnce(&mut P) -> bool,
    work: impl Fn(P::WorkItem) -> P::WorkResult + Sync,
) {
    let given_up = AtomicBool::new(false);
    let (work, given_up) = (&work, &given_up);
    rayon::in_place_scope_fifo(|scope| {
        let mut waiting = VecDeque::new();
        let fill = |pieces: &mut P, waiting: &mut VecDeque<Receiver<P::WorkResult>>| {
            while waiting.len() < most
                && let Some(piece) = pieces.give()
            {
                let (done, place) = sync_channel(1);
                waiting.push_back(place);
                scope.spawn_fifo(move |_| {
                    if !given_up.load(Ordering::Relaxed) {
                        // Nobody waits for it where the work was given up meanwhile.
                        let _ = done.send(work(piece));
                    }
                });
            }
        };
        fill(pieces, &mut waiting);
        let mut goes_on = first(pieces);
        while goes_on {
            fill(pieces, &mut waiting);
            let Some(done) = waiting.pop_front().and_then(wait) else { break };
            goes_on = pieces.take(done);
        }
        given_up.store(true, Ordering::Relaxed);
    });
}

/// What comes out of a piece; nothing if its thread panicked. Other work is done meanwhile.
fn wait<D>(place: Receiver<D>) -> Option<D> {
    loop {
        match place.try_recv() {
            Ok(done) => return Some(done),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => {}
        }
        if rayon::yield_now() != Some(rayon::Yield::Executed)
            && let Ok(done) = place.recv_timeout(PATIENCE)
        {
            return Some(done);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Numbers {
        given: usize,
        taken: Vec<usize>,
        last: usize,
    }

    impl OrderedWork for Numbers {
        type WorkItem = usize;
        type WorkResult = usize;

        fn give(&mut self) -> Option<usize> {
            if self.given == 100 {
                return None;
            }
            assert!(self.given < self.taken.len() + 4, "too far ahead");
            self.given += 1;
            Some(self.given)
        }

        fn take(&mut self, done: usize) -> bool {
            self.taken.push(done);
            done < self.last
        }
    }

    #[test]
    fn pieces_come_back_in_their_order_until_one_is_the_last() {
        for (threads, last) in [(1, 1000), (3, 1000), (3, 50), (8, 1)] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            for goes_on in [true, false] {
                let mut numbers = Numbers { given: 0, taken: Vec::new(), last };
                pool.install(|| run_ordered(4, &mut numbers, |_| goes_on, |number| number));
                let taken = if goes_on { last.min(100) } else { 0 };
                assert_eq!(numbers.taken, Vec::from_iter(1..=taken));
            }
        }
    }
}
