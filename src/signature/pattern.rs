//! Compiling patterns: the fixed ones of this program and the bounded ones of signature files.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder, RegexSet};
use regex_syntax::hir::{Class, Hir, HirKind};
use regex_syntax::utf8::Utf8Sequences;

/// Longest pattern a signature may carry. The longest sensible sentence in ten languages is far
/// below; beyond it somebody pasted a list that belongs into anchors.
pub(super) const PATTERN_LIMIT: usize = 2_000;

/// Most memory one compiled pattern may take, in bytes: a file of two thousand signatures must
/// not be able to eat the machine.
const COMPILED_LIMIT: usize = 1 << 20;

/// No state of a compiled pattern takes more bytes, its transitions counted.
const STATE: usize = 64;

/// GUID in any dress: dashes or none, braces or none.
pub(super) const GUID: &str =
    r"(?:\{?[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\}?|[0-9A-Fa-f]{32}(?-u:\b))";

/// A pattern written in this program.
///
/// Every caller passes a constant and is exercised by the tests of its module, so a pattern that
/// does not compile cannot leave the house.
#[allow(clippy::expect_used)]
pub(super) fn fixed(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern compiles")
}

/// Patterns that [`fixed`] takes, searched together.
#[allow(clippy::expect_used)]
pub(super) fn fixed_set(patterns: impl Iterator<Item = String>) -> RegexSet {
    // Each of them compiles alone, and together they are far below the size limit.
    RegexSet::new(patterns).expect("constant patterns compile together")
}

/// A pattern written by somebody else, compiled.
pub(super) fn foreign(pattern: &str) -> Result<Regex, String> {
    let length = pattern.chars().count();
    if length > PATTERN_LIMIT {
        return Err(format!(
            "regex has {length} characters and may have {PATTERN_LIMIT}; a list of texts belongs into `anchors`"
        ));
    }
    RegexBuilder::new(pattern).size_limit(COMPILED_LIMIT).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(limit) => format!(
            "regex takes more than {} KiB when compiled; repeat less often, or write `*` instead of a large count",
            limit >> 10
        ),
        regex::Error::Syntax(told) => format!("regex does not compile: {}", in_one_line(&told)),
        other => format!("regex does not compile: {other}"),
    })
}

/// A part of a pattern that [`foreign`] took.
pub(super) fn branch(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).size_limit(2 * COMPILED_LIMIT).build().ok()
}

/// A syntax error without the drawing around it.
fn in_one_line(told: &str) -> String {
    let reason = told.lines().rev().find_map(|line| line.strip_prefix("error: "));
    reason.map_or_else(|| told.replace('\n', " "), str::to_string)
}

/// Sees whether a pattern can be compiled within its limits, without compiling it where its parts
/// already tell: compiling ten thousand would be nearly all of the time to load them.
pub(super) fn vet(pattern: &str) -> Result<(), String> {
    if pattern.chars().count() > PATTERN_LIMIT {
        return foreign(pattern).map(drop);
    }
    let Ok(hir) = regex_syntax::parse(pattern) else { return foreign(pattern).map(drop) };
    if repeats_a_repetition(&hir) {
        return Err(
            "regex repeats a repetition, as in `(a+)+`: here that costs time in proportion \
                    to the text and no more, but it says nothing that `a+` does not, and other \
                    tools hang on it; write it once"
                .to_string(),
        );
    }
    if weight(&hir) < COMPILED_LIMIT { Ok(()) } else { foreign(pattern).map(drop) }
}

/// True for something repeated without end that is nothing but something repeated without end.
fn repeats_a_repetition(hir: &Hir) -> bool {
    let endless = |hir: &Hir| match bare(hir).kind() {
        HirKind::Repetition(inner) => inner.max.is_none(),
        _ => false,
    };
    match hir.kind() {
        HirKind::Repetition(outer) if outer.max.is_none() && endless(&outer.sub) => true,
        HirKind::Repetition(outer) => repeats_a_repetition(&outer.sub),
        HirKind::Capture(capture) => repeats_a_repetition(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().any(repeats_a_repetition)
        }
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => false,
    }
}

/// What stands inside groups.
fn bare(hir: &Hir) -> &Hir {
    match hir.kind() {
        HirKind::Capture(capture) => bare(&capture.sub),
        _ => hir,
    }
}

/// More bytes than the compiled pattern takes: every byte of a literal, every step of a range of
/// characters and every copy of what is repeated as a state of its own, none of them shared.
fn weight(hir: &Hir) -> usize {
    let parts = |parts: &[Hir]| {
        parts.iter().map(|part| weight(part) + STATE).fold(STATE, usize::saturating_add)
    };
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => STATE,
        HirKind::Literal(literal) => literal.0.len().saturating_mul(STATE),
        HirKind::Class(Class::Bytes(class)) => (class.ranges().len() + 1) * STATE,
        HirKind::Class(Class::Unicode(class)) => {
            let ranges = class.ranges().iter();
            let sequences = ranges.flat_map(|range| Utf8Sequences::new(range.start(), range.end()));
            sequences.map(|sequence| sequence.len() * STATE).fold(STATE, usize::saturating_add)
        }
        HirKind::Repetition(repeated) => {
            let copies = repeated.max.unwrap_or(repeated.min).max(1) as usize + 1;
            copies.saturating_mul(weight(&repeated.sub).saturating_add(2 * STATE))
        }
        HirKind::Capture(capture) => weight(&capture.sub).saturating_add(2 * STATE),
        HirKind::Concat(all) | HirKind::Alternation(all) => parts(all),
    }
}

/// A pattern written by somebody else, compiled when it is first asked for. Most patterns of a pack
/// are never asked for in a run, and compiling all of them is most of the start.
#[derive(Debug)]
pub(super) struct Foreign {
    pattern: String,
    compiled: OnceLock<Regex>,
}

impl Foreign {
    /// Not compiled yet.
    pub fn new(pattern: &str) -> Foreign {
        Foreign { pattern: pattern.to_string(), compiled: OnceLock::new() }
    }

    /// The compiled pattern. What is loaded was vetted first, and a pattern that [`vet`] takes
    /// compiles; what is shipped is vetted by a test instead.
    #[allow(clippy::expect_used)]
    pub fn get(&self) -> &Regex {
        self.compiled.get_or_init(|| foreign(&self.pattern).expect("a vetted pattern compiles"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pattern_is_compiled_once_and_only_when_asked_for() {
        let pattern = Foreign::new("a+");
        assert!(pattern.compiled.get().is_none());
        assert!(pattern.get().is_match("xa"));
        assert!(pattern.compiled.get().is_some());
    }

    #[test]
    fn foreign_patterns_are_bounded() {
        for (pattern, told) in [
            ("(", "does not compile: unclosed group"),
            (r"(?<!x)y", "look-around"),
            (r"(x)\1", "backreferences"),
            (&"a".repeat(PATTERN_LIMIT + 1), "may have 2000"),
            (r"(?:\w{200}){200}", "when compiled"),
            ("(?:a{1000}){1000}", "when compiled"),
            ("a{4294967295}", "when compiled"),
            ("(a+)+$", "repeats a repetition"),
            ("x(?:(?:a|b)*)*y", "repeats a repetition"),
        ] {
            let problem = vet(pattern).unwrap_err();
            assert!(problem.contains(told) && !problem.contains('\n'), "{pattern}: {problem}");
        }
        for pattern in
            [r"(?i)connection \[(?P<connection>[0-9a-f-]{36})\]", r"\w+ \p{L}*(?:, \w+)*"]
        {
            assert_eq!(vet(pattern), Ok(()), "{pattern}");
        }
    }

    proptest! {
        /// What is waved through uncompiled must compile when a record needs it.
        #[test]
        fn what_is_vetted_compiles(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "a", "接続", "[a-z]", r"\w", r"\pL", r"\S", ".", "(?i:straße)", "[^\"]", "(?s:.)",
                    "(?:ab|cd|)", "(x)", r"\b", "^", "[\u{80}-\u{10ffff}]",
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
