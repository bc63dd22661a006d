//! The way through a row, sixty-four bytes at a time, as long as every quote is where it may be.
//! Whatever is unusual is left to the steps of single bytes, so that both see the same rows.

use fearless_simd::{Level, Simd, dispatch};

use super::{CsvFrames, MAX_QUOTED};
use crate::format::masks::{self, CHUNK, Chunk};

impl CsvFrames {
    /// Goes on in whole chunks as long as every quote is where it may be. `Ok` is the end of the
    /// row, `Err` where byte by byte has to go on.
    pub(super) fn stride(&mut self, block: &[u8], row: usize, from: usize) -> Result<usize, usize> {
        dispatch!(Level::new(), simd => self.stride_with(simd, block, row, from))
    }

    #[inline(always)]
    fn stride_with<S: Simd>(
        &mut self,
        simd: S,
        block: &[u8],
        row: usize,
        from: usize,
    ) -> Result<usize, usize> {
        let mut at = from;
        // One byte behind the chunk is looked at, too.
        while at + CHUNK < block.len() && at + CHUNK - row < MAX_QUOTED {
            let Some(chunk) = Chunk::at(simd, block, at) else { break };
            let mut quotes = chunk.places(b'"');
            if quotes == 0 && self.quoted {
                at += CHUNK;
                continue;
            }
            let taken = masks::before_last_run(quotes);
            quotes &= masks::lowest(taken);
            let inside = masks::parity(quotes) ^ if self.quoted { u64::MAX } else { 0 };
            let ends = chunk.places(b'\n') & !inside & masks::lowest(taken);
            let before = ends & ends.wrapping_neg();
            // What stands behind the end of the row is the next row's business.
            let up_to_end = if before == 0 { u64::MAX } else { before | (before - 1) };
            let starts_cell = at == row || block[at - 1] == self.delimiter;
            if taken == 0 || !self.in_place(chunk, quotes & up_to_end, inside, starts_cell) {
                break;
            }
            if before != 0 {
                self.quoted = false;
                return Ok(at + before.trailing_zeros() as usize + 1);
            }
            self.quoted = inside >> (taken - 1) & 1 == 1;
            at += taken;
        }
        Err(at)
    }

    /// True when each run of quotes opens a cell at its start, closes it at its end, stands inside
    /// it, or is an empty cell. `starts_cell` says that the chunk begins with a cell.
    #[inline(always)]
    fn in_place<S: Simd>(
        &self,
        chunk: Chunk<S>,
        quotes: u64,
        inside: u64,
        starts_cell: bool,
    ) -> bool {
        let delimiters = chunk.places(self.delimiter);
        let inside_before = inside << 1 | u64::from(self.quoted);
        let from_outside = quotes & !(quotes << 1) & !inside_before;
        let to_outside = quotes << 1 & !quotes & !(inside << 1);
        let in_cell = to_outside & !delimiters;
        from_outside & !(delimiters << 1 | u64::from(starts_cell)) == 0
            && (in_cell == 0 || in_cell & !(chunk.places(b'\r') | chunk.places(b'\n')) == 0)
    }
}
