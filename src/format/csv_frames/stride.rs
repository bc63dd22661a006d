//! The way through a row, sixty-four bytes at a time, as long as every quote is where it may be.
//! Whatever is unusual is left to the steps of single bytes, so that both see the same rows.

use super::{CsvFrames, MAX_QUOTED};
use crate::format::masks::{self, CHUNK};

impl CsvFrames {
    /// Goes on in whole chunks as long as every quote is where it may be. `Ok` is the end of the
    /// row, `Err` where byte by byte has to go on.
    pub(super) fn stride(&mut self, block: &[u8], row: usize, from: usize) -> Result<usize, usize> {
        let mut at = from;
        // One byte behind the chunk is looked at, too.
        while at + CHUNK < block.len() && at + CHUNK - row < MAX_QUOTED {
            let Some(chunk) = masks::chunk(block, at) else { break };
            let mut quotes = masks::places(chunk, b'"');
            if quotes == 0 && self.quoted {
                at += CHUNK;
                continue;
            }
            let taken = masks::before_last_run(quotes);
            quotes &= masks::lowest(taken);
            let inside = masks::parity(quotes) ^ if self.quoted { u64::MAX } else { 0 };
            let ends = masks::places(chunk, b'\n') & !inside & masks::lowest(taken);
            let before = ends & ends.wrapping_neg();
            // What stands behind the end of the row is the next row's business.
            let up_to_end = if before == 0 { u64::MAX } else { before | (before - 1) };
            let odd = masks::behind_odd_runs(quotes);
            // An even run changes nothing inside a cell; outside it is an empty cell, or should be.
            let empty = quotes << 1 & !quotes & !odd & !(inside << 1);
            let runs = (odd | empty) & up_to_end;
            if taken == 0 || !self.in_place(block, row, at, runs, quotes, inside) {
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

    /// True when each of these runs of quotes opens a cell at its start, closes it at its end, or
    /// is an empty cell.
    fn in_place(
        &self,
        block: &[u8],
        row: usize,
        at: usize,
        mut runs: u64,
        quotes: u64,
        inside: u64,
    ) -> bool {
        while runs != 0 {
            let behind = runs.trailing_zeros() as usize;
            runs &= runs - 1;
            let run = (quotes << (CHUNK - behind)).leading_ones() as usize;
            let (start, next) = (at + behind - run, block[at + behind]);
            let starts_cell = start == row || block[start - 1] == self.delimiter;
            let ends_cell = next == self.delimiter || matches!(next, b'\r' | b'\n');
            let opened = inside >> (behind - 1) & 1 == 1;
            let right = match (opened, run % 2 == 1) {
                (true, _) => starts_cell,
                (false, true) => ends_cell,
                (false, false) => ends_cell || !starts_cell,
            };
            if !right {
                return false;
            }
        }
        true
    }
}
