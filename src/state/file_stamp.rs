//! Identifies the content of a file by its length, its modification time and its two ends, so that
//! an unchanged file is recognised without reading all of it. Does not interpret the bytes.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

use xxhash_rust::xxh3::xxh3_128;

/// Bytes of each end that are hashed. They hold the header and some rows of an export, the central
/// directory of an archive, the checksum of a gzip stream.
const END_BYTES: u64 = 16 << 10;

/// Two files with equal stamps are taken for the same content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct FileStamp {
    /// Length in bytes.
    pub size: u64,
    /// Modification time in nanoseconds since 1970; 0 where the system has none.
    pub changed: i64,
    /// Hash of the first bytes.
    pub head: u128,
    /// Hash of the last bytes; equal to `head` in a file that is not longer than one end.
    pub tail: u128,
}

impl FileStamp {
    /// Opens and stamps a regular file.
    pub fn of(path: &Path) -> io::Result<FileStamp> {
        // Opening a pipe would block until a process writes to it.
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        let file = File::open(path)?;
        FileStamp::of_open(&file, &file.metadata()?, &[])
    }

    /// Stamps an open file with the metadata of when it was opened, without moving its position.
    /// `head` is the beginning of the file as far as the caller has read it; if it is as long as an
    /// end it is not read again.
    pub fn of_open(file: &File, metadata: &Metadata, head: &[u8]) -> io::Result<FileStamp> {
        let modified = metadata.modified().ok();
        let changed = modified.map_or(0, |time| match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
            Err(before) => {
                i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos)
            }
        });
        let (head, tail) = hash_ends(file, metadata.len(), head)?;
        Ok(FileStamp { size: metadata.len(), changed, head, tail })
    }

    /// True if the first `self.size` bytes of the file have these ends; the file may have grown.
    pub fn begins(&self, path: &Path) -> io::Result<bool> {
        let file = File::open(path)?;
        if self.size == 0 || file.metadata()?.len() < self.size {
            return Ok(false);
        }
        Ok(hash_ends(&file, self.size, &[])? == (self.head, self.tail))
    }
}

/// Hashes both ends of the first `size` bytes of a file. `known_head` is the beginning of the file
/// as far as it was read.
fn hash_ends(file: &File, size: u64, known_head: &[u8]) -> io::Result<(u128, u128)> {
    let length = size.min(END_BYTES);
    let known = usize::try_from(length).ok().and_then(|length| known_head.get(..length));
    let head = known.map_or_else(|| hash_range(file, 0, length), |known| Ok(xxh3_128(known)))?;
    if size <= END_BYTES {
        return Ok((head, head));
    }
    Ok((head, hash_range(file, size - length, length)?))
}

/// Hashes up to `length` bytes from an offset, fewer if the file ends before; the position of the
/// file stays.
#[cfg(unix)]
fn hash_range(file: &File, offset: u64, length: u64) -> io::Result<u128> {
    use std::os::unix::fs::FileExt;
    let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(xxh3_128(&bytes[..filled]))
}

/// As on Unix. Positioned reads of other systems move the position, so it is restored.
#[cfg(not(unix))]
fn hash_range(mut file: &File, offset: u64, length: u64) -> io::Result<u128> {
    use std::io::{Read, Seek, SeekFrom};
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    let position = file.stream_position()?;
    file.seek(SeekFrom::Start(offset))?;
    let result = file.take(length).read_to_end(&mut bytes);
    file.seek(SeekFrom::Start(position))?;
    result?;
    Ok(xxh3_128(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_text(path: &Path, length: u64) -> Vec<u8> {
        let text: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
        fs::write(path, &text).unwrap();
        text
    }

    #[test]
    fn a_known_beginning_of_any_length_does_not_change_the_stamp() {
        use std::io::{Read, Seek};
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.log");
        for length in [0, 1, 700, END_BYTES - 1, END_BYTES, END_BYTES + 1, 3 * END_BYTES] {
            let text = write_text(&path, length);
            let expected = FileStamp::of(&path).unwrap();
            for known in [0, 1, 512, END_BYTES - 1, END_BYTES, END_BYTES + 1] {
                let known = known.min(length);
                let mut file = File::open(&path).unwrap();
                let metadata = file.metadata().unwrap();
                let mut head = vec![0; known as usize];
                file.read_exact(&mut head).unwrap();
                assert_eq!(FileStamp::of_open(&file, &metadata, &head).unwrap(), expected);
                assert_eq!(file.stream_position().unwrap(), known);
            }
            // The file grows after its metadata was read.
            let metadata = fs::metadata(&path).unwrap();
            fs::write(&path, [&text[..], b"more"].concat()).unwrap();
            let grown = fs::read(&path).unwrap();
            let file = File::open(&path).unwrap();
            let stamp = FileStamp::of_open(&file, &metadata, &grown).unwrap();
            assert_eq!(FileStamp { changed: expected.changed, ..stamp }, expected, "{length}");
        }
    }

    #[test]
    fn a_grown_file_begins_with_its_previous_content() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.log");
        for length in [1, END_BYTES - 1, END_BYTES, END_BYTES + 1, 3 * END_BYTES] {
            let text = write_text(&path, length);
            let before = FileStamp::of(&path).unwrap();
            fs::write(&path, [&text[..], b"more"].concat()).unwrap();
            assert!(before.begins(&path).unwrap());
            let mut other = text.clone();
            *other.last_mut().unwrap() ^= 1;
            fs::write(&path, [&other[..], b"more"].concat()).unwrap();
            assert!(!before.begins(&path).unwrap());
            fs::write(&path, &text[..text.len() - 1]).unwrap();
            assert!(!before.begins(&path).unwrap());
        }
    }
}
