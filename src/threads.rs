//! Two pieces of work at once, where a run may use two threads, and what threads share. Knows nothing
//! of the work; what comes of it must not depend on whether it was done side by side.

use std::panic::resume_unwind;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Builder};
/// What a lock guards, also behind a thread that panicked with it: nobody who holds one of these
/// leaves half an entry.
pub fn lock_ignore_poison<T>(guarded: &Mutex<T>) -> MutexGuard<'_, T> {
    guarded.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does `own` here and `other` beside it, or behind it where the run has one thread or the system
/// gives no more.
pub fn join2<A: Send, B>(
    threads: usize,
    own: impl FnOnce() -> B,
    other: impl Fn() -> A + Sync,
) -> (B, A) {
    thread::scope(|scope| {
        let beside =
            (threads > 1).then(|| Builder::new().spawn_scoped(scope, &other).ok()).flatten();
        let own = own();
        let other = match beside {
            Some(running) => running.join().unwrap_or_else(|panic| resume_unwind(panic)),
            None => other(),
        };
        (own, other)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_done_with_any_number_of_threads() {
        for threads in [0, 1, 2, 64] {
            let here = thread::current().id();
            let (own, other) = join2(threads, || thread::current().id(), || thread::current().id());
            assert_eq!((own, other == here), (here, threads < 2));
        }
    }
}
