//! Scans the inside of a JSON row 64 bytes at a time. Irregular chunks are left to the scan byte by byte
//! in `json`, so that both find the same rows.

use fearless_simd::{Level, Simd, dispatch};

use crate::format::framing::bitmask;
use crate::format::framing::bitmask::Chunk;
use crate::format::framing::json::{JsonScanner, is_blank};

/// The chunk has to be scanned byte by byte.
struct Unusual;

impl JsonScanner {
    /// True inside a row of an array, where neither keys nor the wrapper have to be stored.
    pub(crate) fn in_row(&self) -> bool {
        self.rows_at.is_some_and(|rows_at| self.depth > rows_at)
    }

    /// Scans whole chunks inside a row. Returns the offset of its closing bracket or of a chunk that has
    /// to be scanned byte by byte.
    pub(crate) fn stride(&mut self, block: &[u8], from: usize) -> usize {
        dispatch!(Level::new(), simd => self.stride_with(simd, block, from))
    }

    #[inline(always)]
    fn stride_with<S: Simd>(&mut self, simd: S, block: &[u8], from: usize) -> usize {
        let Some(rows_at) = self.rows_at else { return from };
        let mut at = from;
        while let Some(chunk) = Chunk::load(simd, block, at) {
            let slashes = chunk.positions(b'\\');
            let taken = bitmask::length_before_last_run(slashes);
            let escaped = bitmask::after_odd_runs(slashes & bitmask::lowest(taken));
            let quotes = chunk.positions(b'"') & !escaped & bitmask::lowest(taken);
            let inside = bitmask::parity(quotes) ^ if self.quoted { u64::MAX } else { 0 };
            let stray = slashes & !inside & bitmask::lowest(taken);
            let line_ends = chunk.positions(b'\n') & inside;
            if taken == 0 || stray != 0 || line_ends != 0 {
                break;
            }
            let brackets = chunk.positions_folded(b'{', b'}') & !inside & bitmask::lowest(taken);
            if brackets != 0 {
                match self.follow_brackets(block, at, brackets, rows_at) {
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

    /// Follows the brackets of a chunk. Returns the offset of the one that closes the row, if it is in
    /// the chunk. On an error, the depth is unchanged.
    fn follow_brackets(
        &mut self,
        block: &[u8],
        at: usize,
        mut brackets: u64,
        rows_at: usize,
    ) -> Result<Option<usize>, Unusual> {
        let mut depth = self.depth;
        while brackets != 0 {
            let here = at + brackets.trailing_zeros() as usize;
            brackets &= brackets - 1;
            if matches!(block[here], b'}' | b']') {
                if depth == rows_at + 1 {
                    self.depth = depth;
                    return Ok(Some(here));
                }
                depth -= 1;
            } else {
                let previous = || block[..here].iter().rev().find(|b| !is_blank(**b));
                if depth == rows_at + 1 && block[here] == b'{' && previous() != Some(&b':') {
                    return Err(Unusual);
                }
                depth += 1;
            }
        }
        self.depth = depth;
        Ok(None)
    }
}
