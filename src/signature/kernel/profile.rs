//! What the text is made of: how often words and pairs of bytes occur in it. Only speed depends
//! on it.

use super::table::{HASHES, hash};
use super::{WORD, folded};

/// Rows as the exports write them when all is well, so that the first block of a run is not
/// searched blindly. Invented, like everything in it.
const HEALTHY: &str = include_str!("healthy.txt");

/// Counted words and pairs.
#[derive(Clone, Debug)]
pub(in super::super) struct Profile {
    /// By hash of the word, so that words which only look like frequent ones are avoided too.
    words: Vec<u32>,
    pairs: Vec<u32>,
}

/// What a word is going to cost, to be compared in this order.
pub(super) struct Cost {
    /// How often it occurred.
    pub seen: u32,
    /// How often its rarest pair occurred: a bound for words that did not.
    pub guess: u32,
}

impl Default for Profile {
    /// Nothing seen.
    fn default() -> Profile {
        Profile { words: vec![0; HASHES], pairs: vec![0; 1 << 16] }
    }
}

impl Profile {
    /// What healthy exports look like.
    pub fn healthy() -> Profile {
        let mut profile = Profile::default();
        profile.learn(HEALTHY.as_bytes());
        profile
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
    pub(super) fn cost(&self, word: u32) -> Cost {
        let pair = |shift: u32| self.pairs[first_pair(word >> shift)];
        Cost { seen: self.words[hash(word)], guess: pair(0).min(pair(8)).min(pair(16)) }
    }
}

fn first_pair(word: u32) -> usize {
    (word & 0xffff) as usize
}
