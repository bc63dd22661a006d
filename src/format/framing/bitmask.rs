//! Bit masks over 64 bytes at a time: the positions of a byte, the text between quotes, the end of odd
//! runs. The vector width is selected at run time. Knows nothing of formats.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x64};

/// Bytes of a chunk; each has one bit in a mask.
pub const CHUNK: usize = 64;

/// Chunks that are searched together.
const GROUP: usize = 4;

/// The bytes of one mask.
#[derive(Clone, Copy)]
pub struct Chunk<S: Simd>(u8x64<S>);

impl<S: Simd> Chunk<S> {
    /// The chunk at `offset`; `None` if the block ends inside it.
    #[inline(always)]
    pub fn load(simd: S, block: &[u8], offset: usize) -> Option<Chunk<S>> {
        let bytes: &[u8; CHUNK] = block.get(offset..)?.first_chunk()?;
        Some(Chunk(u8x64::from_slice(simd, bytes)))
    }

    /// A bit for each position of `byte`.
    #[inline(always)]
    pub fn positions(self, byte: u8) -> u64 {
        self.0.simd_eq(byte).to_bitmask()
    }

    /// The positions of `byte` in each chunk of a group; `None` if the block ends inside the group.
    #[inline(always)]
    fn positions_in_group(simd: S, block: &[u8], offset: usize, byte: u8) -> Option<[u64; GROUP]> {
        let bytes: &[u8; GROUP * CHUNK] = block.get(offset..)?.first_chunk()?;
        let (chunks, _) = bytes.as_chunks::<CHUNK>();
        let mut masks = [0; GROUP];
        // Not a `map`: its closure is not always compiled as vector code.
        for (mask, chunk) in masks.iter_mut().zip(chunks) {
            *mask = Chunk(u8x64::from_slice(simd, chunk)).positions(byte);
        }
        Some(masks)
    }

    /// A bit for each byte that equals `one` or `other` once its bit 0x20 is set.
    #[inline(always)]
    pub fn positions_folded(self, one: u8, other: u8) -> u64 {
        let folded = self.0 | 0x20;
        (folded.simd_eq(one) | folded.simd_eq(other)).to_bitmask()
    }
}

/// Calls `report` with every position of `byte` from `from` on, ascending. For frequent bytes such as
/// line ends, this is faster than repeated searches for the next one.
#[inline]
pub fn for_each_position(block: &[u8], from: usize, byte: u8, mut report: impl FnMut(usize)) {
    dispatch!(Level::new(), simd => for_each_position_with(simd, block, from, byte, &mut report));
}

#[inline(always)]
fn for_each_position_with<S: Simd>(
    simd: S,
    block: &[u8],
    from: usize,
    byte: u8,
    report: &mut impl FnMut(usize),
) {
    let mut offset = from;
    let mut report_mask = |offset: usize, mut mask: u64| {
        while mask != 0 {
            report(offset + mask.trailing_zeros() as usize);
            mask &= mask - 1;
        }
    };
    // A group needs one test, because most chunks do not contain the byte.
    while let Some(masks) = Chunk::positions_in_group(simd, block, offset, byte) {
        if masks.iter().fold(0, |any, mask| any | mask) != 0 {
            for (number, mask) in masks.into_iter().enumerate() {
                report_mask(offset + number * CHUNK, mask);
            }
        }
        offset += GROUP * CHUNK;
    }
    while let Some(chunk) = Chunk::load(simd, block, offset) {
        report_mask(offset, chunk.positions(byte));
        offset += CHUNK;
    }
    let rest = block.get(offset..).unwrap_or_default();
    for (index, _) in rest.iter().enumerate().filter(|(_, candidate)| **candidate == byte) {
        report(offset + index);
    }
}

/// Bit `i` of the result is the parity of the bits 0 to `i`, inclusive.
#[inline(always)]
pub fn parity(bits: u64) -> u64 {
    let mut p = bits;
    for shift in [1, 2, 4, 8, 16, 32] {
        p ^= p << shift;
    }
    p
}

/// A bit for each position directly after a run of an odd number of set bits. The caller guarantees
/// that no run reaches the last bit.
#[inline(always)]
pub fn after_odd_runs(bits: u64) -> u64 {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    let starts = bits & !(bits << 1);
    let after_even_starts = bits.wrapping_add(starts & EVEN) & !bits;
    let after_odd_starts = bits.wrapping_add(starts & !EVEN) & !bits;
    (after_even_starts & !EVEN) | (after_odd_starts & EVEN)
}

/// The number of bytes of a chunk before a run at its end, so that the run is not split.
#[inline(always)]
pub fn length_before_last_run(bits: u64) -> usize {
    CHUNK - bits.leading_ones() as usize
}

#[inline(always)]
pub fn lowest(count: usize) -> u64 {
    if count >= CHUNK { u64::MAX } else { (1 << count) - 1 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The positions in one chunk, the same with the widest and the narrowest vectors.
    fn positions(bytes: &[u8], byte: u8, folded: bool) -> u64 {
        let mask = |level: Level| {
            dispatch!(level, simd => {
                let chunk = Chunk::load(simd, bytes, 0).unwrap();
                if folded { chunk.positions_folded(byte, byte + 2) } else { chunk.positions(byte) }
            })
        };
        let widest = mask(Level::new());
        assert_eq!(mask(Level::baseline()), widest);
        widest
    }

    proptest! {
        #[test]
        fn every_position_is_reported_once(bytes in prop::collection::vec(prop_oneof![8 => 0_u8..2, 1 => Just(2)], 0..900), from in 0_usize..920) {
            let mut reported = Vec::new();
            for_each_position(&bytes, from, 2, |position| reported.push(position));
            let expected: Vec<usize> = (from..bytes.len()).filter(|at| bytes[*at] == 2).collect();
            prop_assert_eq!(reported, expected);
        }

        #[test]
        fn masks_agree_with_bytes(bytes in prop::collection::vec(prop::sample::select(b"\"\\{}[]a\n".to_vec()), CHUNK)) {
            let quotes = positions(&bytes, b'"', false);
            let braces = positions(&bytes, b'{', true);
            let mut inside = false;
            for (at, byte) in bytes.iter().enumerate() {
                prop_assert_eq!(quotes >> at & 1 == 1, *byte == b'"');
                inside ^= *byte == b'"';
                prop_assert_eq!(parity(quotes) >> at & 1 == 1, inside);
                prop_assert_eq!(braces >> at & 1 == 1, b"{}[]".contains(byte));
            }
        }

        #[test]
        fn odd_runs_are_found(bits: u64) {
            let bits = bits & !(1 << 63);
            let mut run = 0;
            for at in 0..64 {
                let set = bits >> at & 1 == 1;
                prop_assert_eq!(after_odd_runs(bits) >> at & 1 == 1, !set && run % 2 == 1);
                run = if set { run + 1 } else { 0 };
            }
        }
    }
}
