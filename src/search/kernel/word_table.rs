//! The bitmap of words and, for each word, the literals that contain it. Compares no literal.
//!
//! A word sets two bits of one cell, so that one memory access tests both, and hardly any other
//! word has both set.

use fearless_simd::prelude::*;
use fearless_simd::u32x16;

use crate::search::kernel::word::{FACTOR, HASH_BITS, HASHES, WORD, folded, hash};

/// Bits of a cell: as many as a word has, so that vector code for words can load cells.
const CELL: usize = 32;

pub(crate) const CELLS: usize = HASHES / CELL;

/// Position in the product of the number of the second bit: the five bits below the hash.
const SECOND: u32 = u32::BITS - HASH_BITS - CELL.trailing_zeros();

/// Number of a word's second bit in its cell.
fn second_bit(word: u32) -> usize {
    (word.wrapping_mul(FACTOR) >> SECOND) as usize % CELL
}

/// A word and a literal that contains it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct WordEntry {
    /// The word, folded.
    pub word: u32,
    /// Number of the literal.
    pub literal: u32,
    /// Offset of the word in the literal; -1 for one that begins a byte before it.
    pub offset: i32,
    /// Another word of the literal, folded, as far from this one as possible. Most false candidates
    /// lack it, and comparing it here saves a memory access to the literal.
    pub other: u32,
    /// Offset of `other` in the literal.
    pub other_at: u32,
}

impl WordEntry {
    pub fn new(literal: &[u8], number: u32, offset: i32, word: u32) -> WordEntry {
        let last = literal.len() - WORD;
        let other_at = if offset as usize > last / 2 && offset > 0 { 0 } else { last };
        let other = literal[other_at..].first_chunk().map_or(0, |other| folded(*other));
        WordEntry { word, literal: number, offset, other, other_at: other_at as u32 }
    }

    /// Start of the literal if its word is at `at`. Nothing if it would start before the block, or
    /// if its other word is not in its position.
    pub fn start(&self, block: &[u8], at: usize) -> Option<usize> {
        let start = at.checked_add_signed(-(self.offset as isize))?;
        let other = block.get(start + self.other_at as usize..)?.first_chunk()?;
        (folded(*other) == self.other).then_some(start)
    }
}

#[derive(Debug)]
pub(crate) struct WordTable {
    bits: Box<[u32; CELLS]>,
    /// Index of the first entry of each cell, and the number of entries at the end.
    begins: Box<[u32; CELLS + 1]>,
    /// Sorted by cell, then by word.
    entries: Vec<WordEntry>,
}

impl WordTable {
    pub fn new(mut entries: Vec<WordEntry>) -> WordTable {
        entries.sort_unstable_by_key(|entry| (hash(entry.word), *entry));
        let mut bits = Box::new([0_u32; CELLS]);
        let mut begins = Box::new([0_u32; CELLS + 1]);
        for entry in &entries {
            let at = hash(entry.word);
            bits[at / CELL] |= 1 << (at % CELL) | 1 << second_bit(entry.word);
            begins[at / CELL + 1] += 1;
        }
        let mut sum = 0;
        for begin in begins.iter_mut() {
            sum += *begin;
            *begin = sum;
        }
        WordTable { bits, begins, entries }
    }

    /// Odd if the bits of this word are set. The other bits have no meaning: masking them once for
    /// many words is faster than for each word.
    pub fn lookup(&self, word: u32) -> u32 {
        let at = hash(word);
        let cell = self.bits[at / CELL];
        (cell >> (at % CELL)) & (cell >> second_bit(word))
    }

    /// One bit for each of sixteen words, set if the table holds the word. Uses vector code except
    /// for loading the cells.
    #[inline(always)]
    pub fn candidates<S: Simd>(&self, words: u32x16<S>) -> u32 {
        let products = words * FACTOR;
        let hashes = products >> (u32::BITS - HASH_BITS);
        let numbers: [u32; 16] = (hashes >> CELL.trailing_zeros()).into();
        let mut cells = [0; 16];
        // A plain loop, since `map` is not always inlined. The remainder changes no index, as a
        // hash has no bit above `HASH_BITS`, but it removes the bounds check.
        for (cell, number) in cells.iter_mut().zip(numbers) {
            *cell = self.bits[number as usize % CELLS];
        }
        let cells = u32x16::from_slice(words.token(), &cells);
        let last = CELL as u32 - 1;
        let bits = (cells >> (hashes & last)) & (cells >> ((products >> SECOND) & last));
        (bits & 1).simd_eq(1).to_bitmask() as u32
    }

    /// 1 if the bits of this word are set, else 0.
    pub fn holds(&self, word: u32) -> u32 {
        self.lookup(word) & 1
    }

    pub fn entries(&self, word: u32) -> impl Iterator<Item = &WordEntry> {
        let cell = hash(word) / CELL;
        let same_cell = self.begins[cell] as usize..self.begins[cell + 1] as usize;
        self.entries[same_cell].iter().filter(move |entry| entry.word == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_to_their_entries_and_to_no_others() {
        let entry =
            |word: u32, literal| WordEntry { word, literal, offset: 0, other: 0, other_at: 0 };
        let all: Vec<WordEntry> = (0..3_000)
            .flat_map(|n: u32| [entry(n * 77_777, n), entry(n * 77_777, n + 1)])
            .collect();
        let table = WordTable::new(all);
        for n in 0..3_000_u32 {
            let word = n * 77_777;
            assert_eq!(table.holds(word), 1);
            let literals: Vec<u32> = table.entries(word).map(|entry| entry.literal).collect();
            assert_eq!(literals, [n, n + 1]);
            assert_eq!(table.entries(word + 1).count(), 0);
        }
        assert_eq!(WordTable::new(Vec::new()).holds(7), 0);
    }

    #[test]
    fn a_literal_starts_within_the_block_or_not_at_all() {
        let start = |offset, block: &str, at| {
            let word = folded(*b"word");
            WordEntry::new(b"connection", 0, offset, word).start(block.as_bytes(), at)
        };
        assert_eq!(start(-1, "xconneCTION", 0), Some(1));
        assert_eq!(start(3, "xConnection", 4), Some(1));
        assert_eq!(start(5, "Connection", 4), None);
        assert_eq!(start(3, "xConnectio", 4), None);
        assert_eq!(start(3, "xConnections", 4), Some(1));
        assert_eq!(start(3, "xConnecting", 4), None);
    }
}
