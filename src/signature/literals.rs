//! Which of many literals a text holds, in one pass, ASCII case ignored. Works on the normalised
//! text of one record; the search in raw blocks is `anchors`.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};

use crate::model::text::normalise;

/// Collects distinct literals and numbers them.
#[derive(Default)]
pub(super) struct Collector {
    numbers: BTreeMap<String, usize>,
}

impl Collector {
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
    pub fn build(self) -> Result<Literals, String> {
        let mut literals: Vec<(usize, String)> =
            self.numbers.into_iter().map(|(literal, number)| (number, literal)).collect();
        literals.sort_unstable();
        let automaton = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .build(literals.iter().map(|(_, literal)| literal))
            .map_err(|error| format!("the anchors cannot be searched together: {error}"))?;
        Ok(Literals { automaton })
    }
}

/// The compiled search.
#[derive(Debug)]
pub(super) struct Literals {
    automaton: AhoCorasick,
}

impl Literals {
    /// Numbers of the literals a normalised text holds.
    pub fn present(&self, text: &str) -> BTreeSet<usize> {
        let found = self.automaton.find_overlapping_iter(text);
        found.map(|found| found.pattern().as_usize()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_inside_literals_are_all_found() {
        let mut collector = Collector::default();
        let outer = collector.number("Connection  is Disabled");
        let inner = collector.number("is disabled");
        assert_eq!(collector.number("IS DISABLED"), inner);
        let literals = collector.build().unwrap();
        let found = literals.present("x CONNECTION IS DISABLED.");
        assert_eq!(found, BTreeSet::from([outer, inner]));
        assert!(literals.present("").is_empty());
    }
}
