//! Detects the container of a stream by its first bytes, never by its name. `format` detects what
//! plain bytes mean.

use std::io::{self, Read};

/// Bytes at the start of a stream that are inspected: enough for every magic number below; that of
/// tar is at offset 257.
const HEAD: usize = 512;

/// Bytes of a file that are read at once, so that its observer and the reader share one read of a
/// small file.
const FILE_HEAD: usize = 16 << 10;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Container {
    Plain,
    Gzip,
    Zstd,
    Zip,
    /// The name of a known container that is not supported.
    Unsupported(&'static str),
}

/// Magic numbers at offset 0.
const MAGIC: &[(&[u8], Container)] = &[
    (b"\x1f\x8b\x08", Container::Gzip),
    (b"PK\x03\x04", Container::Zip),
    (b"PK\x05\x06", Container::Zip),
    (b"PK\x07\x08", Container::Unsupported("a zip in several parts")),
    (b"\x28\xb5\x2f\xfd", Container::Zstd),
    (b"\xfd7zXZ\x00", Container::Unsupported("xz")),
    (b"7z\xbc\xaf\x27\x1c", Container::Unsupported("7z")),
    (b"Rar!\x1a\x07", Container::Unsupported("rar")),
    (b"\x04\x22\x4d\x18", Container::Unsupported("lz4")),
    (b"MSCF\x00\x00\x00\x00", Container::Unsupported("cab")),
];

fn detect_container(head: &[u8]) -> Container {
    if let Some((_, container)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return *container;
    }
    if head.starts_with(b"BZh") && head.get(4..10) == Some(b"1AY&SY") {
        return Container::Unsupported("bzip2");
    }
    if head.len() > 4 && head[0] & 0xf0 == 0x50 && head[1..4] == *b"\x2a\x4d\x18" {
        return Container::Zstd;
    }
    if head.get(257..262) == Some(b"ustar") {
        return Container::Unsupported("tar");
    }
    Container::Plain
}

/// The first bytes of a stream.
pub(crate) struct Head {
    pub(crate) bytes: Vec<u8>,
    /// The error that ended them early.
    error: Option<io::Error>,
}

impl Head {
    /// Reads the first bytes of a file of `length` bytes.
    pub(crate) fn read_file(file: &mut dyn Read, length: u64) -> Head {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        Head::read(file, length.clamp(HEAD, FILE_HEAD))
    }

    fn read(stream: &mut dyn Read, length: usize) -> Head {
        let mut bytes = Vec::with_capacity(length);
        let error = stream.take(length as u64).read_to_end(&mut bytes).err();
        Head { bytes, error }
    }
}

/// A stream whose first bytes were inspected. Returns them again, then the error that ended them
/// early, if any, then the rest.
pub(crate) struct SniffedReader<'a> {
    head: Vec<u8>,
    /// Bytes of the head that were returned.
    position: usize,
    error: Option<io::Error>,
    rest: &'a mut dyn Read,
}

impl<'a> SniffedReader<'a> {
    pub(crate) fn new(rest: &'a mut dyn Read) -> SniffedReader<'a> {
        let head = Head::read(rest, HEAD);
        SniffedReader::with_head(head, rest)
    }

    /// `rest` is the stream after `head`.
    pub(crate) fn with_head(
        Head { bytes, error }: Head,
        rest: &'a mut dyn Read,
    ) -> SniffedReader<'a> {
        SniffedReader { head: bytes, position: 0, error, rest }
    }

    pub(crate) fn container(&self) -> Container {
        detect_container(&self.head)
    }
}

impl Read for SniffedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position < self.head.len() {
            let count = (&self.head[self.position..]).read(buffer)?;
            self.position += count;
            return Ok(count);
        }
        match self.error.take() {
            Some(error) => Err(error),
            None => self.rest.read(buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_detected_by_their_first_bytes() {
        let tar = [&[b'a'; 257][..], b"ustar\x00"].concat();
        let cases: &[(&[u8], Container)] = &[
            (b"", Container::Plain),
            (b"PK is how this line begins", Container::Plain),
            (b"BZh9 but only a text", Container::Plain),
            (b"\x1f\x8b\x08\x00", Container::Gzip),
            (b"PK\x05\x06\x00\x00", Container::Zip),
            (b"BZh91AY&SY....", Container::Unsupported("bzip2")),
            (b"\x52\x2a\x4d\x18\x00", Container::Zstd),
            (&tar, Container::Unsupported("tar")),
        ];
        for (head, expected) in cases {
            assert_eq!(detect_container(head), *expected, "{head:?}");
        }
    }
}
