//! Raw DEFLATE, one step at a time. Unlike a ready-made decoder it hands out every byte that came
//! before the damage, says where the stream ends, and leaves what follows untouched.

use crate::open::fault::Fault;
use flate2::{Decompress, FlushDecompress, Status};
use std::io::{self, BufRead};
/// What one step gave.
pub(crate) struct InflateStep {
    /// Bytes written to the buffer. Zero only at the end of the stream.
    pub(crate) made: usize,
    /// The stream ended with these bytes.
    pub(crate) ended: bool,
}

/// A DEFLATE stream being read.
pub(crate) struct Inflate {
    state: Decompress,
    fault: Option<Fault>,
}

impl Inflate {
    pub(crate) fn new() -> Inflate {
        Inflate { state: Decompress::new(false), fault: None }
    }

    /// Begins another stream.
    pub(crate) fn reset(&mut self) {
        self.state.reset(false);
        self.fault = None;
    }

    /// Compressed bytes used so far.
    pub(crate) fn used(&self) -> u64 {
        self.state.total_in()
    }

    /// Expands into a buffer that is not empty.
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
            let (used, made) = (self.state.total_in(), self.state.total_out());
            let status = self.state.decompress(chunk, buffer, FlushDecompress::None);
            let used = (self.state.total_in() - used) as usize;
            let made = (self.state.total_out() - made) as usize;
            input.consume(used);
            match status {
                Ok(Status::StreamEnd) => return Ok(InflateStep { made, ended: true }),
                Err(_) => self.fail(Fault::damaged(self.place("is damaged"))),
                Ok(_) if used == 0 && made == 0 && at_end => {
                    self.fail(Fault::truncated(self.place("ends early")));
                }
                Ok(_) if used == 0 && made == 0 => {
                    self.fail(Fault::damaged(self.place("does not go on")));
                }
                Ok(_) => {}
            }
            match &self.fault {
                _ if made > 0 => return Ok(InflateStep { made, ended: false }),
                Some(fault) => return Err(fault.clone().into()),
                None => {}
            }
        }
    }

    fn fail(&mut self, fault: Fault) {
        self.fault = Some(fault);
    }

    fn place(&self, what: &str) -> String {
        let (used, made) = (self.state.total_in(), self.state.total_out());
        format!("the compressed stream {what} at byte {used}, after {made} bytes of content")
    }
}
