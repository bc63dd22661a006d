//! Diagnostics: problems of a source or of the run, under permanent codes. The stages create them;
//! nothing here decides whether they change the exit code.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::diagnostic_code::DiagnosticCode;

/// How much a diagnostic matters.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, Debug,
)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Severity2")]
pub enum DiagnosticSeverity {
    /// Something was not read.
    Error,
    /// Something was read only in part or by assumption.
    Warning,
    /// Worth knowing; never changes the exit code.
    Note,
}

impl DiagnosticSeverity {
    pub fn as_str(self) -> &'static str {
        match self {
            DiagnosticSeverity::Error => "error",
            DiagnosticSeverity::Warning => "warning",
            DiagnosticSeverity::Note => "note",
        }
    }
}

/// One problem of one source or of the run.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Debug)]
pub struct Diagnostic {
    pub code: DiagnosticCode,
    pub severity: DiagnosticSeverity,
    /// Key of the source; empty for the whole run.
    pub source: String,
    /// `line 12`, `byte 81920`, or empty.
    pub location: String,
    /// What failed, and what was used nevertheless.
    pub message: String,
    /// Problems of this code and source; the message describes the first.
    pub count: u64,
}

impl Diagnostic {
    /// A diagnostic of a single problem.
    pub fn new(
        code: DiagnosticCode,
        severity: DiagnosticSeverity,
        source: &str,
        location: impl Into<String>,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic {
            code,
            severity,
            source: source.to_string(),
            location: location.into(),
            message: message.into(),
            count: 1,
        }
    }
}

/// Diagnostics by code and source. The first one of a code and source is described and the others
/// are counted, so that a file with a million bad lines has one entry. A map, because a million
/// sources may have one entry each.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug, Default)]
#[serde(from = "Vec<Diagnostic>", into = "Vec<Diagnostic>")]
pub struct Diagnostics(BTreeMap<(DiagnosticCode, String), Diagnostic>);

impl Diagnostics {
    /// Adds a diagnostic. If one of the same code and source exists, only its count grows.
    pub fn add(&mut self, diagnostic: Diagnostic) {
        match self.0.entry(entry_key(&diagnostic)) {
            Entry::Occupied(mut first) => first.get_mut().count += diagnostic.count,
            Entry::Vacant(vacant) => {
                vacant.insert(diagnostic);
            }
        }
    }

    /// Union by code and source. Counts are not added, because one worker reads a source and equal
    /// entries are copies; of two entries the greater stays.
    pub fn merge(&mut self, other: Diagnostics) {
        for (key, diagnostic) in other.0 {
            let merged = self.0.entry(key).or_insert_with(|| diagnostic.clone());
            if diagnostic > *merged {
                *merged = diagnostic;
            }
        }
    }

    /// In the order of code and source.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.values()
    }

    /// In the same order. The caller must not change the code or the source.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Diagnostic> {
        self.0.values_mut()
    }
}

impl From<Vec<Diagnostic>> for Diagnostics {
    fn from(rows: Vec<Diagnostic>) -> Diagnostics {
        let mut all = Diagnostics::default();
        rows.into_iter().for_each(|row| all.add(row));
        all
    }
}

impl From<Diagnostics> for Vec<Diagnostic> {
    fn from(all: Diagnostics) -> Vec<Diagnostic> {
        all.into_iter().collect()
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::collections::btree_map::IntoValues<(DiagnosticCode, String), Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_values()
    }
}

fn entry_key(diagnostic: &Diagnostic) -> (DiagnosticCode, String) {
    (diagnostic.code, diagnostic.source.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(source: &str) -> Diagnostic {
        Diagnostic::new(
            DiagnosticCode::WalkLink,
            DiagnosticSeverity::Note,
            source,
            "",
            "a link, skipped; use --follow-links to read it",
        )
    }

    #[test]
    fn a_second_diagnostic_of_a_code_and_source_is_counted() {
        let mut all = Diagnostics::default();
        for source in ["b", "a", "b"] {
            all.add(link(source));
        }
        let counts: Vec<(&str, u64)> = all.iter().map(|d| (d.source.as_str(), d.count)).collect();
        assert_eq!(counts, [("a", 1), ("b", 2)]);
    }

    #[test]
    fn merge_is_idempotent() {
        let (mut all, mut other) = (Diagnostics::default(), Diagnostics::default());
        all.add(link("a"));
        other.add(link("a"));
        other.add(link("b"));
        all.merge(other.clone());
        let once = all.clone();
        all.merge(other);
        assert_eq!(all, once);
        assert_eq!(once.iter().map(|d| d.count).collect::<Vec<_>>(), [1, 1]);
    }

    #[test]
    fn a_hundred_thousand_sources_are_added_quickly() {
        let mut all = Diagnostics::default();
        for number in 0..100_000 {
            all.add(link(&number.to_string()));
        }
        assert_eq!(all.iter().count(), 100_000);
    }
}
