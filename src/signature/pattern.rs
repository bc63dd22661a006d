//! Compiling patterns: the fixed ones of this program and the bounded ones of signature files.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder, RegexSet};

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

/// Patterns that [`fixed`] took, searched together.
#[allow(clippy::expect_used)]
pub(super) fn fixed_set<'p>(patterns: impl Iterator<Item = &'p str>) -> RegexSet {
    // Each of them compiled alone, and together they are far below the size limit.
    RegexSet::new(patterns).expect("constant patterns compile together")
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

    /// Compiles it now, or says why that cannot be done.
    pub fn check(&self) -> Result<(), String> {
        if self.compiled.get().is_none() {
            // Whoever else compiled it meanwhile compiled the same.
            let _ = self.compiled.set(foreign(&self.pattern)?);
        }
        Ok(())
    }

    /// The compiled pattern. A pack checks what it is given when it is loaded; what is shipped is
    /// checked by a test instead.
    #[allow(clippy::expect_used)]
    pub fn get(&self) -> &Regex {
        self.compiled.get_or_init(|| foreign(&self.pattern).expect("a loaded pattern compiles"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_compiled_once_and_only_when_asked_for() {
        let pattern = Foreign::new("a+");
        assert!(pattern.compiled.get().is_none());
        assert!(pattern.check().is_ok() && pattern.compiled.get().is_some());
        assert!(pattern.get().is_match("xa"));
        assert!(Foreign::new("b").get().is_match("b"));
        assert!(Foreign::new("(").check().is_err_and(|e| e.contains("does not compile")));
    }

    #[test]
    fn foreign_patterns_are_bounded() {
        assert!(foreign("(?i)connection").is_ok());
        assert!(foreign("(").is_err());
        assert!(foreign(&"a".repeat(PATTERN_LIMIT + 1)).is_err());
        assert!(foreign(r"(?:\w{200}){200}").is_err_and(|e| e.contains("compiled")));
    }
}
