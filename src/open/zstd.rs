//! Reads a Zstandard stream: every frame with its checksum. Zeros after the last frame are padding;
//! anything else there is garbage and ends the stream.

use crate::model::DiagnosticCode;
use std::io::{self, BufRead, Read};

use ::zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

use crate::open::fault::Fault;

/// Binary logarithm of the largest window in bytes. Larger ones are refused, because a decoder
/// holds its window in memory, and no writer of logs needs more than 128 MiB.
const WINDOW_LOG_MAX: u32 = 27;

pub(crate) struct ZstdReader<R> {
    input: R,
    decoder: Decoder<'static>,
    /// Number of frames that ended.
    frames: u64,
    /// A frame has begun and has not ended.
    is_in_frame: bool,
    has_garbage: bool,
}

impl<R: BufRead> ZstdReader<R> {
    pub(crate) fn new(input: R) -> io::Result<ZstdReader<R>> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX))?;
        Ok(ZstdReader { input, decoder, frames: 0, is_in_frame: false, has_garbage: false })
    }

    /// True if something other than zeros follows the last frame.
    pub(crate) fn has_garbage(&self) -> bool {
        self.has_garbage
    }

    /// Decodes the buffered input into `buffer`, as far as both go.
    fn step(&mut self, buffer: &mut [u8]) -> io::Result<ZstdStep> {
        let available = self.input.fill_buf()?;
        let at_end = available.is_empty();
        if !self.is_in_frame {
            if at_end {
                return Ok(ZstdStep::End);
            }
            // Zeros after a frame are padding, as after a member of gzip.
            let zeros = available.iter().take_while(|byte| self.frames > 0 && **byte == 0).count();
            if zeros > 0 {
                self.input.consume(zeros);
                return Ok(ZstdStep::Written(0));
            }
        }
        let mut input = InBuffer::around(available);
        let mut output = OutBuffer::around(buffer);
        let result = self.decoder.run(&mut input, &mut output);
        let (consumed, written) = (input.pos(), output.pos());
        // The decoder's hint: 0 at the end of a frame.
        let hint = match result {
            Ok(hint) => hint,
            Err(error) => return self.handle_error(&error),
        };
        self.input.consume(consumed);
        self.is_in_frame = hint > 0;
        if hint == 0 {
            self.frames += 1;
            self.decoder.reinit()?;
        } else if at_end && written == 0 {
            let message = format!("zstd frame {} ends early", self.frames + 1);
            return Err(Fault::truncated(message).into());
        }
        Ok(ZstdStep::Written(written))
    }

    /// Bytes after a whole frame that do not begin another one are garbage and end the stream.
    fn handle_error(&mut self, error: &io::Error) -> io::Result<ZstdStep> {
        let text = error.to_string();
        if self.frames > 0 && !self.is_in_frame && text.contains("frame descriptor") {
            self.has_garbage = true;
            return Ok(ZstdStep::End);
        }
        let number = self.frames + 1;
        Err(if text.contains("memory") {
            let message = format!(
                "zstd frame {number} needs a window of more than 128 MiB; compress it with a smaller one"
            );
            Fault::new(DiagnosticCode::OpenLimitWindow, message).into()
        } else {
            Fault::damaged(format!("zstd frame {number} is damaged: {text}")).into()
        })
    }
}

enum ZstdStep {
    /// Number of bytes written to the buffer.
    Written(usize),
    End,
}

impl<R: BufRead> Read for ZstdReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.has_garbage {
            return Ok(0);
        }
        loop {
            match self.step(buffer)? {
                ZstdStep::Written(0) => {}
                ZstdStep::Written(count) => return Ok(count),
                ZstdStep::End => return Ok(0),
            }
        }
    }
}
