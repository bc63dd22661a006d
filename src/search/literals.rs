//! Which of many literals a text holds, in one pass, ASCII case ignored. For the normalised text of
//! one record; `prefilter` searches raw blocks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use crate::model::normalise;
use crate::search::kernel::byte_profile::Profile;
use crate::search::kernel::searcher::{Kernel, LiteralMatch, SearchOutcome};
use crate::search::kernel::word::SHORTEST;

/// Collects distinct literals and numbers them.
#[derive(Default)]
pub(crate) struct LiteralNumbers {
    numbers: BTreeMap<String, usize>,
}

impl LiteralNumbers {
    /// The number of a literal; the same one for the same literal in another case or spacing.
    pub fn number(&mut self, literal: &str) -> usize {
        let next = self.numbers.len();
        *self.numbers.entry(normalise(literal).to_ascii_lowercase()).or_insert(next)
    }

    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    pub fn build(self) -> LiteralSearcher {
        LiteralSearcher::new(self.numbers.into_iter().map(|(literal, number)| (number, literal)))
    }
}

/// The compiled search. The kernel searches for literals of at least [`SHORTEST`] bytes; an
/// automaton searches for the shorter ones, and takes over in texts that are too dense for the
/// kernel.
#[derive(Debug)]
pub(crate) struct LiteralSearcher {
    long: LiteralGroup,
    short: LiteralGroup,
    kernel: Option<Kernel>,
}

/// Literals in lower case with their numbers.
#[derive(Debug, Default)]
struct LiteralGroup {
    literals: Vec<Vec<u8>>,
    /// Length of the longest literal, in bytes.
    longest: usize,
    numbers: Vec<usize>,
    automaton: OnceLock<AhoCorasick>,
}

impl LiteralSearcher {
    /// The literals must be in lower case.
    pub fn new(literals: impl IntoIterator<Item = (usize, String)>) -> LiteralSearcher {
        let (mut long, mut short) = (LiteralGroup::default(), LiteralGroup::default());
        for (number, literal) in literals {
            let group = if literal.len() < SHORTEST { &mut short } else { &mut long };
            group.longest = group.longest.max(literal.len());
            group.literals.push(literal.into_bytes());
            group.numbers.push(number);
        }
        let kernel = Kernel::new(&long.literals, Profile::healthy());
        LiteralSearcher { long, short, kernel }
    }

    /// Numbers of the literals in a normalised text.
    pub fn present(&self, text: &str) -> BTreeSet<usize> {
        let mut present = BTreeSet::new();
        self.each(text, |number, _| {
            present.insert(number);
        });
        present
    }

    /// Reports the number and the offset of every literal in a normalised text, in no order; a
    /// match may be reported more than once.
    pub fn each(&self, text: &str, mut report: impl FnMut(usize, usize)) {
        let text = text.as_bytes();
        let mut from = 0;
        if let Some(kernel) = &self.kernel {
            let numbers = &self.long.numbers;
            let mut on_match = |found: LiteralMatch| report(numbers[found.literal], found.start);
            let SearchOutcome { to, .. } = kernel.search(&self.long.literals, text, &mut on_match);
            // A literal that the kernel has not reported ends after `to`.
            from = if to < text.len() { to.saturating_sub(self.long.longest) } else { to };
        }
        self.long.each(text, from, &mut report);
        self.short.each(text, 0, &mut report);
    }
}

/// A few literals in exact case, so few that vector code searches for all of them at once.
#[derive(Debug)]
pub(crate) struct LiteralSet(AhoCorasick);

impl LiteralSet {
    pub fn new<'l>(literals: impl IntoIterator<Item = &'l str>) -> LiteralSet {
        // The crate uses vector code for leftmost matches only. A build fails only above 2^31
        // states.
        #[allow(clippy::expect_used)]
        let search = AhoCorasickBuilder::new()
            .match_kind(MatchKind::LeftmostFirst)
            .build(literals)
            .expect("a few literals can be searched together");
        LiteralSet(search)
    }

    /// Offset of the first literal in a text.
    pub fn first_in(&self, text: &str) -> Option<usize> {
        self.0.find(text).map(|found| found.start())
    }

    pub fn any_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl LiteralGroup {
    fn each(&self, text: &[u8], from: usize, report: &mut impl FnMut(usize, usize)) {
        if self.literals.is_empty() || from >= text.len() {
            return;
        }
        let automaton = self.automaton.get_or_init(|| automaton(&self.literals));
        for found in automaton.find_overlapping_iter(&text[from..]) {
            report(self.numbers[found.pattern().as_usize()], from + found.start());
        }
    }
}

fn automaton(literals: &[Vec<u8>]) -> AhoCorasick {
    // A build fails only above 2^31 states; the limits of signature files are far below.
    #[allow(clippy::expect_used)]
    AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .build(literals)
        .expect("the literals of signature files can be searched together")
}

/// Literals normalised and in lower case, for a search in folded text.
pub(crate) fn fold_literals(literals: &[String]) -> Vec<String> {
    literals.iter().map(|literal| normalise(literal).to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_literals_are_all_found() {
        let mut numbers_by_literal = LiteralNumbers::default();
        let outer = numbers_by_literal.number("Connection  is Disabled");
        let inner = numbers_by_literal.number("is disabled");
        assert_eq!(numbers_by_literal.number("IS DISABLED"), inner);
        let literals = numbers_by_literal.build();
        let found = literals.present("x CONNECTION IS DISABLED.");
        assert_eq!(found, BTreeSet::from([outer, inner]));
        assert!(literals.present("").is_empty());
    }

    #[test]
    fn the_automaton_searches_short_literals_and_dense_texts() {
        let mut numbers_by_literal = LiteralNumbers::default();
        let numbers = ["gone", "connect", "connection"].map(|word| numbers_by_literal.number(word));
        let literals = numbers_by_literal.build();
        assert_eq!(literals.present("GONE: connecting"), BTreeSet::from([numbers[0], numbers[1]]));
        // Only beginnings of a literal, then the literal at the end.
        let text = "connectio ".repeat(500) + "Connection";
        let mut last = 0;
        literals.each(&text, |number, at| {
            if number == numbers[2] {
                last = last.max(at);
            }
        });
        assert_eq!(last, text.len() - "Connection".len());
    }
}
