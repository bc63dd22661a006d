//! Which of many literals a text holds, in one pass, ASCII case ignored. Works on the normalised
//! text of one record; the search in raw blocks is `anchors`.

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

    /// How many there are.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The search for all of them.
    pub fn build(self) -> LiteralSearcher {
        LiteralSearcher::new(self.numbers.into_iter().map(|(literal, number)| (number, literal)))
    }
}

/// The compiled search. Long literals are searched by the kernel; the few that are too short for
/// it, and texts too dense for it, by automata.
#[derive(Debug)]
pub(crate) struct LiteralSearcher {
    long: LiteralGroup,
    short: LiteralGroup,
    kernel: Option<Kernel>,
}

/// Some literals, in lower case, and their numbers.
#[derive(Debug, Default)]
struct LiteralGroup {
    literals: Vec<Vec<u8>>,
    /// Bytes of the longest.
    longest: usize,
    numbers: Vec<usize>,
    automaton: OnceLock<AhoCorasick>,
}

impl LiteralSearcher {
    /// A search for numbered literals in lower case.
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

    /// Numbers of the literals a normalised text holds.
    pub fn present(&self, text: &str) -> BTreeSet<usize> {
        let mut present = BTreeSet::new();
        self.each(text, |number, _| {
            present.insert(number);
        });
        present
    }

    /// Every literal a normalised text holds and where it starts, in no order, some more than
    /// once.
    pub fn each(&self, text: &str, mut tell: impl FnMut(usize, usize)) {
        let text = text.as_bytes();
        let mut from = 0;
        if let Some(kernel) = &self.kernel {
            let numbers = &self.long.numbers;
            let mut found = |found: LiteralMatch| tell(numbers[found.literal], found.start);
            let SearchOutcome { to, .. } = kernel.search(&self.long.literals, text, &mut found);
            // A literal that was not told of ends behind what was searched.
            from = if to < text.len() { to.saturating_sub(self.long.longest) } else { to };
        }
        self.long.each(text, from, &mut tell);
        self.short.each(text, 0, &mut tell);
    }
}

/// Some literals in exact case, few enough that vector code looks for all of them at once.
#[derive(Debug)]
pub(crate) struct LiteralSet(AhoCorasick);

impl LiteralSet {
    /// A search for these.
    pub fn new<'l>(literals: impl IntoIterator<Item = &'l str>) -> LiteralSet {
        // Vector code is used for leftmost matches only. A build fails only beyond 2^31 states.
        #[allow(clippy::expect_used)]
        let search = AhoCorasickBuilder::new()
            .match_kind(MatchKind::LeftmostFirst)
            .build(literals)
            .expect("a few literals can be searched together");
        LiteralSet(search)
    }

    /// Where the first of them stands in a text.
    pub fn first_in(&self, text: &str) -> Option<usize> {
        self.0.find(text).map(|found| found.start())
    }

    /// True if a text holds one of them.
    pub fn any_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl LiteralGroup {
    fn each(&self, text: &[u8], from: usize, tell: &mut impl FnMut(usize, usize)) {
        if self.literals.is_empty() || from >= text.len() {
            return;
        }
        let automaton = self.automaton.get_or_init(|| automaton(&self.literals));
        for found in automaton.find_overlapping_iter(&text[from..]) {
            tell(self.numbers[found.pattern().as_usize()], from + found.start());
        }
    }
}

fn automaton(literals: &[Vec<u8>]) -> AhoCorasick {
    // A build fails only beyond 2^31 states; signature files are bounded far below.
    #[allow(clippy::expect_used)]
    AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .build(literals)
        .expect("the literals of signature files can be searched together")
}

/// Literals as they are looked for in the folded text.
pub(crate) fn fold_literals(literals: &[String]) -> Vec<String> {
    literals.iter().map(|literal| normalise(literal).to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_inside_literals_are_all_found() {
        let mut collector = LiteralNumbers::default();
        let outer = collector.number("Connection  is Disabled");
        let inner = collector.number("is disabled");
        assert_eq!(collector.number("IS DISABLED"), inner);
        let literals = collector.build();
        let found = literals.present("x CONNECTION IS DISABLED.");
        assert_eq!(found, BTreeSet::from([outer, inner]));
        assert!(literals.present("").is_empty());
    }

    #[test]
    fn short_literals_and_dense_texts_are_searched_too() {
        let mut collector = LiteralNumbers::default();
        let numbers = ["gone", "connect", "connection"].map(|word| collector.number(word));
        let literals = collector.build();
        assert_eq!(literals.present("GONE: connecting"), BTreeSet::from([numbers[0], numbers[1]]));
        // Beginnings of a literal and nothing else, then one at the very end.
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
