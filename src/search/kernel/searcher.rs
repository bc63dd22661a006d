//! The search for several hundred literals in raw blocks at a small part of an automaton's cost.
//!
//! Only every fourth 4-byte word of a block is looked at: folded, hashed, and looked up in a
//! bitmap that stays in the first-level cache. Of each literal the bitmap holds one word for each
//! of the four ways in which the literal can lie under that grid, so one of them is always hit;
//! which of its words is a question of speed alone, answered from a [`Profile`] of the text. A set
//! bit leads to the few literals that have the word there, and each is compared as a whole: what
//! is reported stands in the block, and all that stands there is reported.
//!
//! Nothing here knows what a literal means, nor when the search is not worth its while: that is
//! decided in `anchors`.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x64, u32x16};

use crate::search::kernel::byte_profile::Profile;
use crate::search::kernel::word::{FOLD, SHORTEST, WORD, folded};
use crate::search::kernel::word_selection;
use crate::search::kernel::word_table::{WordEntry, WordTable};

/// Bytes looked at before anything is done about what was found in them. One mispredicted branch
/// in so many bytes is what a candidate costs at least.
pub(crate) const STEP: usize = 16 * WORD;

/// Comparisons that are free in any block: blocks may be small. So is one with every literal: many may
/// stand behind one word.
const GRACE: usize = 64;

/// Beyond one comparison in so many bytes an automaton may be as fast: measured it is at one in two
/// to four.
const DENSE: usize = 8;

/// Vectors of so many words and more are faster than one word after the other.
const WIDE: usize = 8;

/// The compiled search for one set of literals.
#[derive(Debug)]
pub(crate) struct Kernel {
    table: WordTable,
}

/// How a search went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SearchOutcome {
    /// Literals that begin before here and end by here were found; the length of the block unless
    /// comparisons became too frequent.
    pub to: usize,
    /// Comparisons that came to nothing.
    pub wasted: usize,
}

impl Kernel {
    /// A search for these literals, which are in lower case, in text like that of the profile.
    /// Nothing if one of them is shorter than [`SHORTEST`].
    pub fn new(literals: &[Vec<u8>], profile: &Profile) -> Option<Kernel> {
        if literals.iter().any(|literal| literal.len() < SHORTEST) {
            return None;
        }
        let entries = word_selection::select_words(literals, profile);
        Some(Kernel { table: WordTable::new(entries) })
    }

    /// Tells of every literal where it starts, in no order. Gives up where comparisons become so
    /// frequent that something else would be faster.
    pub fn search(
        &self,
        literals: &[Vec<u8>],
        block: &[u8],
        tell: &mut impl FnMut(LiteralMatch),
    ) -> SearchOutcome {
        let free = GRACE + literals.len();
        let mut hunt =
            SearchState { kernel: self, literals, block, tell, free, tried: 0, found: 0 };
        dispatch!(Level::new(), simd => self.search_with(simd, &mut hunt))
    }

    #[inline(always)]
    fn search_with<S: Simd, T: FnMut(LiteralMatch)>(
        &self,
        simd: S,
        hunt: &mut SearchState<'_, '_, T>,
    ) -> SearchOutcome {
        let (steps, rest) = hunt.block.as_chunks::<STEP>();
        for (number, step) in steps.iter().enumerate() {
            let marks = self.marks(simd, step);
            if marks != 0 {
                let at = number * STEP;
                hunt.follow(marks, step, at);
                if hunt.tried > hunt.free + at / DENSE {
                    return hunt.result(at + STEP);
                }
            }
        }
        let mut last = [0; STEP];
        last[..rest.len()].copy_from_slice(rest);
        hunt.follow(self.marks(simd, &last), &last, hunt.block.len() - rest.len());
        hunt.result(hunt.block.len())
    }

    /// One bit for each word of a step that some literal has.
    #[inline(always)]
    fn marks<S: Simd>(&self, simd: S, step: &[u8; STEP]) -> u32 {
        let (words, _) = step.as_chunks::<WORD>();
        if S::u32s::LEN >= WIDE {
            let words: u32x16<S> = u8x64::from_slice(simd, step).bitcast();
            return self.table.marks(words | FOLD);
        }
        // Which word it is is asked only where there is one.
        let found = words.iter().map(|word| self.table.lookup(folded(*word)));
        if found.fold(0, |found, word| found | word) & 1 == 0 {
            return 0;
        }
        let mark = |(at, word): (usize, &[u8; WORD])| self.table.holds(folded(*word)) << at;
        words.iter().enumerate().map(mark).fold(0, |marks, mark| marks | mark)
    }
}

/// A literal that stands in a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct LiteralMatch {
    /// Its number among the literals.
    pub literal: usize,
    /// Where it starts.
    pub start: usize,
}

/// One search on its way.
struct SearchState<'k, 't, T> {
    kernel: &'k Kernel,
    literals: &'k [Vec<u8>],
    block: &'k [u8],
    tell: &'t mut T,
    /// Comparisons that are free.
    free: usize,
    tried: usize,
    found: usize,
}

impl<T: FnMut(LiteralMatch)> SearchState<'_, '_, T> {
    /// Compares the literals behind the marked words of a step that begins here.
    #[inline(never)]
    fn follow(&mut self, mut marks: u32, step: &[u8; STEP], begin: usize) {
        let (words, _) = step.as_chunks::<WORD>();
        while marks != 0 {
            let number = marks.trailing_zeros() as usize;
            marks &= marks - 1;
            for entry in self.kernel.table.entries(folded(words[number])) {
                self.compare(entry, begin + number * WORD);
            }
        }
    }

    /// Reports the literal of this entry if it stands where its word is.
    fn compare(&mut self, entry: &WordEntry, at: usize) {
        self.tried += 1;
        let number = entry.literal as usize;
        let literal = &self.literals[number];
        let Some(start) = entry.start(self.block, at) else { return };
        let span = self.block.get(start..start + literal.len());
        if span.is_some_and(|span| span.eq_ignore_ascii_case(literal)) {
            self.found += 1;
            (self.tell)(LiteralMatch { literal: number, start });
        }
    }

    fn result(&self, to: usize) -> SearchOutcome {
        SearchOutcome { to, wasted: self.tried - self.found }
    }
}
