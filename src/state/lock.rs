//! One run at a time. The operating system holds the lock, so that it ends with its process however
//! that ends; a note beside it only names the holder.

use crate::model::Instant;
use crate::state::error::StateError;
use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
/// Who holds a lock, as far as it said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holder(String);

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Held until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A process that is just being started may hold a copy of the handle for an instant; the
        // lock ends here all the same. If it cannot be given back it ends with the process.
        let _ = self.file.unlock();
    }
}

impl Lock {
    /// Takes the lock of a state, or tells who has it. Does not wait.
    pub(crate) fn take(state: &Path, now: Instant) -> Result<Lock, StateError> {
        let path = beside(state, "lock");
        let failed = |error: &io::Error| StateError::not_written(state, error);
        let file = open(&path).map_err(|error| failed(&error))?;
        let lock = || {
            fail_point!("state-lock").map_err(TryLockError::Error)?;
            file.try_lock()
        };
        match lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = std::fs::read_to_string(note(state)).unwrap_or_default();
                let known = !holder.trim().is_empty();
                let holder = if known { holder.trim() } else { "another run" };
                let path = state.to_path_buf();
                return Err(StateError::Locked { path, holder: Holder(holder.to_string()) });
            }
            // Two runs at once would each undo what the other wrote.
            Err(TryLockError::Error(error)) => {
                let why = format!("its disk or share knows no locks, put it on another: {error}");
                return Err(StateError::unusable(state, why));
            }
        }
        let holder = format!("process {} since {now}\n", std::process::id());
        std::fs::write(note(state), holder).map_err(|error| failed(&error))?;
        Ok(Lock { file })
    }
}

/// On Windows nobody else can read a file that is locked, so the name of the holder stands in one
/// of its own.
fn note(state: &Path) -> PathBuf {
    beside(state, "holder")
}

/// `state.db` → `state.db.lock`.
pub(crate) fn beside(state: &Path, extension: &str) -> PathBuf {
    let mut name = state.as_os_str().to_os_string();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    private(&mut options);
    options.open(path)
}

/// Only for the account that runs the program.
#[cfg(unix)]
pub(crate) fn private(options: &mut OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

/// Elsewhere the directory decides who may read.
#[cfg(not(unix))]
pub(crate) fn private(_: &mut OpenOptions) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_the_first_is() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state.db");
        let first = Lock::take(&state, Instant(0)).unwrap();
        let error = Lock::take(&state, Instant(0)).unwrap_err();
        let words = error.to_string();
        assert!(words.contains(&format!("process {}", std::process::id())), "{words}");
        assert!(words.contains("1970-01-01T00:00:00"), "{words}");
        drop(first);
        Lock::take(&state, Instant(0)).unwrap();
    }

    #[test]
    fn what_a_dead_holder_left_is_taken_over() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state.db");
        std::fs::write(beside(&state, "lock"), "").unwrap();
        std::fs::write(note(&state), "process 999999999 since 2020-01-01\n").unwrap();
        Lock::take(&state, Instant(0)).unwrap();
        let holder = std::fs::read_to_string(note(&state)).unwrap();
        assert!(!holder.contains("999999999"), "{holder}");
    }
}
