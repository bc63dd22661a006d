//! The 4-byte words that the kernel looks up: how they are folded and hashed.

/// Bytes of a word, and between the words that are looked at.
pub(crate) const WORD: usize = 4;

/// Shortest literal that can be searched: the grid misses at most three bytes of it, and a word
/// of which one byte is not known is still set in all its 128 folded forms; of which two are not,
/// 16,384 would have to be.
pub(crate) const SHORTEST: usize = 6;

/// The bit of each byte that folds ASCII letters.
pub(crate) const FOLD: u32 = 0x2020_2020;

/// A word with ASCII letters folded. The bit that folds them is set in all bytes, which takes some
/// other pairs of bytes together too; the comparison tells them apart.
pub(crate) fn folded(word: [u8; WORD]) -> u32 {
    u32::from_le_bytes(word) | FOLD
}

/// Bits of a hash. 2^17 of them are 16 KiB: half of a usual first-level cache, so that the block
/// has the other half.
pub(crate) const HASH_BITS: u32 = 17;

/// How many hashes there are.
pub(crate) const HASHES: usize = 1 << HASH_BITS;

/// 2^32 over the golden ratio.
pub(crate) const FACTOR: u32 = 0x9E37_79B1;

/// Where a folded word stands in the bitmap: the upper bits of a product.
pub(crate) fn hash(word: u32) -> usize {
    (word.wrapping_mul(FACTOR) >> (u32::BITS - HASH_BITS)) as usize
}
