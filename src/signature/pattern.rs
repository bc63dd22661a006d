//! Compiling patterns: the fixed ones of this program and the bounded ones of signature files.

use regex::{Regex, RegexBuilder};

/// Longest pattern a signature may carry. The longest sensible sentence in ten languages is far
/// below; beyond it somebody pasted a list that belongs into anchors.
pub(super) const PATTERN_LIMIT: usize = 2_000;

/// Most memory one compiled pattern may take, in bytes: a file of two thousand signatures must
/// not be able to eat the machine.
const COMPILED_LIMIT: usize = 1 << 20;

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

/// A pattern written by somebody else.
pub(super) fn foreign(pattern: &str) -> Result<Regex, String> {
    if pattern.chars().count() > PATTERN_LIMIT {
        return Err(format!("regex is longer than {PATTERN_LIMIT} characters"));
    }
    RegexBuilder::new(pattern).size_limit(COMPILED_LIMIT).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(limit) => {
            format!("regex takes more than {limit} bytes when compiled")
        }
        other => format!("regex does not compile: {other}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_patterns_are_bounded() {
        assert!(foreign("(?i)connection").is_ok());
        assert!(foreign("(").is_err());
        assert!(foreign(&"a".repeat(PATTERN_LIMIT + 1)).is_err());
        assert!(foreign(r"(?:\w{200}){200}").is_err_and(|e| e.contains("compiled")));
    }
}
