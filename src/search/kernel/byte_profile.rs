//! How often 4-byte words and pairs of bytes occur in a text. Only the speed of the search depends
//! on it, never the matches.

use std::sync::LazyLock;

use crate::search::kernel::word::{FACTOR, WORD, folded};

/// Bits of the hash of a word. Words with the same bits in the bitmap share this hash too, and few
/// other words do.
const HASH_BITS: u32 = 18;

/// Typical rows of healthy exports, for the training before the first block of a run. All names are
/// invented.
const HEALTHY: &str = include_str!("healthy.txt");

/// Counts of words and pairs.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    /// By hash, so that words with the hash of a frequent word are avoided too.
    words: Vec<u16>,
    pairs: Vec<u32>,
}

/// The expected cost of looking up a word. `count` is compared first.
pub(crate) struct Cost {
    /// Occurrences of the word.
    pub count: u32,
    /// Occurrences of its rarest pair: an estimate for words that did not occur.
    pub estimate: u32,
}

impl Default for Profile {
    fn default() -> Profile {
        Profile { words: vec![0; 1 << HASH_BITS], pairs: vec![0; 1 << 16] }
    }
}

impl Profile {
    /// The profile of healthy exports.
    pub fn healthy() -> &'static Profile {
        static SHARED: LazyLock<Profile> = LazyLock::new(|| {
            let mut profile = Profile::default();
            profile.learn(HEALTHY.as_bytes());
            profile
        });
        &SHARED
    }

    /// Adds the counts of a text.
    pub fn learn(&mut self, text: &[u8]) {
        for word in text.array_windows::<WORD>() {
            let word = folded(*word);
            let (words, pairs) = (&mut self.words[hash(word)], &mut self.pairs[first_pair(word)]);
            *words = words.saturating_add(1);
            *pairs = pairs.saturating_add(1);
        }
    }

    pub(crate) fn cost(&self, word: u32) -> Cost {
        let pair = |shift: u32| self.pairs[first_pair(word >> shift)];
        Cost { count: self.words[hash(word)].into(), estimate: pair(0).min(pair(8)).min(pair(16)) }
    }
}

fn hash(word: u32) -> usize {
    (word.wrapping_mul(FACTOR) >> (u32::BITS - HASH_BITS)) as usize
}

fn first_pair(word: u32) -> usize {
    (word & 0xffff) as usize
}
