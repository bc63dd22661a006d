//! Compiles patterns: the constant ones of this program and, within limits, those of signature
//! files. When a user's pattern is compiled is decided in `rules::compile`.

use std::sync::LazyLock;

use regex::{CaptureMatches, Captures, Regex, RegexBuilder, RegexSet};

/// Longest pattern of a signature, in characters. The longest sensible sentence in ten languages is
/// far shorter; a longer pattern is a list of texts that belongs into `anchors`.
pub(crate) const PATTERN_LIMIT: usize = 2_000;

/// Most memory of one compiled pattern, in bytes, so that a file of two thousand signatures cannot
/// exhaust the memory.
pub(crate) const COMPILED_LIMIT: usize = 1 << 20;

/// A GUID with or without dashes and braces.
pub(crate) const GUID: &str =
    r"(?:\{?[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\}?|[0-9A-Fa-f]{32}(?-u:\b))";

/// Compiles a pattern of this program. Every caller passes a constant and its tests run the call,
/// so a pattern that does not compile is never released.
#[allow(clippy::expect_used)]
pub(crate) fn static_regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern compiles")
}

/// A pattern of this program that is compiled on first use, since most runs need few of them.
pub(crate) struct StaticRegex(LazyLock<Regex, Compile>);

type Compile = Box<dyn FnOnce() -> Regex + Send>;

impl StaticRegex {
    /// `pattern` must be a constant, as for [`static_regex`].
    pub fn new(pattern: impl Into<String> + Send + 'static) -> StaticRegex {
        StaticRegex(LazyLock::new(Box::new(|| static_regex(&pattern.into()))))
    }

    pub fn get(&self) -> &Regex {
        &self.0
    }
}

/// Compiles several patterns of this program into one set.
#[allow(clippy::expect_used)]
pub(crate) fn static_regex_set(patterns: impl Iterator<Item = String>) -> RegexSet {
    // Each pattern compiles alone, and together they are far below the size limit.
    RegexSet::new(patterns).expect("constant patterns compile together")
}

/// All captures of a pattern. Memory for the groups is allocated only if the pattern matches, which
/// most do not.
pub(crate) fn all_captures<'p, 't>(
    pattern: &'p Regex,
    text: &'t str,
) -> impl Iterator<Item = Captures<'t>> + use<'p, 't> {
    let matches: Option<CaptureMatches<'p, 't>> =
        pattern.is_match(text).then(|| pattern.captures_iter(text));
    matches.into_iter().flatten()
}

/// True if a pattern is within [`PATTERN_LIMIT`].
pub(crate) fn is_short(pattern: &str) -> bool {
    pattern.chars().count() <= PATTERN_LIMIT
}

/// Compiles a pattern of a signature file within the limits.
///
/// # Errors
///
/// Says in one line what the author has to change.
pub(crate) fn compile_user_pattern(pattern: &str) -> Result<Regex, String> {
    let length = pattern.chars().count();
    if length > PATTERN_LIMIT {
        return Err(format!(
            "regex has {length} characters, and the limit is {PATTERN_LIMIT}; put a list of texts into `anchors`"
        ));
    }
    RegexBuilder::new(pattern).size_limit(COMPILED_LIMIT).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(limit) => format!(
            "regex takes more than {} KiB when compiled; repeat less often, or write `*` instead of a large count",
            limit >> 10
        ),
        regex::Error::Syntax(message) => {
            format!("regex does not compile: {}", in_one_line(&message))
        }
        other => format!("regex does not compile: {other}"),
    })
}

/// Compiles a variant of a pattern that [`compile_user_pattern`] accepts. It may be somewhat
/// larger.
pub(crate) fn compile_variant(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).size_limit(2 * COMPILED_LIMIT).build().ok()
}

/// The reason of a syntax error without the excerpt of the pattern.
fn in_one_line(message: &str) -> String {
    let reason = message.lines().rev().find_map(|line| line.strip_prefix("error: "));
    reason.map_or_else(|| message.replace('\n', " "), str::to_string)
}
