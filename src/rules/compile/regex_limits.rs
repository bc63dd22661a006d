//! Whether the patterns of signature files can be compiled within their limits, told without
//! compiling those whose parts already show it: compiling ten thousand would be nearly all of the
//! time to load them.

use std::collections::HashMap;

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{Ast, Flag, Flags, Repetition, RepetitionKind, RepetitionRange};
use regex_syntax::hir::{Class, Hir, HirKind};
use regex_syntax::utf8::Utf8Sequences;

use crate::search::{COMPILED_LIMIT, foreign, is_short};

/// No state of a compiled pattern takes more bytes, its transitions counted.
const STATE: usize = 64;

/// States of a character in all its cases: at most four characters of at most four bytes.
const CHARACTER: usize = 16 * STATE;

/// States of a letter, digit or sign of ASCII in all its cases: `K` has a third one of three bytes.
const ASCII: usize = 6 * STATE;

/// Looks at the patterns of a set. Classes are what takes time, and a set has few: each is looked at
/// once.
#[derive(Debug, Default)]
pub(crate) struct RegexLimits {
    /// What a class weighs, by how it is written; nothing for one that has to be compiled to know.
    classes: HashMap<String, Option<usize>>,
}

impl RegexLimits {
    /// Sees whether a pattern can be compiled.
    pub fn vet(&mut self, pattern: &str) -> Result<(), String> {
        let parsed = if is_short(pattern) { Parser::new().parse(pattern).ok() } else { None };
        let Some(ast) = parsed else { return foreign(pattern).map(drop) };
        if repeats_a_repetition(&ast) {
            return Err("regex repeats a repetition, as in `(a+)+`: here that costs time in \
                        proportion to the text and no more, but it says nothing that `a+` does not, \
                        and other tools hang on it; write it once"
                .to_string());
        }
        match self.weight(pattern, &ast) {
            Some(weight) if weight < COMPILED_LIMIT => Ok(()),
            _ => foreign(pattern).map(drop),
        }
    }

    /// More bytes than the compiled pattern takes: every byte of a literal, every step of a range of
    /// characters and every copy of what is repeated as a state of its own, none of them shared.
    /// Nothing where that cannot be told from the parts.
    fn weight(&mut self, pattern: &str, ast: &Ast) -> Option<usize> {
        Some(match ast {
            Ast::Empty(_) | Ast::Assertion(_) => STATE,
            Ast::Flags(set) => of_flags(&set.flags)?,
            Ast::Literal(literal) if literal.c.is_ascii() => ASCII,
            Ast::Literal(_) | Ast::Dot(_) => CHARACTER,
            Ast::ClassPerl(_) | Ast::ClassUnicode(_) | Ast::ClassBracketed(_) => {
                let span = ast.span();
                self.class(&pattern[span.start.offset..span.end.offset])?
            }
            Ast::Repetition(repeated) => {
                let one = self.weight(pattern, &repeated.ast)?.saturating_add(2 * STATE);
                copies(repeated).saturating_mul(one)
            }
            Ast::Group(group) => {
                let flags = group.flags().map_or(Some(STATE), of_flags)?;
                self.weight(pattern, &group.ast)?.saturating_add(STATE + flags)
            }
            Ast::Concat(all) => self.sum(pattern, &all.asts)?,
            Ast::Alternation(all) => self.sum(pattern, &all.asts)?,
        })
    }

    fn sum(&mut self, pattern: &str, parts: &[Ast]) -> Option<usize> {
        parts.iter().try_fold(STATE, |sum, part| {
            Some(sum.saturating_add(self.weight(pattern, part)?).saturating_add(STATE))
        })
    }

    /// What a class weighs, whether case counts where it stands or not.
    fn class(&mut self, written: &str) -> Option<usize> {
        if let Some(known) = self.classes.get(written) {
            return *known;
        }
        let weighed = |flags: &str| {
            regex_syntax::parse(&format!("{flags}{written}")).ok().and_then(|hir| of_class(&hir))
        };
        let weight = weighed("").and_then(|exact| Some(exact.max(weighed("(?i)")?)));
        self.classes.insert(written.to_string(), weight);
        weight
    }
}

/// Nothing for flags under which the parts mean something else than they do alone.
fn of_flags(flags: &Flags) -> Option<usize> {
    let changes = [Flag::IgnoreWhitespace, Flag::Unicode];
    changes.iter().all(|flag| flags.flag_state(*flag).is_none()).then_some(STATE)
}

fn of_class(hir: &Hir) -> Option<usize> {
    match hir.kind() {
        HirKind::Empty => Some(STATE),
        HirKind::Literal(literal) => Some(literal.0.len() * STATE),
        HirKind::Class(Class::Unicode(class)) => {
            let ranges = class.ranges().iter();
            let sequences = ranges.flat_map(|range| Utf8Sequences::new(range.start(), range.end()));
            Some(sequences.map(|sequence| sequence.len() * STATE).sum::<usize>() + STATE)
        }
        _ => None,
    }
}

/// Copies of what is repeated, and one for the way around them.
fn copies(repeated: &Repetition) -> usize {
    let count = match repeated.op.kind {
        RepetitionKind::ZeroOrOne | RepetitionKind::ZeroOrMore | RepetitionKind::OneOrMore => 1,
        RepetitionKind::Range(
            RepetitionRange::Exactly(count)
            | RepetitionRange::AtLeast(count)
            | RepetitionRange::Bounded(_, count),
        ) => count.max(1),
    };
    (count as usize).saturating_add(1)
}

/// True for something repeated without end that is nothing but something repeated without end.
fn repeats_a_repetition(ast: &Ast) -> bool {
    match ast {
        Ast::Repetition(outer) => {
            let nested = || matches!(bare(&outer.ast), Ast::Repetition(inner) if is_endless(inner));
            (is_endless(outer) && nested()) || repeats_a_repetition(&outer.ast)
        }
        Ast::Group(group) => repeats_a_repetition(&group.ast),
        Ast::Concat(parts) => parts.asts.iter().any(repeats_a_repetition),
        Ast::Alternation(parts) => parts.asts.iter().any(repeats_a_repetition),
        _ => false,
    }
}

fn is_endless(repeated: &Repetition) -> bool {
    matches!(
        repeated.op.kind,
        RepetitionKind::ZeroOrMore
            | RepetitionKind::OneOrMore
            | RepetitionKind::Range(RepetitionRange::AtLeast(_))
    )
}

/// What stands alone inside groups, flags aside.
fn bare(ast: &Ast) -> &Ast {
    match ast {
        Ast::Group(group) => bare(&group.ast),
        Ast::Concat(parts) => {
            let mut said = parts.asts.iter().filter(|part| !matches!(part, Ast::Flags(_)));
            match (said.next(), said.next()) {
                (Some(only), None) => bare(only),
                _ => ast,
            }
        }
        _ => ast,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::search::PATTERN_LIMIT;

    fn vet(pattern: &str) -> Result<(), String> {
        RegexLimits::default().vet(pattern)
    }

    #[test]
    fn foreign_patterns_are_bounded() {
        for (pattern, told) in [
            ("(", "does not compile: unclosed group"),
            (r"(?<!x)y", "look-around"),
            (r"(x)\1", "backreferences"),
            (r"\p{Nowhere}", "does not compile"),
            (&"a".repeat(PATTERN_LIMIT + 1), "may have 2000"),
            (&"(".repeat(1_000), "does not compile"),
            (r"(?:\w{200}){200}", "when compiled"),
            ("(?:a{1000}){1000}", "when compiled"),
            ("a{4294967295}", "when compiled"),
            ("(a+)+$", "repeats a repetition"),
            ("x(?:(?:a|b)*)*y", "repeats a repetition"),
            ("(?:(?i)a{2,})*", "repeats a repetition"),
        ] {
            let problem = vet(pattern).unwrap_err();
            assert!(problem.contains(told) && !problem.contains('\n'), "{pattern}: {problem}");
        }
        for pattern in [
            r"(?i)connection \[(?P<connection>[0-9a-f-]{36})\]",
            r"\w+ \p{L}*(?:, \w+)*",
            "(?:a+b?)*",
        ] {
            assert_eq!(vet(pattern), Ok(()), "{pattern}");
        }
    }

    #[test]
    fn a_class_is_looked_at_once() {
        let mut vetting = RegexLimits::default();
        for number in 0..100 {
            vetting.vet(&format!(r"(?i){number} [\w.]+ [\w.]* \d")).unwrap();
        }
        assert_eq!(vetting.classes.len(), 2);
    }

    proptest! {
        /// What is waved through uncompiled must compile when a record needs it.
        #[test]
        fn what_is_vetted_compiles(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "a", "接続", "ß", "k", "[a-z]", r"\w", r"\pL", r"\S", ".", "(?i:straße)", "[^\"]",
                    "(?s:.)", "(?:ab|cd|)", "(x)", r"\b", "^", "[\u{80}-\u{10ffff}]", "(?i)", "(?x)",
                    r"(?-u:\b)", r"[\w--\d]", r"[^\w\s]",
                ]),
                1..8,
            ),
            copies in prop::sample::select(vec!["", "*", "+?", "{3}", "{0,40}", "{17,}", "{200}"]),
            outer in prop::sample::select(vec!["", "?", "{2,9}", "{60}"]),
        ) {
            let pattern = format!("(?:(?:{}){copies}z){outer}", parts.join(""));
            if vet(&pattern).is_ok() {
                prop_assert!(foreign(&pattern).is_ok(), "{pattern}");
            }
        }
    }
}
