//! Scans CSV rows 64 bytes at a time, as long as every quote is at a regular position. Chunks with other
//! quotes are left to the scan byte by byte in `csv`, so that both find the same rows.

use fearless_simd::{Level, Simd, dispatch};

use crate::format::framing::bitmask;
use crate::format::framing::bitmask::{CHUNK, Chunk};
use crate::format::framing::csv::{CsvFrames, MAX_QUOTED, RowState};
use crate::format::framing::frames::Frames;

impl CsvFrames {
    /// Scans whole chunks as long as every quote is at a regular position, and ends the rows in them.
    /// Returns the offset at which the scan byte by byte has to continue.
    pub(crate) fn stride(
        &mut self,
        block: &[u8],
        row: &mut RowState,
        from: usize,
        frames: &mut Frames,
    ) -> usize {
        dispatch!(Level::new(), simd => self.stride_with(simd, block, row, from, frames))
    }

    #[inline(always)]
    fn stride_with<S: Simd>(
        &mut self,
        simd: S,
        block: &[u8],
        row: &mut RowState,
        from: usize,
        frames: &mut Frames,
    ) -> usize {
        let mut at = from;
        // The byte after the chunk is read, too.
        while at + CHUNK < block.len() && at + CHUNK - row.start < MAX_QUOTED {
            let Some(chunk) = Chunk::load(simd, block, at) else { break };
            let line_ends = chunk.positions(b'\n');
            let mut quotes = chunk.positions(b'"');
            let (mut taken, mut outside) = (CHUNK, if self.quoted { 0 } else { u64::MAX });
            if quotes != 0 {
                taken = bitmask::length_before_last_run(quotes);
                quotes &= bitmask::lowest(taken);
                outside ^= bitmask::parity(quotes);
                let starts_cell = at == row.start || block[at - 1] == self.delimiter;
                if taken == 0
                    || !self.has_regular_quotes(chunk, quotes, !outside, line_ends, starts_cell)
                {
                    break;
                }
            }
            let line_ends = line_ends & bitmask::lowest(taken);
            self.quoted = outside >> (taken - 1) & 1 == 0;
            self.end_rows(block, (at, line_ends, line_ends & outside), row, frames);
            at += taken;
        }
        at
    }

    /// Ends the rows that end in a chunk.
    #[inline(always)]
    fn end_rows(
        &mut self,
        block: &[u8],
        (at, line_ends, mut row_ends): (usize, u64, u64),
        row: &mut RowState,
        frames: &mut Frames,
    ) {
        let mut counted = 0;
        while row_ends != 0 {
            let up_to_end = row_ends ^ (row_ends - 1);
            let line_count = u64::from((line_ends & up_to_end).count_ones());
            row.ahead += line_count - counted;
            counted = line_count;
            self.end_row(block, at + row_ends.trailing_zeros() as usize + 1, row, frames);
            row_ends &= row_ends - 1;
        }
        row.ahead += u64::from(line_ends.count_ones()) - counted;
    }

    /// True when each run of quotes opens a cell at its start, closes it at its end, is inside it, or is
    /// an empty cell. `starts_cell` says that a cell begins with the chunk.
    #[inline(always)]
    fn has_regular_quotes<S: Simd>(
        &self,
        chunk: Chunk<S>,
        quotes: u64,
        inside: u64,
        line_ends: u64,
        starts_cell: bool,
    ) -> bool {
        let delimiters = chunk.positions(self.delimiter);
        let inside_before = inside << 1 | u64::from(self.quoted);
        let from_outside = quotes & !(quotes << 1) & !inside_before;
        let to_outside = quotes << 1 & !quotes & !(inside << 1);
        let in_cell = to_outside & !(delimiters | line_ends);
        let cell_starts = (delimiters | line_ends) << 1 | u64::from(starts_cell);
        from_outside & !cell_starts == 0 && (in_cell == 0 || in_cell & !chunk.positions(b'\r') == 0)
    }
}
