//! Opens files on disk without blocking and reads them so that a file that shrinks is noticed.
//! Knows no containers.

use crate::model::DiagnosticCode;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use crate::open::fault::Fault;

/// `O_NONBLOCK`: opening a pipe that replaced a file must not wait for a writer. The flag has no
/// effect on regular files. Its value is part of the ABI of each system (on Linux: the same for all
/// processors that a release is built for).
#[cfg(any(target_os = "linux", target_os = "android"))]
const NONBLOCK: i32 = 0o4000;

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
const NONBLOCK: i32 = 0x4;

#[cfg(unix)]
fn open_options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(NONBLOCK);
    options
}

#[cfg(not(unix))]
fn open_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    options
}

/// Opens a regular file. Its type is taken from the open file, because the path may have been
/// replaced since it was listed.
pub(crate) fn open_regular(path: &Path) -> Result<(File, Metadata), Fault> {
    let file = open_options().open(path).map_err(|error| open_error(&error))?;
    let metadata = file.metadata().map_err(|error| open_error(&error))?;
    if !metadata.is_file() {
        return Err(Fault::new(DiagnosticCode::OpenSpecial, "no longer a regular file; not read"));
    }
    Ok((file, metadata))
}

/// Opens a pipe and waits for its writer.
pub(crate) fn open_pipe(path: &Path) -> Result<File, Fault> {
    File::open(path).map_err(|error| open_error(&error))
}

/// A regular file that can be read at several offsets at once.
#[derive(Debug)]
pub struct PlainFile {
    file: File,
    size: u64,
}

impl PlainFile {
    /// A second handle to an open file. `None` if the system refuses one; then the file is read
    /// from start to end.
    #[cfg(unix)]
    pub(crate) fn from_open(file: &File, _path: &Path, size: u64) -> Option<PlainFile> {
        Some(PlainFile { file: file.try_clone().ok()?, size })
    }

    /// Opens the file again, because on Windows a read at an offset moves the position of a handle
    /// and of all its clones. `None` if another file has replaced it.
    #[cfg(windows)]
    pub(crate) fn from_open(file: &File, path: &Path, size: u64) -> Option<PlainFile> {
        let reopened = open_options().open(path).ok()?;
        let (first, second) = (file.metadata().ok()?, reopened.metadata().ok()?);
        let is_same =
            first.len() <= second.len() && first.created().ok()? == second.created().ok()?;
        (is_same && second.is_file()).then_some(PlainFile { file: reopened, size })
    }

    /// Always `None`: reads at an offset are not implemented for this system.
    #[cfg(not(any(unix, windows)))]
    pub(crate) fn from_open(_file: &File, _path: &Path, _size: u64) -> Option<PlainFile> {
        None
    }

    /// Bytes of the file when it was opened.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// A reader from offset `from` to the end.
    pub fn piece(&self, from: u64) -> FileSlice<'_> {
        FileSlice { file: self, offset: from }
    }

    /// Reads `bytes` bytes at offset `from`, fewer at the end of the file; `None` if they cannot be
    /// read.
    pub fn peek(&self, from: u64, bytes: usize) -> Option<Vec<u8>> {
        let mut buffer = Vec::with_capacity(bytes);
        self.piece(from).take(bytes as u64).read_to_end(&mut buffer).ok()?;
        Some(buffer)
    }

    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.file, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.file, buffer, offset)
    }

    #[cfg(not(any(unix, windows)))]
    fn read_at(&self, _buffer: &mut [u8], _offset: u64) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// A reader over a file from some offset to its end. Its faults are the same as those of a file
/// read from its start.
#[derive(Debug)]
pub struct FileSlice<'f> {
    file: &'f PlainFile,
    offset: u64,
}

impl Read for FileSlice<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = loop {
            match self.file.read_at(buffer, self.offset) {
                Ok(count) => break count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(read_error(self.offset, &error).into()),
            }
        };
        if count == 0 && !buffer.is_empty() && self.offset < self.file.size {
            return Err(shrunk(self.offset, self.file.size).into());
        }
        self.offset += count as u64;
        Ok(count)
    }
}

pub(crate) fn read_error(offset: u64, error: &io::Error) -> Fault {
    Fault::new(DiagnosticCode::OpenReadError, format!("cannot read at byte {offset}: {error}"))
}

fn shrunk(read: u64, expected: u64) -> Fault {
    let message = format!("the file shrank while it was read: {read} of {expected} bytes");
    Fault::new(DiagnosticCode::OpenShrunk, message)
}

fn open_error(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::NotFound => {
            Fault::new(DiagnosticCode::OpenVanished, "not found: removed after it was listed")
        }
        io::ErrorKind::PermissionDenied => Fault::new(
            DiagnosticCode::OpenPermissionDenied,
            "permission denied; give the account that runs faultline read access",
        ),
        _ => Fault::new(DiagnosticCode::OpenReadError, format!("cannot open: {error}")),
    }
}

/// Fails at the end of the stream if fewer than `expected` bytes were read, the number that the
/// file had when it was opened. More are allowed: logs grow.
pub(crate) struct LengthCheckedReader<R> {
    inner: R,
    read: u64,
    expected: u64,
}

impl<R> LengthCheckedReader<R> {
    pub(crate) fn new(inner: R, expected: u64) -> LengthCheckedReader<R> {
        LengthCheckedReader { inner, read: 0, expected }
    }
}

impl<R: Read> Read for LengthCheckedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read += count as u64;
        if count == 0 && !buffer.is_empty() && self.read < self.expected {
            return Err(shrunk(self.read, self.expected).into());
        }
        Ok(count)
    }
}
