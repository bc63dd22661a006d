//! The way through the inside of a row, sixty-four bytes at a time. Whatever is unusual is left to
//! the steps of single bytes, so that both see the same rows.

use super::{JsonScanner, is_blank};
use crate::format::masks::{self, CHUNK};

/// A chunk holds something that has to be looked at byte by byte.
struct Unusual;

impl JsonScanner {
    /// True inside a row of an array, where no key and no wrapper is of interest.
    pub(super) fn in_row(&self) -> bool {
        self.rows_at.is_some_and(|rows_at| self.depth > rows_at)
    }

    /// Goes on in whole chunks inside a row and stops in front of its closing bracket, or in front
    /// of a chunk that holds anything unusual.
    pub(super) fn stride(&mut self, block: &[u8], from: usize) -> usize {
        let Some(rows_at) = self.rows_at else { return from };
        let mut at = from;
        while let Some(chunk) = masks::chunk(block, at) {
            let slashes = masks::places(chunk, b'\\');
            let taken = masks::before_last_run(slashes);
            let escaped = masks::behind_odd_runs(slashes & masks::lowest(taken));
            let quotes = masks::places(chunk, b'"') & !escaped & masks::lowest(taken);
            let inside = masks::parity(quotes) ^ if self.quoted { u64::MAX } else { 0 };
            let stray = slashes & !inside & masks::lowest(taken);
            let line_end = masks::holds(chunk, b'\n') && masks::places(chunk, b'\n') & inside != 0;
            if taken == 0 || stray != 0 || line_end {
                break;
            }
            if masks::holds_folded(chunk, b'{', b'}') {
                let outside = !inside & masks::lowest(taken);
                match self.brackets(block, at, chunk, outside, rows_at) {
                    Ok(None) => {}
                    Ok(Some(close)) => {
                        self.quoted = false;
                        return close;
                    }
                    Err(Unusual) => break,
                }
            }
            self.quoted = inside >> (taken - 1) & 1 == 1;
            at += taken;
        }
        if at > from && !self.quoted {
            let before = block[..at].iter().rev().find(|b| !is_blank(**b));
            self.last = before.copied().unwrap_or(0);
        }
        at
    }

    /// Follows the brackets of a chunk; `Some` is the place of the one that closes the row. The
    /// depth is left as it was when something is unusual.
    fn brackets(
        &mut self,
        block: &[u8],
        at: usize,
        chunk: &[u8; CHUNK],
        outside: u64,
        rows_at: usize,
    ) -> Result<Option<usize>, Unusual> {
        let braces = masks::places(chunk, b'{');
        let opens = (braces | masks::places(chunk, b'[')) & outside;
        let closes = (masks::places(chunk, b'}') | masks::places(chunk, b']')) & outside;
        let (mut left, mut depth) = (opens | closes, self.depth);
        while left != 0 {
            let bit = left & left.wrapping_neg();
            left ^= bit;
            let here = at + bit.trailing_zeros() as usize;
            if closes & bit != 0 {
                if depth == rows_at + 1 {
                    self.depth = depth;
                    return Ok(Some(here));
                }
                depth -= 1;
            } else {
                let keyed = || block[..here].iter().rev().find(|b| !is_blank(**b));
                if depth == rows_at + 1 && braces & bit != 0 && keyed() != Some(&b':') {
                    return Err(Unusual);
                }
                depth += 1;
            }
        }
        self.depth = depth;
        Ok(None)
    }
}
