//! Files on disk: opened so that nothing blocks, read so that a file that shrinks is noticed.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use super::fault::Fault;

/// `O_NONBLOCK`: opening a pipe that took the place of a file must not wait for a writer. It
/// changes nothing for regular files. The value is part of each system's ABI (on Linux: of all
/// processors we build for).
#[cfg(any(target_os = "linux", target_os = "android"))]
const NONBLOCK: i32 = 0o4000;
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
const NONBLOCK: i32 = 0x4;

#[cfg(unix)]
fn options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(NONBLOCK);
    options
}

#[cfg(not(unix))]
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    options
}

/// Opens a regular file and tells its size. What it is, is asked of the open file: the path may
/// have changed since it was listed.
pub(super) fn regular(path: &Path) -> Result<(File, u64), Fault> {
    let file = options().open(path).map_err(|error| refused(&error))?;
    let about = file.metadata().map_err(|error| refused(&error))?;
    if !about.is_file() {
        return Err(Fault::new("open.special", "is no longer a regular file; not read"));
    }
    Ok((file, about.len()))
}

/// Opens a pipe; waits for its writer.
pub(super) fn pipe(path: &Path) -> Result<File, Fault> {
    File::open(path).map_err(|error| refused(&error))
}

fn refused(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::NotFound => {
            Fault::new("open.vanished", "was there when the input was listed and is gone")
        }
        io::ErrorKind::PermissionDenied => {
            Fault::new("open.permission-denied", "no permission to read it")
        }
        _ => Fault::new("open.read-error", format!("cannot be opened: {error}")),
    }
}

/// Plain bytes of which at least so many must come, because the file had them when it was opened.
/// More is fine: logs grow.
pub(super) struct AtLeast<R> {
    inner: R,
    read: u64,
    expected: u64,
}

impl<R> AtLeast<R> {
    pub(super) fn new(inner: R, expected: u64) -> AtLeast<R> {
        AtLeast { inner, read: 0, expected }
    }
}

impl<R: Read> Read for AtLeast<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read += count as u64;
        if count == 0 && !buffer.is_empty() && self.read < self.expected {
            let (read, expected) = (self.read, self.expected);
            let message = format!("the file shrank while it was read: {read} of {expected} bytes");
            return Err(Fault::new("open.shrunk", message).into());
        }
        Ok(count)
    }
}
