//! Files on disk: opened so that nothing blocks, read so that a file that shrinks is noticed.

use crate::open::fault::Fault;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;
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

/// Opens a regular file and tells about it. What it is, is asked of the open file: the path may
/// have changed since it was listed.
pub(crate) fn regular(path: &Path) -> Result<(File, Metadata), Fault> {
    let file = options().open(path).map_err(|error| refused(&error))?;
    let about = file.metadata().map_err(|error| refused(&error))?;
    if !about.is_file() {
        return Err(Fault::new("open.special", "is no longer a regular file; not read"));
    }
    Ok((file, about))
}

/// A regular file that is read from several places at once.
#[derive(Debug)]
pub struct PlainFile {
    file: File,
    size: u64,
}

impl PlainFile {
    /// The file that is open, for reading beside it. Nothing where that cannot be had; then the
    /// file is read from end to end.
    #[cfg(unix)]
    pub(crate) fn beside(file: &File, _path: &Path, size: u64) -> Option<PlainFile> {
        Some(PlainFile { file: file.try_clone().ok()?, size })
    }

    /// The file that is open, opened again: reading at a place moves the position of a handle and
    /// of all its copies. Nothing if another file has taken its place.
    #[cfg(windows)]
    pub(crate) fn beside(file: &File, path: &Path, size: u64) -> Option<PlainFile> {
        let again = options().open(path).ok()?;
        let (one, other) = (file.metadata().ok()?, again.metadata().ok()?);
        let same = one.len() <= other.len() && one.created().ok()? == other.created().ok()?;
        (same && other.is_file()).then_some(PlainFile { file: again, size })
    }

    /// Nothing: no way to read at a place is known here.
    #[cfg(not(any(unix, windows)))]
    pub(crate) fn beside(_file: &File, _path: &Path, _size: u64) -> Option<PlainFile> {
        None
    }

    /// Bytes it had when it was opened.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its bytes from a place to its end.
    pub fn piece(&self, from: u64) -> FileSlice<'_> {
        FileSlice { file: self, at: from }
    }

    /// A few bytes at a place; fewer at its end. Nothing if they cannot be read.
    pub fn peek(&self, from: u64, bytes: usize) -> Option<Vec<u8>> {
        let mut peeked = Vec::with_capacity(bytes);
        self.piece(from).take(bytes as u64).read_to_end(&mut peeked).ok()?;
        Some(peeked)
    }

    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.file, buffer, at)
    }

    #[cfg(windows)]
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.file, buffer, at)
    }

    #[cfg(not(any(unix, windows)))]
    fn read_at(&self, _buffer: &mut [u8], _at: u64) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// A file from a place to its end. Faults are those of a file read from its beginning.
#[derive(Debug)]
pub struct FileSlice<'f> {
    file: &'f PlainFile,
    at: u64,
}

impl Read for FileSlice<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = loop {
            match self.file.read_at(buffer, self.at) {
                Ok(count) => break count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(self.at, &error).into()),
            }
        };
        if count == 0 && !buffer.is_empty() && self.at < self.file.size {
            return Err(shrunk(self.at, self.file.size).into());
        }
        self.at += count as u64;
        Ok(count)
    }
}

/// A read failed at this byte.
pub(crate) fn unreadable(at: u64, error: &io::Error) -> Fault {
    Fault::new("open.read-error", format!("reading failed at byte {at}: {error}"))
}

fn shrunk(read: u64, expected: u64) -> Fault {
    let message = format!("the file shrank while it was read: {read} of {expected} bytes");
    Fault::new("open.shrunk", message)
}

/// Opens a pipe; waits for its writer.
pub(crate) fn pipe(path: &Path) -> Result<File, Fault> {
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
pub(crate) struct AtLeast<R> {
    inner: R,
    read: u64,
    expected: u64,
}

impl<R> AtLeast<R> {
    pub(crate) fn new(inner: R, expected: u64) -> AtLeast<R> {
        AtLeast { inner, read: 0, expected }
    }
}

impl<R: Read> Read for AtLeast<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read += count as u64;
        if count == 0 && !buffer.is_empty() && self.read < self.expected {
            return Err(shrunk(self.read, self.expected).into());
        }
        Ok(count)
    }
}
