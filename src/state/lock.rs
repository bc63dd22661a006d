//! One run at a time. The operating system holds the lock and releases it when the process ends,
//! also after a crash; a file next to it only names the holder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::model::Instant;
use crate::state::error::StateError;

/// Released when dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A child process that is just starting may briefly hold a copy of the handle, so closing
        // the file alone would not release the lock. If unlocking fails, the end of this process
        // releases it.
        let _ = self.file.unlock();
    }
}

impl Lock {
    /// Takes the lock of a state without waiting. If another process holds it, the error names
    /// that process.
    pub(crate) fn acquire(state: &Path, now: Instant) -> Result<Lock, StateError> {
        let not_written = |error: io::Error| StateError::not_written(state, &error);
        let file = open_lock_file(&sibling_path(state, "lock")).map_err(not_written)?;
        let try_lock = || {
            fail_point!("state-lock").map_err(TryLockError::Error)?;
            file.try_lock()
        };
        match try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let note = fs::read_to_string(holder_path(state)).unwrap_or_default();
                let holder = match note.trim() {
                    "" => "another run",
                    named => named,
                };
                let path = state.to_path_buf();
                return Err(StateError::Locked { path, holder: holder.to_string() });
            }
            // Without a lock, two concurrent runs would overwrite each other's changes.
            Err(TryLockError::Error(error)) => {
                let why = format!("its disk or share knows no locks, put it on another: {error}");
                return Err(StateError::unusable(state, why));
            }
        }
        let holder = format!("process {} since {now}\n", std::process::id());
        fs::write(holder_path(state), holder).map_err(not_written)?;
        Ok(Lock { file })
    }
}

/// The holder has a file of its own because Windows lets no other process read a locked file.
fn holder_path(state: &Path) -> PathBuf {
    sibling_path(state, "holder")
}

/// `state.db` → `state.db.lock`.
pub(crate) fn sibling_path(state: &Path, extension: &str) -> PathBuf {
    let mut name = state.as_os_str().to_os_string();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

fn open_lock_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    restrict_to_owner(&mut options);
    options.open(path)
}

/// New files are readable only for the account that runs the program.
#[cfg(unix)]
pub(crate) fn restrict_to_owner(options: &mut OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

/// On other systems the permissions of the directory apply.
#[cfg(not(unix))]
pub(crate) fn restrict_to_owner(_: &mut OpenOptions) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_names_the_process_that_holds_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state.db");
        let first = Lock::acquire(&state, Instant(0)).unwrap();
        let message = Lock::acquire(&state, Instant(0)).unwrap_err().to_string();
        assert!(message.contains(&format!("process {}", std::process::id())), "{message}");
        assert!(message.contains("1970-01-01T00:00:00"), "{message}");
        drop(first);
        Lock::acquire(&state, Instant(0)).unwrap();
    }

    #[test]
    fn files_of_a_dead_process_do_not_block() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state.db");
        fs::write(sibling_path(&state, "lock"), "").unwrap();
        fs::write(holder_path(&state), "process 999999999 since 2020-01-01\n").unwrap();
        Lock::acquire(&state, Instant(0)).unwrap();
        let holder = fs::read_to_string(holder_path(&state)).unwrap();
        assert!(!holder.contains("999999999"), "{holder}");
    }
}
