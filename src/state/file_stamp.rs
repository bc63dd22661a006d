//! What a file held when it was read: its length, when it was changed, and its two ends. Looks at
//! bytes and never at what they mean.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;
use xxhash_rust::xxh3::xxh3_128;
/// Bytes of each end that are compared: the header and some rows of an export, the list of members
/// of an archive, the checksum of a gzip stream.
const END: u64 = 16 << 10;

/// A file's content as far as it can be told without reading all of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct FileStamp {
    /// Length in bytes.
    pub size: u64,
    /// When it was changed, in nanoseconds since 1970.
    pub changed: i64,
    /// Hash of the first bytes.
    pub head: u128,
    /// Hash of the last bytes.
    pub tail: u128,
}

impl FileStamp {
    /// Looks at a regular file.
    pub fn of(path: &Path) -> io::Result<FileStamp> {
        // Opening anything else could wait for a writer.
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        let file = File::open(path)?;
        FileStamp::of_open(&file, &file.metadata()?, &[])
    }

    /// Looks at a file that is open, and leaves it where it is; the system told about it when it was
    /// open. Of its first bytes, those that were read already are not read again.
    pub fn of_open(file: &File, about: &Metadata, head: &[u8]) -> io::Result<FileStamp> {
        let changed = about.modified().ok().map_or(0, |at| match at.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
            Err(before) => {
                i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos)
            }
        });
        let (head, tail) = ends(file, about.len(), head)?;
        Ok(FileStamp { size: about.len(), changed, head, tail })
    }

    /// True when the first `self.size` bytes of the file are these, as far as the ends tell.
    pub fn begins(&self, path: &Path) -> io::Result<bool> {
        let file = File::open(path)?;
        if self.size == 0 || file.metadata()?.len() < self.size {
            return Ok(false);
        }
        Ok(ends(&file, self.size, &[])? == (self.head, self.tail))
    }

    /// True when another file holds the same, whenever it was written.
    pub fn equals(&self, other: &FileStamp) -> bool {
        (self.size, self.head, self.tail) == (other.size, other.head, other.tail)
    }
}

/// Hashes of both ends of the first `size` bytes of a file, which is left where it is. It begins
/// with what is known of it.
fn ends(file: &File, size: u64, known: &[u8]) -> io::Result<(u128, u128)> {
    let length = size.min(END);
    let known = usize::try_from(length).ok().and_then(|length| known.get(..length));
    let head = known.map_or_else(|| hash(file, 0, length), |known| Ok(xxh3_128(known)))?;
    if size <= END {
        return Ok((head, head));
    }
    Ok((head, hash(file, size - length, length)?))
}

/// Hash of the bytes at a place, or of as many as there are.
#[cfg(unix)]
fn hash(file: &File, from: u64, length: u64) -> io::Result<u128> {
    use std::os::unix::fs::FileExt;
    let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], from + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(xxh3_128(&bytes[..filled]))
}

/// Hash of the bytes at a place, or of as many as there are.
#[cfg(not(unix))]
fn hash(mut file: &File, from: u64, length: u64) -> io::Result<u128> {
    use std::io::{Read, Seek, SeekFrom};
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    let was = file.stream_position()?;
    file.seek(SeekFrom::Start(from))?;
    let read = file.take(length).read_to_end(&mut bytes);
    file.seek(SeekFrom::Start(was))?;
    read?;
    Ok(xxh3_128(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However many they are: fewer than are compared are of no use, and more do not count.
    #[test]
    fn bytes_that_were_read_already_tell_the_same() {
        use std::io::{Read, Seek};
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.log");
        for length in [0, 1, 700, END - 1, END, END + 1, 3 * END] {
            let text: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            fs::write(&path, &text).unwrap();
            let told = FileStamp::of(&path).unwrap();
            for known in [0, 1, 512, END - 1, END, END + 1].map(|known| known.min(length)) {
                let mut file = File::open(&path).unwrap();
                let about = file.metadata().unwrap();
                let mut head = vec![0; known as usize];
                file.read_exact(&mut head).unwrap();
                assert_eq!(FileStamp::of_open(&file, &about, &head).unwrap(), told);
                assert_eq!(file.stream_position().unwrap(), known);
            }
            // It grew after the system was asked about it.
            let about = fs::metadata(&path).unwrap();
            fs::write(&path, [&text[..], b"more"].concat()).unwrap();
            let more = fs::read(&path).unwrap();
            let file = File::open(&path).unwrap();
            let seen = FileStamp::of_open(&file, &about, &more).unwrap();
            assert!(seen.equals(&told), "{length}");
        }
    }

    #[test]
    fn a_grown_file_begins_with_what_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.log");
        for length in [1, END - 1, END, END + 1, 3 * END] {
            let text: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            fs::write(&path, &text).unwrap();
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
