//! Reads one member of a zip: its local header and its content. Returns every byte before a damage
//! and checks length and checksum at the end. Does not know which members an archive has.

use std::io::{self, BufReader, Read, Seek, SeekFrom, Take};

use flate2::Crc;

use crate::open::fault::Fault;
use crate::open::inflate::Inflater;

/// Compressed bytes fetched at a time.
pub(crate) const INPUT_BUFFER: usize = 64 << 10;

/// Bytes of a local header without its name and extra field.
pub(crate) const LOCAL_HEADER: usize = 30;

pub(crate) const LOCAL_SIGNATURE: &[u8] = b"PK\x03\x04";

// General purpose flags.
const ENCRYPTED: u16 = 1;
/// The lengths follow the content.
const DESCRIPTOR: u16 = 8;

/// A length that is in the zip64 field instead.
const ZIP64: u32 = u32::MAX;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Method {
    Stored,
    Deflated,
    /// The name of a method that is not supported.
    Unsupported(String),
}

/// The header directly before the content of a member.
pub(crate) struct LocalHeader {
    pub(crate) name: Vec<u8>,
    pub(crate) method: Method,
    pub(crate) is_encrypted: bool,
    /// Byte offset of the content.
    pub(crate) content: u64,
    /// Compressed length in bytes and expected content; `None` if they follow the content or are in
    /// the zip64 field.
    pub(crate) lengths: Option<(u64, ExpectedContent)>,
}

impl LocalHeader {
    /// Reads the header at byte `offset`.
    pub(crate) fn read<R: Read + Seek>(reader: &mut R, offset: u64) -> io::Result<LocalHeader> {
        reader.seek(SeekFrom::Start(offset))?;
        let mut fixed = [0; LOCAL_HEADER];
        reader.read_exact(&mut fixed)?;
        if !fixed.starts_with(LOCAL_SIGNATURE) {
            return Err(Fault::damaged(format!("no archive member at byte {offset}")).into());
        }
        let u16_at = |index: usize| u16::from_le_bytes([fixed[index], fixed[index + 1]]);
        let u32_at = |index: usize| {
            u32::from_le_bytes([fixed[index], fixed[index + 1], fixed[index + 2], fixed[index + 3]])
        };
        let (flags, checksum, compressed, size) = (u16_at(6), u32_at(14), u32_at(18), u32_at(22));
        let (name_length, extra_length) = (u16_at(26), u16_at(28));
        let mut name = vec![0; usize::from(name_length)];
        reader.read_exact(&mut name)?;
        let has_lengths = flags & DESCRIPTOR == 0 && compressed != ZIP64 && size != ZIP64;
        Ok(LocalHeader {
            name,
            method: match u16_at(8) {
                0 => Method::Stored,
                8 => Method::Deflated,
                other => Method::Unsupported(format!("method {other}")),
            },
            is_encrypted: flags & ENCRYPTED != 0,
            content: offset
                + (LOCAL_HEADER as u64)
                + u64::from(name_length)
                + u64::from(extra_length),
            lengths: has_lengths
                .then(|| (u64::from(compressed), ExpectedContent { size: size.into(), checksum })),
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ExpectedContent {
    /// Expanded length in bytes.
    pub(crate) size: u64,
    /// CRC-32 of the expanded content.
    pub(crate) checksum: u32,
}

enum Body<'a> {
    Stored(Take<&'a mut dyn Read>),
    Deflated(BufReader<Take<&'a mut dyn Read>>, Box<Inflater>),
}

/// Reads the content of a member. Returns every byte before the damage, then the fault.
pub(crate) struct MemberReader<'a> {
    body: Body<'a>,
    checksum: Crc,
    bytes_out: u64,
    expected: Option<ExpectedContent>,
    is_at_end: bool,
    is_checked: bool,
}

impl<'a> MemberReader<'a> {
    /// `reader` is positioned at the content, which has `compressed` bytes. A `method` that is not
    /// supported is read as if it were stored.
    pub(crate) fn new(
        reader: &'a mut dyn Read,
        method: &Method,
        compressed: u64,
        expected: Option<ExpectedContent>,
    ) -> MemberReader<'a> {
        let raw = reader.take(compressed);
        let body = if *method == Method::Deflated {
            Body::Deflated(BufReader::with_capacity(INPUT_BUFFER, raw), Box::new(Inflater::new()))
        } else {
            Body::Stored(raw)
        };
        MemberReader {
            body,
            checksum: Crc::new(),
            bytes_out: 0,
            expected,
            is_at_end: false,
            is_checked: false,
        }
    }

    /// Compressed bytes consumed so far.
    pub(crate) fn bytes_in(&self) -> u64 {
        match &self.body {
            Body::Stored(_) => self.bytes_out,
            Body::Deflated(_, inflater) => inflater.bytes_in(),
        }
    }

    fn check(&self) -> Result<(), Fault> {
        let Some(expected) = self.expected else { return Ok(()) };
        let (bytes_out, size) = (self.bytes_out, expected.size);
        if matches!(self.body, Body::Stored(_)) && bytes_out < size {
            return Err(Fault::truncated(format!("ends early: {bytes_out} of {size} bytes")));
        }
        if bytes_out != size || self.checksum.sum() != expected.checksum {
            return Err(Fault::damaged("the checksum in the archive does not match the content"));
        }
        Ok(())
    }
}

impl Read for MemberReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.is_checked {
            return Ok(0);
        }
        if !self.is_at_end {
            let (count, is_at_end) = match &mut self.body {
                Body::Stored(raw) => {
                    let count = raw.read(buffer)?;
                    (count, count == 0)
                }
                Body::Deflated(raw, inflater) => {
                    let step = inflater.step(raw, buffer)?;
                    (step.written, step.is_last)
                }
            };
            self.checksum.update(&buffer[..count]);
            self.bytes_out += count as u64;
            self.is_at_end = is_at_end;
            if count > 0 {
                return Ok(count);
            }
        }
        self.is_checked = true;
        self.check()?;
        Ok(0)
    }
}
