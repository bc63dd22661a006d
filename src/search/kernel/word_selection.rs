//! Chooses the words of a literal that represent it in the bitmap. Only speed depends on the
//! choice.

use crate::search::kernel::byte_profile::{Cost, Profile};
use crate::search::kernel::word::{HASHES, WORD, folded, hash};
use crate::search::kernel::word_table::WordEntry;

/// Sharing a word among this many literals costs as much as one occurrence of it in the text: each
/// literal is compared wherever the word occurs, and the texts of a large set share whole
/// sentences.
const CROWD: u32 = 32;

/// For each literal and each of its four alignments to the grid, the cheapest of its words.
/// Literals have at least [`crate::search::kernel::word::SHORTEST`] bytes.
pub(crate) fn select_words(literals: &[Vec<u8>], profile: &Profile) -> Vec<WordEntry> {
    let mut order: Vec<u32> = (0..literals.len() as u32).collect();
    // The shortest literals have the least choice and come first: the others prefer words that are
    // already set.
    order.sort_by_key(|number| literals[*number as usize].len());
    let mut selected = SelectedWords { entries: Vec::new(), sharing: vec![0; HASHES] };
    for number in order {
        let literal = &literals[number as usize];
        for phase in 0..WORD {
            match selected.best(literal, phase, profile) {
                Some((at, word)) => selected.add(WordEntry::new(literal, number, at as i32, word)),
                None => selected.add_with_any_byte_before(literal, number),
            }
        }
    }
    selected.entries
}

struct SelectedWords {
    entries: Vec<WordEntry>,
    /// Number of entries, by the hash of their word.
    sharing: Vec<u32>,
}

impl SelectedWords {
    /// The cheapest word at an offset of this phase, with its offset.
    fn best(&self, literal: &[u8], phase: usize, profile: &Profile) -> Option<(usize, u32)> {
        let words = literal.windows(WORD).enumerate().skip(phase).step_by(WORD);
        let words = words.filter_map(|(at, word)| Some((at, folded(word.try_into().ok()?))));
        words.min_by_key(|(at, word)| (self.cost(*word, profile), *at))
    }

    /// Prefers words that do not occur and that few literals share, then words whose bit is already
    /// set: every further bit may match text that was not in the training.
    fn cost(&self, word: u32, profile: &Profile) -> (u32, bool, u32) {
        let Cost { count, estimate } = profile.cost(word);
        let sharing = self.sharing[hash(word)];
        (count.saturating_add(sharing / CROWD), sharing == 0, estimate)
    }

    fn add(&mut self, entry: WordEntry) {
        self.sharing[hash(entry.word)] += 1;
        self.entries.push(entry);
    }

    /// For the one phase in which a literal of six bytes contains no whole word: adds its first
    /// three bytes with every folded byte before them.
    fn add_with_any_byte_before(&mut self, literal: &[u8], number: u32) {
        for byte in (0..=u8::MAX).filter(|byte| byte & 0x20 != 0) {
            let word = folded([byte, literal[0], literal[1], literal[2]]);
            self.add(WordEntry::new(literal, number, -1, word));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(literal: &str, text: &str) -> Vec<WordEntry> {
        let mut profile = Profile::default();
        profile.learn(text.as_bytes());
        select_words(&[literal.as_bytes().to_vec()], &profile)
    }

    #[test]
    fn every_phase_has_a_word() {
        for literal in ["connect", "connection refused", "接続フォ", "dap-rt-1101"] {
            let mut phases: Vec<i32> =
                selected(literal, "").iter().map(|entry| entry.offset % 4).collect();
            phases.sort_unstable();
            assert_eq!(phases, [0, 1, 2, 3], "{literal}");
        }
        let short = selected("aadsts", "");
        assert_eq!(short.iter().filter(|entry| entry.offset >= 0).count(), 3);
        assert_eq!(short.iter().filter(|entry| entry.offset == -1).count(), 128);
    }

    #[test]
    fn words_of_the_text_are_avoided() {
        let healthy = "Connection to mailbox opened. connection, Connection";
        for entry in selected("connection refused", healthy) {
            assert!(entry.offset > 6, "{entry:?}");
        }
    }

    #[test]
    fn shared_words_are_chosen_for_few_literals() {
        let texts = (0..5_000).map(|n| format!("the ledger refused request {n:05}"));
        let literals: Vec<Vec<u8>> = texts.map(String::into_bytes).collect();
        let shared = b"the ledger refused request 0".windows(WORD);
        let shared: Vec<u32> = shared.map(|word| folded(word.try_into().unwrap())).collect();
        let mut profile = Profile::default();
        profile.learn(b"00010 12045 00102 33000 20002");
        let entries = select_words(&literals, &profile);
        let sharing_literals = entries.iter().filter(|entry| shared.contains(&entry.word)).count();
        // In the fourth phase no word holds two digits.
        assert!(sharing_literals < literals.len() + literals.len() / 2, "{sharing_literals}");
    }
}
