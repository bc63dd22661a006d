//! What a stream is, by its first bytes and never by its name. Only containers are told apart
//! here; what plain bytes mean is the business of the formats.

use std::io::{self, Read};
/// Enough for every magic number below; tar has its own at byte 257.
const HEAD: usize = 512;

/// As much of a file as somebody who looks at it may want to see, so that a small one is read once.
const FILE_HEAD: usize = 16 << 10;

/// What the first bytes say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Container {
    Plain,
    Gzip,
    Zstd,
    Zip,
    /// A container that is known and not read; the word names it.
    Unread(&'static str),
}

/// Magic numbers that stand at the start, with what they mean.
const MAGIC: &[(&[u8], Container)] = &[
    (b"\x1f\x8b\x08", Container::Gzip),
    (b"PK\x03\x04", Container::Zip),
    (b"PK\x05\x06", Container::Zip),
    (b"PK\x07\x08", Container::Unread("a zip in several parts")),
    (b"\x28\xb5\x2f\xfd", Container::Zstd),
    (b"\xfd7zXZ\x00", Container::Unread("xz")),
    (b"7z\xbc\xaf\x27\x1c", Container::Unread("7z")),
    (b"Rar!\x1a\x07", Container::Unread("rar")),
    (b"\x04\x22\x4d\x18", Container::Unread("lz4")),
    (b"MSCF\x00\x00\x00\x00", Container::Unread("cab")),
];

/// Tells the container of a stream that begins with these bytes.
pub(crate) fn container(head: &[u8]) -> Container {
    if let Some((_, container)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return *container;
    }
    if head.starts_with(b"BZh") && head.get(4..10) == Some(b"1AY&SY") {
        return Container::Unread("bzip2");
    }
    if head.len() > 4 && head[0] & 0xf0 == 0x50 && head[1..4] == *b"\x2a\x4d\x18" {
        return Container::Zstd;
    }
    if head.get(257..262) == Some(b"ustar") {
        return Container::Unread("tar");
    }
    Container::Plain
}

/// The first bytes of a stream, and the error that cut them short, if one did.
pub(crate) struct Head {
    pub(crate) bytes: Vec<u8>,
    error: Option<io::Error>,
}

impl Head {
    /// Reads the first bytes of a file of this length.
    pub(crate) fn of_file(file: &mut dyn Read, length: u64) -> Head {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        Head::of(file, length.clamp(HEAD, FILE_HEAD))
    }

    fn of(stream: &mut dyn Read, length: usize) -> Head {
        let mut bytes = Vec::with_capacity(length);
        let error = stream.take(length as u64).read_to_end(&mut bytes).err();
        Head { bytes, error }
    }
}

/// A stream whose first bytes were looked at and are given again, together with the error that
/// cut them short, if one did.
pub(crate) struct Sniffed<'a> {
    head: Vec<u8>,
    given: usize,
    error: Option<io::Error>,
    rest: &'a mut dyn Read,
}

impl<'a> Sniffed<'a> {
    pub(crate) fn new(rest: &'a mut dyn Read) -> Sniffed<'a> {
        let head = Head::of(rest, HEAD);
        Sniffed::after(head, rest)
    }

    /// A stream of which the first bytes are read already.
    pub(crate) fn after(Head { bytes, error }: Head, rest: &'a mut dyn Read) -> Sniffed<'a> {
        Sniffed { head: bytes, given: 0, error, rest }
    }

    pub(crate) fn container(&self) -> Container {
        container(&self.head)
    }
}

impl Read for Sniffed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given < self.head.len() {
            let count = (&self.head[self.given..]).read(buffer)?;
            self.given += count;
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
    fn knows_containers_by_their_first_bytes() {
        let tar = [&[b'a'; 257][..], b"ustar\x00"].concat();
        let cases: &[(&[u8], Container)] = &[
            (b"", Container::Plain),
            (b"PK is how this line begins", Container::Plain),
            (b"BZh9 but only a text", Container::Plain),
            (b"\x1f\x8b\x08\x00", Container::Gzip),
            (b"PK\x05\x06\x00\x00", Container::Zip),
            (b"BZh91AY&SY....", Container::Unread("bzip2")),
            (b"\x52\x2a\x4d\x18\x00", Container::Zstd),
            (&tar, Container::Unread("tar")),
        ];
        for (head, expected) in cases {
            assert_eq!(container(head), *expected, "{head:?}");
        }
    }
}
