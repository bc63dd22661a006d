//! The 4-byte words that the kernel looks up: how they are folded and hashed.

/// Bytes of a word, and distance between the words of a block that are looked up.
pub(crate) const WORD: usize = 4;

/// Shortest literal in bytes that the kernel can search for. A word of it may start up to one byte
/// before the literal: the unknown byte has 128 folded values, and all of them are set. With two
/// unknown bytes it would be 16,384.
pub(crate) const SHORTEST: usize = 6;

/// The bit of each byte that folds ASCII letters.
pub(crate) const FOLD: u32 = 0x2020_2020;

/// Folds the ASCII letters of a word. The bit is set in all bytes, so some other bytes become equal
/// too; the final comparison distinguishes them.
pub(crate) fn folded(word: [u8; WORD]) -> u32 {
    u32::from_le_bytes(word) | FOLD
}

/// Bits of a hash. A bitmap of 2^17 bits takes 16 KiB, half of a usual first-level cache; the block
/// uses the other half.
pub(crate) const HASH_BITS: u32 = 17;

pub(crate) const HASHES: usize = 1 << HASH_BITS;

/// 2^32 over the golden ratio.
pub(crate) const FACTOR: u32 = 0x9E37_79B1;

/// Index of a folded word in the bitmap: the upper bits of a product.
pub(crate) fn hash(word: u32) -> usize {
    (word.wrapping_mul(FACTOR) >> (u32::BITS - HASH_BITS)) as usize
}
