//! One member of a zip: where its content begins and the reader over it, which hands out every
//! byte before the damage and checks length and checksum at the end.

use crate::open::fault::Fault;
use crate::open::inflate::Inflate;
use flate2::Crc;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Take};
/// Compressed bytes fetched at a time.
pub(crate) const INPUT_BUFFER: usize = 64 << 10;

const SIGNATURE: &[u8] = b"PK\x03\x04";

const FIXED: usize = 30;

/// General purpose flags: encrypted, lengths follow the content.
const ENCRYPTED: u16 = 1;

const DESCRIPTOR: u16 = 8;

/// Stands where the real length is in a zip64 field.
const ZIP64: u32 = u32::MAX;

/// How the content is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Method {
    Stored,
    Deflated,
    /// Known by this name and not read.
    Unread(String),
}

/// The record before each member's content.
pub(crate) struct LocalHeader {
    pub(crate) name: Vec<u8>,
    pub(crate) method: Method,
    pub(crate) encrypted: bool,
    /// Place of the content.
    pub(crate) content: u64,
    /// Compressed length, length and checksum, if they stand here.
    pub(crate) lengths: Option<(u64, Expected)>,
}

impl LocalHeader {
    /// Reads the record at this place.
    pub(crate) fn read<R: Read + Seek>(reader: &mut R, at: u64) -> io::Result<LocalHeader> {
        reader.seek(SeekFrom::Start(at))?;
        let mut fixed = [0; FIXED];
        reader.read_exact(&mut fixed)?;
        if !fixed.starts_with(SIGNATURE) {
            return Err(Fault::damaged(format!("no archive member at byte {at}")).into());
        }
        let short = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
        let long = |at: usize| {
            u32::from_le_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]])
        };
        let (flags, compressed, size) = (short(6), long(18), long(22));
        let mut name = vec![0; usize::from(short(26))];
        reader.read_exact(&mut name)?;
        let known = flags & DESCRIPTOR == 0 && compressed != ZIP64 && size != ZIP64;
        Ok(LocalHeader {
            name,
            method: match short(8) {
                0 => Method::Stored,
                8 => Method::Deflated,
                other => Method::Unread(format!("method {other}")),
            },
            encrypted: flags & ENCRYPTED != 0,
            content: at + (FIXED as u64) + u64::from(short(26)) + u64::from(short(28)),
            lengths: known
                .then(|| (u64::from(compressed), Expected { size: size.into(), sum: long(14) })),
        })
    }
}

/// What the content must amount to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Expected {
    pub(crate) size: u64,
    pub(crate) sum: u32,
}

enum Body<'a> {
    Stored(Take<&'a mut dyn Read>),
    Deflated(BufReader<Take<&'a mut dyn Read>>, Box<Inflate>),
}

/// The content of a member.
pub(crate) struct MemberReader<'a> {
    body: Body<'a>,
    sum: Crc,
    made: u64,
    expected: Option<Expected>,
    /// All content was handed out.
    ended: bool,
    checked: bool,
}

impl<'a> MemberReader<'a> {
    /// Over a reader that stands at the content.
    pub(crate) fn new(
        reader: &'a mut dyn Read,
        deflated: bool,
        compressed: u64,
        expected: Option<Expected>,
    ) -> MemberReader<'a> {
        let raw = reader.take(compressed);
        let body = if deflated {
            Body::Deflated(BufReader::with_capacity(INPUT_BUFFER, raw), Box::new(Inflate::new()))
        } else {
            Body::Stored(raw)
        };
        MemberReader { body, sum: Crc::new(), made: 0, expected, ended: false, checked: false }
    }

    /// Compressed bytes used so far.
    pub(crate) fn used(&self) -> u64 {
        match &self.body {
            Body::Stored(_) => self.made,
            Body::Deflated(_, inflate) => inflate.used(),
        }
    }

    fn check(&self) -> Result<(), Fault> {
        let Some(expected) = self.expected else { return Ok(()) };
        if matches!(self.body, Body::Stored(_)) && self.made < expected.size {
            let (made, size) = (self.made, expected.size);
            return Err(Fault::truncated(format!("ends early: {made} of {size} bytes")));
        }
        if self.made != expected.size || self.sum.sum() != expected.sum {
            return Err(Fault::damaged("the checksum in the archive does not fit the content"));
        }
        Ok(())
    }
}

impl Read for MemberReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.checked {
            return Ok(0);
        }
        if !self.ended {
            let (made, ended) = match &mut self.body {
                Body::Stored(raw) => {
                    let made = raw.read(buffer)?;
                    (made, made == 0)
                }
                Body::Deflated(raw, inflate) => {
                    let step = inflate.step(raw, buffer)?;
                    (step.made, step.ended)
                }
            };
            self.sum.update(&buffer[..made]);
            self.made += made as u64;
            self.ended = ended;
            if made > 0 {
                return Ok(made);
            }
        }
        self.checked = true;
        self.check()?;
        Ok(0)
    }
}
