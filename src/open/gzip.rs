//! Gzip: every member of the stream, its checksums, and what stands behind the last one.

use crate::open::fault::Fault;
use crate::open::inflate::Inflate;
use flate2::Crc;
use std::io::{self, BufRead, Read};
/// Header flags of RFC 1952.
const HEADER_CRC: u8 = 2;

const EXTRA: u8 = 4;

const NAME: u8 = 8;

const COMMENT: u8 = 16;

const RESERVED: u8 = 0xe0;

enum GzipState {
    /// Before a member.
    Header,
    /// Inside its content.
    Content,
    /// Before its checksum and length.
    Trailer,
    Done,
}

/// The content of a gzip stream.
pub(crate) struct Gzip<R> {
    input: R,
    state: GzipState,
    inflate: Inflate,
    sum: Crc,
    members: u64,
    garbage: bool,
}

impl<R: BufRead> Gzip<R> {
    pub(crate) fn new(input: R) -> Gzip<R> {
        Gzip {
            input,
            state: GzipState::Header,
            inflate: Inflate::new(),
            sum: Crc::new(),
            members: 0,
            garbage: false,
        }
    }

    /// True if something other than zeros follows the last member.
    pub(crate) fn has_garbage(&self) -> bool {
        self.garbage
    }

    /// Reads up to the content of the next member; false if there is none.
    fn header(&mut self) -> io::Result<bool> {
        if !self.magic()? {
            return Ok(false);
        }
        let mut fixed = [0; 7];
        self.exactly(&mut fixed)?;
        let flags = fixed[0];
        if flags & RESERVED != 0 {
            return Err(Fault::damaged("the gzip header has unknown flags").into());
        }
        if flags & EXTRA != 0 {
            let mut length = [0; 2];
            self.exactly(&mut length)?;
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

    /// Takes the magic number of a member. Zeros behind a member are padding; anything else that
    /// is no member is garbage and ends the stream.
    fn magic(&mut self) -> io::Result<bool> {
        let mut byte = self.byte()?;
        while self.members > 0 && byte == Some(0) {
            byte = self.byte()?;
        }
        if byte.is_none() {
            return Ok(false);
        }
        for expected in [0x1f, 0x8b, 0x08] {
            if byte != Some(expected) {
                self.garbage = true;
                return Ok(false);
            }
            if expected != 0x08 {
                byte = self.byte()?;
            }
        }
        Ok(true)
    }

    fn trailer(&mut self) -> io::Result<()> {
        let mut trailer = [0; 8];
        self.exactly(&mut trailer)?;
        let [c0, c1, c2, c3, l0, l1, l2, l3] = trailer;
        let (sum, length) =
            (u32::from_le_bytes([c0, c1, c2, c3]), u32::from_le_bytes([l0, l1, l2, l3]));
        if sum != self.sum.sum() || length != self.sum.amount() {
            let message = format!("the checksum of gzip member {} does not fit", self.members);
            return Err(Fault::damaged(message).into());
        }
        self.inflate.reset();
        self.sum.reset();
        Ok(())
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        let byte = self.input.fill_buf()?.first().copied();
        self.input.consume(usize::from(byte.is_some()));
        Ok(byte)
    }

    fn exactly(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        for slot in buffer {
            *slot = self.byte()?.ok_or_else(|| cut(self.members))?;
        }
        Ok(())
    }

    fn skip(&mut self, count: u64) -> io::Result<()> {
        for _ in 0..count {
            self.byte()?.ok_or_else(|| cut(self.members))?;
        }
        Ok(())
    }

    fn skip_text(&mut self) -> io::Result<()> {
        while self.byte()?.ok_or_else(|| cut(self.members))? != 0 {}
        Ok(())
    }
}

fn cut(members: u64) -> Fault {
    Fault::truncated(format!("the gzip stream ends early, at the border of member {members}"))
}

impl<R: BufRead> Read for Gzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match self.state {
                GzipState::Header => {
                    self.state = if self.header()? { GzipState::Content } else { GzipState::Done };
                }
                GzipState::Content => {
                    let step = self.inflate.step(&mut self.input, buffer)?;
                    self.sum.update(&buffer[..step.made]);
                    if step.ended {
                        self.state = GzipState::Trailer;
                    }
                    if step.made > 0 {
                        return Ok(step.made);
                    }
                }
                GzipState::Trailer => {
                    self.trailer()?;
                    self.state = GzipState::Header;
                }
                GzipState::Done => return Ok(0),
            }
        }
    }
}
