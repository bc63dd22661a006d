//! Primitives of threaded code: a lock that ignores poisoning and a join of two closures. Knows
//! nothing of the work; its result must not depend on whether it ran in parallel.

use std::panic::resume_unwind;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Builder};

/// Locks the mutex and ignores poisoning: no critical section here leaves its data half-updated.
pub fn lock_ignore_poison<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `local` on this thread and `other` on a second one. With fewer than two threads, or if the
/// system starts no more, `other` runs on this thread after `local`.
pub fn join2<A: Send, B>(
    threads: usize,
    local: impl FnOnce() -> B,
    other: impl Fn() -> A + Sync,
) -> (B, A) {
    thread::scope(|scope| {
        let spawned =
            (threads > 1).then(|| Builder::new().spawn_scoped(scope, &other).ok()).flatten();
        let local = local();
        let other = match spawned {
            Some(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            None => other(),
        };
        (local, other)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn join2_runs_both_with_any_number_of_threads() {
        for threads in [0, 1, 2, 64] {
            let here = thread::current().id();
            let (local, other) =
                join2(threads, || thread::current().id(), || thread::current().id());
            assert_eq!((local, other == here), (here, threads < 2));
        }
    }
}
