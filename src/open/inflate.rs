//! Expands raw DEFLATE in steps. Unlike the ready-made decoders it returns every byte before the
//! damage, reports where the stream ends, and leaves the bytes after it in the input.

use std::io::{self, BufRead};

use flate2::{Decompress, FlushDecompress, Status};

use crate::open::fault::Fault;

pub(crate) struct InflateStep {
    /// Bytes written to the buffer; 0 only at the end of the stream.
    pub(crate) written: usize,
    /// The stream ends with these bytes.
    pub(crate) is_last: bool,
}

/// A DEFLATE stream being read.
pub(crate) struct Inflater {
    state: Decompress,
    /// Returned by every step after the last good bytes.
    fault: Option<Fault>,
}

impl Inflater {
    pub(crate) fn new() -> Inflater {
        Inflater { state: Decompress::new(false), fault: None }
    }

    /// Prepares for another stream.
    pub(crate) fn reset(&mut self) {
        self.state.reset(false);
        self.fault = None;
    }

    /// Compressed bytes consumed so far.
    pub(crate) fn bytes_in(&self) -> u64 {
        self.state.total_in()
    }

    /// Expands into `buffer`, which must not be empty.
    pub(crate) fn step(
        &mut self,
        input: &mut dyn BufRead,
        buffer: &mut [u8],
    ) -> io::Result<InflateStep> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone().into());
        }
        loop {
            let chunk = input.fill_buf()?;
            let at_end = chunk.is_empty();
            let (before_in, before_out) = (self.state.total_in(), self.state.total_out());
            let status = self.state.decompress(chunk, buffer, FlushDecompress::None);
            let consumed = (self.state.total_in() - before_in) as usize;
            let written = (self.state.total_out() - before_out) as usize;
            input.consume(consumed);
            let is_stuck = consumed == 0 && written == 0;
            match status {
                Ok(Status::StreamEnd) => return Ok(InflateStep { written, is_last: true }),
                Err(_) => self.fault = Some(Fault::damaged(self.describe("is damaged"))),
                Ok(_) if is_stuck && at_end => {
                    self.fault = Some(Fault::truncated(self.describe("ends early")));
                }
                Ok(_) if is_stuck => {
                    self.fault = Some(Fault::damaged(self.describe("makes no progress")));
                }
                Ok(_) => {}
            }
            match &self.fault {
                _ if written > 0 => return Ok(InflateStep { written, is_last: false }),
                Some(fault) => return Err(fault.clone().into()),
                None => {}
            }
        }
    }

    fn describe(&self, problem: &str) -> String {
        let (bytes_in, bytes_out) = (self.state.total_in(), self.state.total_out());
        format!(
            "the compressed stream {problem} at byte {bytes_in}, after {bytes_out} bytes of content"
        )
    }
}
