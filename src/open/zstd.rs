//! Zstandard: every frame of the stream, its checksums, and what stands behind the last one.

use crate::open::fault::Fault;
use ::zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};
use std::io::{self, BufRead, Read};
/// Windows beyond 128 MiB are refused: a decoder holds its window in memory, and no writer of logs
/// asks for one.
const WINDOW_LOG_MAX: u32 = 27;

/// The content of a zstd stream.
pub(crate) struct Zstd<R> {
    input: R,
    decoder: Decoder<'static>,
    /// Frames that ended.
    frames: u64,
    /// A frame has begun and has not ended.
    inside: bool,
    garbage: bool,
}

impl<R: BufRead> Zstd<R> {
    pub(crate) fn new(input: R) -> io::Result<Zstd<R>> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX))?;
        Ok(Zstd { input, decoder, frames: 0, inside: false, garbage: false })
    }

    /// True if something other than zeros follows the last frame.
    pub(crate) fn has_garbage(&self) -> bool {
        self.garbage
    }

    /// Decodes into a buffer as far as the bytes at hand go.
    fn step(&mut self, buffer: &mut [u8]) -> io::Result<ZstdStep> {
        let available = self.input.fill_buf()?;
        let at_end = available.is_empty();
        if !self.inside {
            if at_end {
                return Ok(ZstdStep::End);
            }
            // Zeros behind a frame are padding, as behind a member of gzip.
            let zeros = available.iter().take_while(|byte| self.frames > 0 && **byte == 0).count();
            if zeros > 0 {
                self.input.consume(zeros);
                return Ok(ZstdStep::More(0));
            }
        }
        let mut from = InBuffer::around(available);
        let mut to = OutBuffer::around(buffer);
        let result = self.decoder.run(&mut from, &mut to);
        let (taken, made) = (from.pos(), to.pos());
        let left = match result {
            Ok(left) => left,
            Err(error) => return self.fault(&error),
        };
        self.input.consume(taken);
        self.inside = left > 0;
        if left == 0 {
            self.frames += 1;
            self.decoder.reinit()?;
        } else if at_end && made == 0 {
            let message = format!("zstd frame {} ends early", self.frames + 1);
            return Err(Fault::truncated(message).into());
        }
        Ok(ZstdStep::More(made))
    }

    /// What is no frame behind a whole one is garbage and ends the stream.
    fn fault(&mut self, error: &io::Error) -> io::Result<ZstdStep> {
        let said = error.to_string();
        if self.frames > 0 && !self.inside && said.contains("frame descriptor") {
            self.garbage = true;
            return Ok(ZstdStep::End);
        }
        let number = self.frames + 1;
        Err(if said.contains("memory") {
            let message = format!("zstd frame {number} asks for a window beyond 128 MiB");
            Fault::new("open.limit-window", message).into()
        } else {
            Fault::damaged(format!("zstd frame {number} is damaged: {said}")).into()
        })
    }
}

enum ZstdStep {
    More(usize),
    End,
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.garbage {
            return Ok(0);
        }
        loop {
            match self.step(buffer)? {
                ZstdStep::More(0) => {}
                ZstdStep::More(made) => return Ok(made),
                ZstdStep::End => return Ok(0),
            }
        }
    }
}
