//! Which words of a literal stand for it in the bitmap.

use crate::search::kernel::byte_profile::{Cost, Profile};
use crate::search::kernel::word::{HASHES, WORD, folded, hash};
use crate::search::kernel::word_table::WordEntry;

/// So many literals behind one word are as bad as the word occurring in the text: each of them is
/// compared wherever the word stands, and the texts of a large set have whole sentences in common.
const CROWD: u32 = 32;

/// For each literal and each way in which it can lie under the grid, the word of it that is
/// rarest in the text. Literals are at least [`super::SHORTEST`] long.
pub(crate) fn select_words(literals: &[Vec<u8>], profile: &Profile) -> Vec<WordEntry> {
    let mut order: Vec<u32> = (0..literals.len() as u32).collect();
    // The shortest have the least choice; what they set costs the others nothing.
    order.sort_by_key(|number| literals[*number as usize].len());
    let mut chosen = SelectedWords { entries: Vec::new(), behind: vec![0; HASHES] };
    for number in order {
        let literal = &literals[number as usize];
        for phase in 0..WORD {
            match chosen.best(literal, phase, profile) {
                Some((at, word)) => chosen.add(WordEntry::new(literal, number, at as i32, word)),
                None => chosen.any_byte_before(literal, number),
            }
        }
    }
    chosen.entries
}

struct SelectedWords {
    entries: Vec<WordEntry>,
    /// Entries by the hash of their word.
    behind: Vec<u32>,
}

impl SelectedWords {
    /// The cheapest word at an offset of this phase.
    fn best(&self, literal: &[u8], phase: usize, profile: &Profile) -> Option<(usize, u32)> {
        let words = literal.windows(WORD).enumerate().skip(phase).step_by(WORD);
        let words = words.filter_map(|(at, word)| Some((at, folded(word.try_into().ok()?))));
        words.min_by_key(|(at, word)| (self.cost(*word, profile), *at))
    }

    /// Words that do not occur and that few literals share first; of those the ones that are set
    /// already: every further bit is one that text which nobody has seen yet may hit.
    fn cost(&self, word: u32, profile: &Profile) -> (u32, bool, u32) {
        let Cost { seen, guess } = profile.cost(word);
        let behind = self.behind[hash(word)];
        (seen.saturating_add(behind / CROWD), behind == 0, guess)
    }

    fn add(&mut self, entry: WordEntry) {
        self.behind[hash(entry.word)] += 1;
        self.entries.push(entry);
    }

    /// For the one phase in which no word lies inside a literal of six bytes: the first three, with
    /// any byte before them.
    fn any_byte_before(&mut self, literal: &[u8], number: u32) {
        for byte in (0..=u8::MAX).filter(|byte| byte & 0x20 != 0) {
            let word = folded([byte, literal[0], literal[1], literal[2]]);
            self.add(WordEntry::new(literal, number, -1, word));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(literal: &str, text: &str) -> Vec<WordEntry> {
        let mut profile = Profile::default();
        profile.learn(text.as_bytes());
        select_words(&[literal.as_bytes().to_vec()], &profile)
    }

    #[test]
    fn every_phase_has_a_word() {
        for literal in ["connect", "connection refused", "接続フォ", "dap-rt-1101"] {
            let mut phases: Vec<i32> =
                chosen(literal, "").iter().map(|entry| entry.offset % 4).collect();
            phases.sort_unstable();
            assert_eq!(phases, [0, 1, 2, 3], "{literal}");
        }
        let short = chosen("aadsts", "");
        assert_eq!(short.iter().filter(|entry| entry.offset >= 0).count(), 3);
        assert_eq!(short.iter().filter(|entry| entry.offset == -1).count(), 128);
    }

    #[test]
    fn words_of_the_text_are_avoided() {
        let healthy = "Connection to mailbox opened. connection, Connection";
        for entry in chosen("connection refused", healthy) {
            assert!(entry.offset > 6, "{entry:?}");
        }
    }

    #[test]
    fn what_many_literals_share_leads_to_few_of_them() {
        let texts = (0..5_000).map(|n| format!("the ledger refused request {n:05}"));
        let literals: Vec<Vec<u8>> = texts.map(String::into_bytes).collect();
        let shared = b"the ledger refused request 0".windows(WORD);
        let shared: Vec<u32> = shared.map(|word| folded(word.try_into().unwrap())).collect();
        let mut profile = Profile::default();
        profile.learn(b"00010 12045 00102 33000 20002");
        let entries = select_words(&literals, &profile);
        let led = entries.iter().filter(|entry| shared.contains(&entry.word)).count();
        // In the fourth phase no word holds two digits.
        assert!(led < literals.len() + literals.len() / 2, "{led}");
    }
}
