//! The search for several hundred literals in raw blocks at a small part of an automaton's cost.
//!
//! The 4-byte words at every fourth offset of a block are folded, hashed and looked up in a bitmap
//! that stays in the first-level cache. For each literal the bitmap holds one word for each of the
//! four alignments that the literal can have to this grid, so one of them is always hit. Which of
//! its words is only a question of speed, decided by a [`Profile`] of the text. A set bit leads to
//! the few literals with that word, and each is compared in full, so the search reports exactly the
//! literals in the block.
//!
//! Knows no meaning of a literal. Where another search is faster is decided in `prefilter`.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x64, u32x16};

use crate::search::kernel::byte_profile::Profile;
use crate::search::kernel::word::{FOLD, SHORTEST, WORD, folded};
use crate::search::kernel::word_selection;
use crate::search::kernel::word_table::{WordEntry, WordTable};

/// Bytes that are looked up before their candidates are compared. A candidate costs at least one
/// mispredicted branch per step.
pub(crate) const STEP: usize = 16 * WORD;

/// Comparisons that are allowed in any block, since a block may be small. One for each literal is
/// added, since many literals may share one word.
const GRACE: usize = 64;

/// Bytes per comparison below which an automaton may be as fast. Measured, it is at two to four.
const DENSE: usize = 8;

/// Words in a vector from which on vector code is faster than one word after the other.
const WIDE: usize = 8;

/// The compiled search for one set of literals.
#[derive(Debug)]
pub(crate) struct Kernel {
    table: WordTable,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SearchOutcome {
    /// All literals that end at or before this offset were reported. It is the length of the block
    /// unless comparisons became too frequent.
    pub to: usize,
    /// Comparisons that were not matches.
    pub wasted: usize,
}

impl Kernel {
    /// A search for literals in lower case, fastest in text like that of the profile. Nothing if a
    /// literal is shorter than [`SHORTEST`].
    pub fn new(literals: &[Vec<u8>], profile: &Profile) -> Option<Kernel> {
        if literals.iter().any(|literal| literal.len() < SHORTEST) {
            return None;
        }
        let entries = word_selection::select_words(literals, profile);
        Some(Kernel { table: WordTable::new(entries) })
    }

    /// Reports every literal in the block, in no order. Stops where comparisons become so frequent
    /// that another search would be faster. `literals` are those of [`Kernel::new`].
    pub fn search(
        &self,
        literals: &[Vec<u8>],
        block: &[u8],
        report: &mut impl FnMut(LiteralMatch),
    ) -> SearchOutcome {
        let allowed = GRACE + literals.len();
        let mut state =
            SearchState { kernel: self, literals, block, report, allowed, compared: 0, matched: 0 };
        dispatch!(Level::new(), simd => self.search_with(simd, &mut state))
    }

    #[inline(always)]
    fn search_with<S: Simd, T: FnMut(LiteralMatch)>(
        &self,
        simd: S,
        state: &mut SearchState<'_, '_, T>,
    ) -> SearchOutcome {
        let (steps, rest) = state.block.as_chunks::<STEP>();
        for (number, step) in steps.iter().enumerate() {
            let candidates = self.candidates(simd, step);
            if candidates != 0 {
                let start = number * STEP;
                state.follow(candidates, step, start);
                if state.compared > state.allowed + start / DENSE {
                    return state.outcome(start + STEP);
                }
            }
        }
        let mut last = [0; STEP];
        last[..rest.len()].copy_from_slice(rest);
        state.follow(self.candidates(simd, &last), &last, state.block.len() - rest.len());
        state.outcome(state.block.len())
    }

    /// One bit for each word of a step, set if the table holds the word.
    #[inline(always)]
    fn candidates<S: Simd>(&self, simd: S, step: &[u8; STEP]) -> u32 {
        let (words, _) = step.as_chunks::<WORD>();
        if S::u32s::LEN >= WIDE {
            let words: u32x16<S> = u8x64::from_slice(simd, step).bitcast();
            return self.table.candidates(words | FOLD);
        }
        // Most steps have no candidate, so one test for all words comes first.
        let bits = words.iter().map(|word| self.table.lookup(folded(*word)));
        if bits.fold(0, |any, bits| any | bits) & 1 == 0 {
            return 0;
        }
        let bit = |(n, word): (usize, &[u8; WORD])| self.table.holds(folded(*word)) << n;
        words.iter().enumerate().map(bit).fold(0, |bits, bit| bits | bit)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct LiteralMatch {
    /// Index of the literal.
    pub literal: usize,
    /// Offset in the block.
    pub start: usize,
}

/// The state of one search.
struct SearchState<'k, 't, T> {
    kernel: &'k Kernel,
    literals: &'k [Vec<u8>],
    block: &'k [u8],
    report: &'t mut T,
    /// Comparisons that are allowed in any block.
    allowed: usize,
    compared: usize,
    matched: usize,
}

impl<T: FnMut(LiteralMatch)> SearchState<'_, '_, T> {
    /// Compares the literals of the candidate words in a step that begins at `start`.
    #[inline(never)]
    fn follow(&mut self, mut candidates: u32, step: &[u8; STEP], start: usize) {
        let (words, _) = step.as_chunks::<WORD>();
        while candidates != 0 {
            let number = candidates.trailing_zeros() as usize;
            candidates &= candidates - 1;
            for entry in self.kernel.table.entries(folded(words[number])) {
                self.compare(entry, start + number * WORD);
            }
        }
    }

    /// Reports the literal of an entry if it is in the block with its word at `at`.
    fn compare(&mut self, entry: &WordEntry, at: usize) {
        self.compared += 1;
        let number = entry.literal as usize;
        let literal = &self.literals[number];
        let Some(start) = entry.start(self.block, at) else { return };
        let span = self.block.get(start..start + literal.len());
        if span.is_some_and(|span| span.eq_ignore_ascii_case(literal)) {
            self.matched += 1;
            (self.report)(LiteralMatch { literal: number, start });
        }
    }

    fn outcome(&self, to: usize) -> SearchOutcome {
        SearchOutcome { to, wasted: self.compared - self.matched }
    }
}
