//! Sixty-four bytes at a time: where a byte stands, what is between quotes, what follows an odd
//! run. How wide the machine looks is chosen while the program runs. Knows nothing of formats.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x64};

/// Bytes looked at together: one bit each.
pub const CHUNK: usize = 64;

/// Chunks that are asked together.
const SEVERAL: usize = 4;

/// Bytes looked at together.
#[derive(Clone, Copy)]
pub struct Chunk<S: Simd>(u8x64<S>);

impl<S: Simd> Chunk<S> {
    /// The chunk at `at`, if the block holds a whole one.
    #[inline(always)]
    pub fn at(simd: S, block: &[u8], at: usize) -> Option<Chunk<S>> {
        let bytes: &[u8; CHUNK] = block.get(at..)?.first_chunk()?;
        Some(Chunk(u8x64::from_slice(simd, bytes)))
    }

    /// A bit for each place of `byte`.
    #[inline(always)]
    pub fn places(self, byte: u8) -> u64 {
        self.0.simd_eq(byte).to_bitmask()
    }

    /// The same for each of several chunks, if the block holds them all.
    #[inline(always)]
    fn places_in_several(simd: S, block: &[u8], at: usize, byte: u8) -> Option<[u64; SEVERAL]> {
        let bytes: &[u8; SEVERAL * CHUNK] = block.get(at..)?.first_chunk()?;
        let (chunks, _) = bytes.as_chunks::<CHUNK>();
        let mut places = [0; SEVERAL];
        // A plain loop: the closure of a `map` is not always compiled as vector code.
        for (places, chunk) in places.iter_mut().zip(chunks) {
            *places = Chunk(u8x64::from_slice(simd, chunk)).places(byte);
        }
        Some(places)
    }

    /// A bit for each byte that is, with bit 0x20 set, one of the two.
    #[inline(always)]
    pub fn places_folded(self, one: u8, other: u8) -> u64 {
        let folded = self.0 | 0x20;
        (folded.simd_eq(one) | folded.simd_eq(other)).to_bitmask()
    }
}

/// Tells every place of `byte` at `from` and behind, ascending. For bytes that stand close to each
/// other, as line ends do: a search for the next one begins again every time.
#[inline]
pub fn each_place(block: &[u8], from: usize, byte: u8, mut tell: impl FnMut(usize)) {
    dispatch!(Level::new(), simd => each_place_with(simd, block, from, byte, &mut tell));
}

#[inline(always)]
fn each_place_with<S: Simd>(
    simd: S,
    block: &[u8],
    from: usize,
    byte: u8,
    tell: &mut impl FnMut(usize),
) {
    let mut at = from;
    let mut tell_all = |at: usize, mut places: u64| {
        while places != 0 {
            tell(at + places.trailing_zeros() as usize);
            places &= places - 1;
        }
    };
    // Asked for several chunks at once, because most hold none.
    while let Some(places) = Chunk::places_in_several(simd, block, at, byte) {
        if places.iter().fold(0, |any, places| any | places) != 0 {
            for (number, places) in places.into_iter().enumerate() {
                tell_all(at + number * CHUNK, places);
            }
        }
        at += SEVERAL * CHUNK;
    }
    while let Some(chunk) = Chunk::at(simd, block, at) {
        tell_all(at, chunk.places(byte));
        at += CHUNK;
    }
    let rest = block.get(at..).unwrap_or_default();
    for (behind, _) in rest.iter().enumerate().filter(|(_, found)| **found == byte) {
        tell(at + behind);
    }
}

/// Bit `i` of the result is the parity of the bits up to and with `i`.
#[inline(always)]
pub fn parity(bits: u64) -> u64 {
    let mut p = bits;
    for shift in [1, 2, 4, 8, 16, 32] {
        p ^= p << shift;
    }
    p
}

/// A bit for each place right behind a run of an odd number of set bits. Runs must begin and end
/// inside the word.
#[inline(always)]
pub fn behind_odd_runs(bits: u64) -> u64 {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    let starts = bits & !(bits << 1);
    let behind_even_starts = bits.wrapping_add(starts & EVEN) & !bits;
    let behind_odd_starts = bits.wrapping_add(starts & !EVEN) & !bits;
    (behind_even_starts & !EVEN) | (behind_odd_starts & EVEN)
}

/// How many bytes of the chunk to take so that a run at its end is not cut.
#[inline(always)]
pub fn before_last_run(bits: u64) -> usize {
    CHUNK - bits.leading_ones() as usize
}

/// The lowest `count` bits.
#[inline(always)]
pub fn lowest(count: usize) -> u64 {
    if count >= CHUNK { u64::MAX } else { (1 << count) - 1 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The places of some bytes, as the widest and as the narrowest machine sees them.
    fn places(bytes: &[u8], byte: u8, folded: bool) -> u64 {
        let of = |level: Level| {
            dispatch!(level, simd => {
                let chunk = Chunk::at(simd, bytes, 0).unwrap();
                if folded { chunk.places_folded(byte, byte + 2) } else { chunk.places(byte) }
            })
        };
        let found = of(Level::new());
        assert_eq!(of(Level::baseline()), found);
        found
    }

    proptest! {
        #[test]
        fn every_place_is_told_once(bytes in prop::collection::vec(prop_oneof![8 => 0_u8..2, 1 => Just(2)], 0..900), from in 0_usize..920) {
            let mut told = Vec::new();
            each_place(&bytes, from, 2, |at| told.push(at));
            let expected: Vec<usize> = (from..bytes.len()).filter(|at| bytes[*at] == 2).collect();
            prop_assert_eq!(told, expected);
        }

        #[test]
        fn bits_say_what_bytes_say(bytes in prop::collection::vec(prop::sample::select(b"\"\\{}[]a\n".to_vec()), CHUNK)) {
            let quotes = places(&bytes, b'"', false);
            let braces = places(&bytes, b'{', true);
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
                prop_assert_eq!(behind_odd_runs(bits) >> at & 1 == 1, !set && run % 2 == 1);
                run = if set { run + 1 } else { 0 };
            }
        }
    }
}
