//! Compiling patterns: the fixed ones of this program and the bounded ones of signature files. Whether
//! one may be compiled is `vetting`'s, when that is done is `foreign`'s.

use std::sync::LazyLock;

use regex::{CaptureMatches, Captures, Regex, RegexBuilder, RegexSet};

/// Longest pattern a signature may carry. The longest sensible sentence in ten languages is far
/// below; beyond it somebody pasted a list that belongs into anchors.
pub(crate) const PATTERN_LIMIT: usize = 2_000;

/// Most memory one compiled pattern may take, in bytes: a file of two thousand signatures must
/// not be able to eat the machine.
pub(crate) const COMPILED_LIMIT: usize = 1 << 20;

/// GUID in any dress: dashes or none, braces or none.
pub(crate) const GUID: &str =
    r"(?:\{?[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\}?|[0-9A-Fa-f]{32}(?-u:\b))";

/// A pattern written in this program.
///
/// Every caller passes a constant and is exercised by the tests of its module, so a pattern that
/// does not compile cannot leave the house.
#[allow(clippy::expect_used)]
pub(crate) fn static_regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern compiles")
}

/// A pattern written in this program that is compiled when a text may need it: most runs need few.
pub(crate) struct StaticRegex(LazyLock<Regex, Compile>);

type Compile = Box<dyn FnOnce() -> Regex + Send>;

impl StaticRegex {
    /// Of a constant.
    pub fn new(pattern: impl Into<String> + Send + 'static) -> StaticRegex {
        StaticRegex(LazyLock::new(Box::new(|| static_regex(&pattern.into()))))
    }

    /// The pattern.
    pub fn get(&self) -> &Regex {
        &self.0
    }
}

/// Patterns that [`static_regex`] takes, searched together.
#[allow(clippy::expect_used)]
pub(crate) fn fixed_set(patterns: impl Iterator<Item = String>) -> RegexSet {
    // Each of them compiles alone, and together they are far below the size limit.
    RegexSet::new(patterns).expect("constant patterns compile together")
}

/// What a pattern captures in a text. Room for groups is made only where it fits, which most
/// patterns do not.
pub(crate) fn captures<'t>(pattern: &Regex, text: &'t str) -> Option<Captures<'t>> {
    if pattern.is_match(text) { pattern.captures(text) } else { None }
}

/// The same for every place in which it fits.
pub(crate) fn all_captures<'p, 't>(
    pattern: &'p Regex,
    text: &'t str,
) -> impl Iterator<Item = Captures<'t>> + use<'p, 't> {
    let found: Option<CaptureMatches<'p, 't>> =
        pattern.is_match(text).then(|| pattern.captures_iter(text));
    found.into_iter().flatten()
}

/// True for a pattern that a signature may carry as far as its length goes.
pub(crate) fn is_short(pattern: &str) -> bool {
    pattern.chars().count() <= PATTERN_LIMIT
}

/// A pattern written by somebody else, compiled.
pub(crate) fn compile_user_pattern(pattern: &str) -> Result<Regex, String> {
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

/// A part of a pattern that [`compile_user_pattern`] took.
pub(crate) fn branch(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).size_limit(2 * COMPILED_LIMIT).build().ok()
}

/// A syntax error without the drawing around it.
fn in_one_line(told: &str) -> String {
    let reason = told.lines().rev().find_map(|line| line.strip_prefix("error: "));
    reason.map_or_else(|| told.replace('\n', " "), str::to_string)
}
