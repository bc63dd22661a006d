//! Which words of a literal stand for it in the bitmap.

use std::collections::BTreeSet;

use super::profile::{Cost, Profile};
use super::table::{Entry, HASHES, hash};
use super::{WORD, folded};

/// So many literals behind one word are as bad as the word occurring in the text: each of them is
/// compared wherever the word stands, and the texts of a large set have whole sentences in common.
const CROWD: u32 = 32;

/// A word that the text has this often is worth replacing by three bytes of the literal with any byte
/// beside them, if those are rarer by [`RARER`].
const OFTEN: u32 = 8;
const RARER: u32 = 4;

/// Most different three bytes that are taken so beyond need: each sets 128 words.
const LOOSE: usize = 16;

/// For each literal and each way in which it can lie under the grid, the word of it that is
/// rarest in the text. Literals are at least [`super::SHORTEST`] long.
pub(super) fn choose(literals: &[Vec<u8>], profile: &Profile) -> Vec<Entry> {
    let mut order: Vec<u32> = (0..literals.len() as u32).collect();
    // The shortest have the least choice; what they set costs the others nothing.
    order.sort_by_key(|number| literals[*number as usize].len());
    let mut chosen =
        Chosen { entries: Vec::new(), behind: vec![0; HASHES], loose: BTreeSet::new() };
    for number in order {
        let literal = &literals[number as usize];
        for phase in 0..WORD {
            let Some((at, word)) = chosen.best(literal, phase, profile) else {
                // In one phase no word lies inside a literal of six bytes.
                chosen.add_loose(literal, number, &Loose::before(literal));
                continue;
            };
            match chosen.rarer(literal, phase, profile.cost(word).seen, profile) {
                Some(loose) => chosen.add_loose(literal, number, &loose),
                None => chosen.add(Entry::new(literal, number, at as i32, word)),
            }
        }
    }
    chosen.entries
}

/// Three bytes at an end of a literal, and any byte beside them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Loose {
    /// Where the word begins: a byte before the literal, or so that it ends a byte behind it.
    offset: i32,
    bytes: [u8; WORD - 1],
    before: bool,
}

impl Loose {
    fn before(literal: &[u8]) -> Loose {
        Loose { offset: -1, bytes: [literal[0], literal[1], literal[2]], before: true }
    }

    fn behind(literal: &[u8]) -> Loose {
        let at = literal.len() - (WORD - 1);
        let bytes = [literal[at], literal[at + 1], literal[at + 2]];
        Loose { offset: at as i32, bytes, before: false }
    }

    /// The folded words.
    fn words(self) -> impl Iterator<Item = u32> {
        let [a, b, c] = self.bytes;
        let any = (0..=u8::MAX).filter(|byte| byte & 0x20 != 0);
        any.map(move |byte| folded(if self.before { [byte, a, b, c] } else { [a, b, c, byte] }))
    }
}

struct Chosen {
    entries: Vec<Entry>,
    /// Entries by the hash of their word.
    behind: Vec<u32>,
    /// Three bytes that were taken, and on which side any byte stands.
    loose: BTreeSet<([u8; WORD - 1], bool)>,
}

impl Chosen {
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

    fn add(&mut self, entry: Entry) {
        self.behind[hash(entry.word)] += 1;
        self.entries.push(entry);
    }

    /// What lies under this phase and is much rarer than a word that the text has so often.
    fn rarer(&self, literal: &[u8], phase: usize, seen: u32, profile: &Profile) -> Option<Loose> {
        if seen < OFTEN {
            return None;
        }
        let under = |loose: &Loose| loose.offset.rem_euclid(WORD as i32) == phase as i32;
        let free = |loose: &Loose| {
            self.loose.contains(&(loose.bytes, loose.before)) || self.loose.len() < LOOSE
        };
        let cost = |loose: Loose| {
            let words = loose.words().map(|word| profile.cost(word).seen);
            (words.fold(0, u32::saturating_add), loose)
        };
        let ends = [Loose::before(literal), Loose::behind(literal)].into_iter();
        let (loose_seen, loose) = ends.filter(under).filter(free).map(cost).min()?;
        (loose_seen <= seen / RARER).then_some(loose)
    }

    fn add_loose(&mut self, literal: &[u8], number: u32, loose: &Loose) {
        self.loose.insert((loose.bytes, loose.before));
        for word in loose.words() {
            self.add(Entry::new(literal, number, loose.offset, word));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(literal: &str, text: &str) -> Vec<Entry> {
        let mut profile = Profile::default();
        profile.learn(text.as_bytes());
        choose(&[literal.as_bytes().to_vec()], &profile)
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
        let entries = choose(&literals, &profile);
        let led = entries.iter().filter(|entry| shared.contains(&entry.word)).count();
        // In the fourth phase no word holds two digits.
        assert!(led < literals.len() + literals.len() / 2, "{led}");
    }
}
