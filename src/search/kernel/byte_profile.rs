//! What the text is made of: how often words and pairs of bytes occur in it. Only speed depends
//! on it.

use std::sync::LazyLock;

use crate::search::kernel::word::{FACTOR, WORD, folded};

/// Bits of a hash of a word: two words that share their bits in the bitmap share this too, and few
/// others do.
const HASH_BITS: u32 = 18;

/// Rows as the exports write them when all is well, so that the first block of a run is not
/// searched blindly. Invented, like everything in it.
const HEALTHY: &str = include_str!("healthy.txt");

/// Counted words and pairs.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    /// By hash of the word, so that words which only look like frequent ones are avoided too.
    words: Vec<u16>,
    pairs: Vec<u32>,
}

/// What a word is going to cost, to be compared in this order.
pub(crate) struct Cost {
    /// How often it occurred.
    pub seen: u32,
    /// How often its rarest pair occurred: a bound for words that did not.
    pub guess: u32,
}

impl Default for Profile {
    /// Nothing seen.
    fn default() -> Profile {
        Profile { words: vec![0; 1 << HASH_BITS], pairs: vec![0; 1 << 16] }
    }
}

impl Profile {
    /// What healthy exports look like.
    pub fn healthy() -> &'static Profile {
        static SHARED: LazyLock<Profile> = LazyLock::new(|| {
            let mut profile = Profile::default();
            profile.learn(HEALTHY.as_bytes());
            profile
        });
        &SHARED
    }

    /// Adds a text.
    pub fn learn(&mut self, text: &[u8]) {
        for word in text.array_windows::<WORD>() {
            let word = folded(*word);
            let (words, pairs) = (&mut self.words[hash(word)], &mut self.pairs[first_pair(word)]);
            *words = words.saturating_add(1);
            *pairs = pairs.saturating_add(1);
        }
    }

    /// What a folded word costs.
    pub(crate) fn cost(&self, word: u32) -> Cost {
        let pair = |shift: u32| self.pairs[first_pair(word >> shift)];
        Cost { seen: self.words[hash(word)].into(), guess: pair(0).min(pair(8)).min(pair(16)) }
    }
}

fn hash(word: u32) -> usize {
    (word.wrapping_mul(FACTOR) >> (u32::BITS - HASH_BITS)) as usize
}

fn first_pair(word: u32) -> usize {
    (word & 0xffff) as usize
}
