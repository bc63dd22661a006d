//! Checks that the patterns of signature files compile within their limits. A pattern is compiled
//! only if an upper bound from its parts is not enough: compiling ten thousand patterns would take
//! nearly all of the time to load them.

use std::collections::HashMap;

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{Ast, Flag, Flags, Repetition, RepetitionKind, RepetitionRange};
use regex_syntax::hir::{Class, Hir, HirKind};
use regex_syntax::utf8::Utf8Sequences;

use crate::search::{COMPILED_LIMIT, compile_user_pattern, is_short};

/// Upper bound in bytes for one state of a compiled pattern with its transitions.
const STATE: usize = 64;

/// Bytes for a character in all its cases: at most four characters of at most four bytes.
const CHARACTER: usize = 16 * STATE;

/// Bytes for an ASCII character in all its cases: `K` has a third case of three bytes.
const ASCII: usize = 6 * STATE;

/// Checks the patterns of one set. Measuring a class is slow and a set has few different classes,
/// so each is measured once.
#[derive(Debug, Default)]
pub(crate) struct RegexLimits {
    /// Size of a class in bytes, by its source text; `None` if only compiling shows it.
    classes: HashMap<String, Option<usize>>,
}

impl RegexLimits {
    /// # Errors
    ///
    /// Says what the author has to change if the pattern does not compile or is over a limit.
    pub fn vet(&mut self, pattern: &str) -> Result<(), String> {
        let parsed = if is_short(pattern) { Parser::new().parse(pattern).ok() } else { None };
        let Some(ast) = parsed else { return compile_user_pattern(pattern).map(drop) };
        if repeats_a_repetition(&ast) {
            return Err(
                "regex repeats a repetition: `(a+)+` matches nothing that `a+` does not, and \
                        is slow in other tools; write one repetition"
                    .to_string(),
            );
        }
        match self.size_bound(pattern, &ast) {
            Some(bytes) if bytes < COMPILED_LIMIT => Ok(()),
            _ => compile_user_pattern(pattern).map(drop),
        }
    }

    /// Upper bound in bytes for the compiled pattern: every byte of a literal, every UTF-8 sequence
    /// of a class and every copy of a repeated part counts as a state of its own. Nothing if the
    /// parts do not show it.
    fn size_bound(&mut self, pattern: &str, ast: &Ast) -> Option<usize> {
        Some(match ast {
            Ast::Empty(_) | Ast::Assertion(_) => STATE,
            Ast::Flags(set) => flags_size(&set.flags)?,
            Ast::Literal(literal) if literal.c.is_ascii() => ASCII,
            Ast::Literal(_) | Ast::Dot(_) => CHARACTER,
            Ast::ClassPerl(_) | Ast::ClassUnicode(_) | Ast::ClassBracketed(_) => {
                let span = ast.span();
                self.class_size(&pattern[span.start.offset..span.end.offset])?
            }
            Ast::Repetition(repeated) => {
                let one = self.size_bound(pattern, &repeated.ast)?.saturating_add(2 * STATE);
                copies(repeated).saturating_mul(one)
            }
            Ast::Group(group) => {
                let flags = group.flags().map_or(Some(STATE), flags_size)?;
                self.size_bound(pattern, &group.ast)?.saturating_add(STATE + flags)
            }
            Ast::Concat(all) => self.sum(pattern, &all.asts)?,
            Ast::Alternation(all) => self.sum(pattern, &all.asts)?,
        })
    }

    fn sum(&mut self, pattern: &str, parts: &[Ast]) -> Option<usize> {
        parts.iter().try_fold(STATE, |sum, part| {
            Some(sum.saturating_add(self.size_bound(pattern, part)?).saturating_add(STATE))
        })
    }

    /// Size of a class in bytes, valid with and without the `i` flag.
    fn class_size(&mut self, source: &str) -> Option<usize> {
        if let Some(size) = self.classes.get(source) {
            return *size;
        }
        let measure = |flags: &str| {
            regex_syntax::parse(&format!("{flags}{source}")).ok().and_then(|hir| hir_size(&hir))
        };
        let size = measure("").and_then(|exact| Some(exact.max(measure("(?i)")?)));
        self.classes.insert(source.to_string(), size);
        size
    }
}

/// Nothing for flags that change the meaning of the parts.
fn flags_size(flags: &Flags) -> Option<usize> {
    let changes = [Flag::IgnoreWhitespace, Flag::Unicode];
    changes.iter().all(|flag| flags.flag_state(*flag).is_none()).then_some(STATE)
}

fn hir_size(hir: &Hir) -> Option<usize> {
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

/// Copies of the repeated part, and one for the branch that skips them.
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

/// True for an unbounded repetition of nothing but an unbounded repetition.
fn repeats_a_repetition(ast: &Ast) -> bool {
    match ast {
        Ast::Repetition(outer) => {
            let nested = || matches!(without_groups(&outer.ast), Ast::Repetition(inner) if is_unbounded(inner));
            (is_unbounded(outer) && nested()) || repeats_a_repetition(&outer.ast)
        }
        Ast::Group(group) => repeats_a_repetition(&group.ast),
        Ast::Concat(parts) => parts.asts.iter().any(repeats_a_repetition),
        Ast::Alternation(parts) => parts.asts.iter().any(repeats_a_repetition),
        _ => false,
    }
}

fn is_unbounded(repeated: &Repetition) -> bool {
    matches!(
        repeated.op.kind,
        RepetitionKind::ZeroOrMore
            | RepetitionKind::OneOrMore
            | RepetitionKind::Range(RepetitionRange::AtLeast(_))
    )
}

/// The only part inside groups, flags ignored.
fn without_groups(ast: &Ast) -> &Ast {
    match ast {
        Ast::Group(group) => without_groups(&group.ast),
        Ast::Concat(parts) => {
            let mut matching = parts.asts.iter().filter(|part| !matches!(part, Ast::Flags(_)));
            match (matching.next(), matching.next()) {
                (Some(only), None) => without_groups(only),
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
    use crate::search::regexes::PATTERN_LIMIT;

    fn vet(pattern: &str) -> Result<(), String> {
        RegexLimits::default().vet(pattern)
    }

    #[test]
    fn patterns_over_a_limit_are_refused() {
        for (pattern, expected) in [
            ("(", "does not compile: unclosed group"),
            (r"(?<!x)y", "look-around"),
            (r"(x)\1", "backreferences"),
            (r"\p{Nowhere}", "does not compile"),
            (&"a".repeat(PATTERN_LIMIT + 1), "the limit is 2000"),
            (&"(".repeat(1_000), "does not compile"),
            (r"(?:\w{200}){200}", "when compiled"),
            ("(?:a{1000}){1000}", "when compiled"),
            ("a{4294967295}", "when compiled"),
            ("(a+)+$", "repeats a repetition"),
            ("x(?:(?:a|b)*)*y", "repeats a repetition"),
            ("(?:(?i)a{2,})*", "repeats a repetition"),
        ] {
            let problem = vet(pattern).unwrap_err();
            assert!(problem.contains(expected) && !problem.contains('\n'), "{pattern}: {problem}");
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
    fn a_class_is_measured_once() {
        let mut limits = RegexLimits::default();
        for number in 0..100 {
            limits.vet(&format!(r"(?i){number} [\w.]+ [\w.]* \d")).unwrap();
        }
        assert_eq!(limits.classes.len(), 2);
    }

    proptest! {
        /// A pattern that is accepted without compiling it must compile when a record needs it.
        #[test]
        fn an_accepted_pattern_compiles(
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
                prop_assert!(compile_user_pattern(&pattern).is_ok(), "{pattern}");
            }
        }
    }
}
