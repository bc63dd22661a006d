//! Sixty-four bytes at a time: where a byte stands, what is between quotes, what follows an odd
//! run. Plain loops that compilers turn into vector code; no platform is named. Knows nothing of
//! formats.

/// Bytes looked at together: one bit each.
pub const CHUNK: usize = 64;

/// The chunk at `at`, if the block holds a whole one.
pub fn chunk(block: &[u8], at: usize) -> Option<&[u8; CHUNK]> {
    block.get(at..)?.first_chunk()
}

/// A bit for each place of `byte`.
#[inline(always)]
pub fn places(chunk: &[u8; CHUNK], byte: u8) -> u64 {
    let mut found = [0_u8; CHUNK];
    for (mark, b) in found.iter_mut().zip(chunk) {
        *mark = u8::from(*b == byte);
    }
    let (words, _) = found.as_chunks::<8>();
    let mut bits = 0;
    for (at, word) in words.iter().enumerate() {
        // Gathers the low bits of eight bytes into the top byte.
        let gathered = u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits |= gathered << (8 * at);
    }
    bits
}

/// True when any of the bytes, with bit 0x20 set, is one of the two.
#[inline(always)]
pub fn holds_folded(chunk: &[u8; CHUNK], one: u8, other: u8) -> bool {
    let mut found = 0_u8;
    for b in chunk {
        found |= u8::from(b | 0x20 == one) | u8::from(b | 0x20 == other);
    }
    found != 0
}

/// True when the byte stands anywhere.
#[inline(always)]
pub fn holds(chunk: &[u8; CHUNK], byte: u8) -> bool {
    let mut found = 0_u8;
    for b in chunk {
        found |= u8::from(*b == byte);
    }
    found != 0
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

    proptest! {
        #[test]
        fn bits_say_what_bytes_say(bytes in prop::collection::vec(prop::sample::select(b"\"\\{}[]a\n".to_vec()), CHUNK)) {
            let chunk = chunk(&bytes, 0).unwrap();
            let quotes = places(chunk, b'"');
            let mut inside = false;
            for (at, byte) in bytes.iter().enumerate() {
                prop_assert_eq!(quotes >> at & 1 == 1, *byte == b'"');
                inside ^= *byte == b'"';
                prop_assert_eq!(parity(quotes) >> at & 1 == 1, inside);
            }
            prop_assert_eq!(holds(chunk, b'\n'), bytes.contains(&b'\n'));
            let brackets = bytes.iter().any(|b| b"{}[]".contains(b));
            prop_assert_eq!(holds_folded(chunk, b'{', b'}'), brackets);
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
