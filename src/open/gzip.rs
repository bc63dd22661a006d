//! Reads a gzip stream: every member with its checksum. Zeros after the last member are padding;
//! anything else there is garbage and ends the stream.

use std::io::{self, BufRead, Read};

use flate2::Crc;

use crate::open::fault::Fault;
use crate::open::inflate::Inflater;

// Header flags of RFC 1952.
const HEADER_CRC: u8 = 2;
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;
const RESERVED: u8 = 0xe0;

/// The part of a member that comes next.
enum GzipState {
    Header,
    Content,
    /// Checksum and length.
    Trailer,
    Done,
}

pub(crate) struct GzipReader<R> {
    input: R,
    state: GzipState,
    inflater: Inflater,
    checksum: Crc,
    /// Number of members begun.
    members: u64,
    has_garbage: bool,
}

impl<R: BufRead> GzipReader<R> {
    pub(crate) fn new(input: R) -> GzipReader<R> {
        GzipReader {
            input,
            state: GzipState::Header,
            inflater: Inflater::new(),
            checksum: Crc::new(),
            members: 0,
            has_garbage: false,
        }
    }

    /// True if something other than zeros follows the last member.
    pub(crate) fn has_garbage(&self) -> bool {
        self.has_garbage
    }

    /// Reads up to the content of the next member; returns false if there is none.
    fn read_header(&mut self) -> io::Result<bool> {
        if !self.read_magic()? {
            return Ok(false);
        }
        let mut fixed = [0; 7];
        self.read_bytes(&mut fixed)?;
        let flags = fixed[0];
        if flags & RESERVED != 0 {
            return Err(Fault::damaged("the gzip header has unknown flags").into());
        }
        if flags & EXTRA != 0 {
            let mut length = [0; 2];
            self.read_bytes(&mut length)?;
            self.skip(u64::from(u16::from_le_bytes(length)))?;
        }
        for text in [NAME, COMMENT] {
            if flags & text != 0 {
                self.skip_text()?;
            }
        }
        if flags & HEADER_CRC != 0 {
            self.skip(2)?;
        }
        self.members += 1;
        Ok(true)
    }

    /// Reads the magic number of a member, after any padding; returns false at the end of the
    /// stream and at garbage.
    fn read_magic(&mut self) -> io::Result<bool> {
        let mut byte = self.next_byte()?;
        while self.members > 0 && byte == Some(0) {
            byte = self.next_byte()?;
        }
        if byte.is_none() {
            return Ok(false);
        }
        for expected in [0x1f, 0x8b, 0x08] {
            if byte != Some(expected) {
                self.has_garbage = true;
                return Ok(false);
            }
            if expected != 0x08 {
                byte = self.next_byte()?;
            }
        }
        Ok(true)
    }

    fn check_trailer(&mut self) -> io::Result<()> {
        let mut trailer = [0; 8];
        self.read_bytes(&mut trailer)?;
        let [c0, c1, c2, c3, l0, l1, l2, l3] = trailer;
        let checksum = u32::from_le_bytes([c0, c1, c2, c3]);
        let length = u32::from_le_bytes([l0, l1, l2, l3]);
        if checksum != self.checksum.sum() || length != self.checksum.amount() {
            let message = format!("the checksum of gzip member {} does not match", self.members);
            return Err(Fault::damaged(message).into());
        }
        self.inflater.reset();
        self.checksum.reset();
        Ok(())
    }

    /// `None` at the end of the input.
    fn next_byte(&mut self) -> io::Result<Option<u8>> {
        let byte = self.input.fill_buf()?.first().copied();
        self.input.consume(usize::from(byte.is_some()));
        Ok(byte)
    }

    /// Reads a byte that the header or trailer of a member must have.
    fn read_byte(&mut self) -> io::Result<u8> {
        let members = self.members;
        let ends_early = || {
            let message =
                format!("the gzip stream ends early, in the header or trailer of member {members}");
            Fault::truncated(message).into()
        };
        self.next_byte()?.ok_or_else(ends_early)
    }

    fn read_bytes(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        for slot in buffer {
            *slot = self.read_byte()?;
        }
        Ok(())
    }

    fn skip(&mut self, count: u64) -> io::Result<()> {
        for _ in 0..count {
            self.read_byte()?;
        }
        Ok(())
    }

    /// Skips a text that ends with a NUL.
    fn skip_text(&mut self) -> io::Result<()> {
        while self.read_byte()? != 0 {}
        Ok(())
    }
}

impl<R: BufRead> Read for GzipReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match self.state {
                GzipState::Header => {
                    self.state =
                        if self.read_header()? { GzipState::Content } else { GzipState::Done };
                }
                GzipState::Content => {
                    let step = self.inflater.step(&mut self.input, buffer)?;
                    self.checksum.update(&buffer[..step.written]);
                    if step.is_last {
                        self.state = GzipState::Trailer;
                    }
                    if step.written > 0 {
                        return Ok(step.written);
                    }
                }
                GzipState::Trailer => {
                    self.check_trailer()?;
                    self.state = GzipState::Header;
                }
                GzipState::Done => return Ok(0),
            }
        }
    }
}
