//! What went wrong, under permanent codes, and what was still used.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How much a diagnostic matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something was not read.
    Error,
    /// Something was read only in part or by assumption.
    Warning,
    /// Worth knowing; never changes the exit code.
    Note,
}

impl Severity {
    /// The word as printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// One problem of one source.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Debug)]
pub struct Diagnostic {
    /// Permanent code, `stage.kind`.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// The source, empty for the whole run.
    pub source: String,
    /// `line 12`, `byte 81920`, or empty.
    pub location: String,
    /// What happened and what was still used.
    pub message: String,
    /// How many like it (the first is the one described).
    pub count: u64,
}

impl Diagnostic {
    /// A single problem.
    pub fn new(
        code: &str,
        severity: Severity,
        source: &str,
        location: impl Into<String>,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic {
            code: code.to_string(),
            severity,
            source: source.to_string(),
            location: location.into(),
            message: message.into(),
            count: 1,
        }
    }

    /// The stage that speaks: the part of the code before the dot.
    pub fn stage(&self) -> &str {
        self.code.split('.').next().unwrap_or("")
    }
}

/// Diagnostics by code and source: the first of a kind is described, the rest are counted, so a
/// file of a million bad lines costs one entry.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug, Default)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Adds one; a second of the same code and source is only counted.
    pub fn add(&mut self, diagnostic: Diagnostic) {
        let same = |d: &&mut Diagnostic| d.code == diagnostic.code && d.source == diagnostic.source;
        match self.0.iter_mut().find(same) {
            Some(first) => first.count += diagnostic.count,
            None => self.0.push(diagnostic),
        }
    }

    /// Union by code and source. The same entry twice stays once: a source is read by one worker.
    pub fn merge(&mut self, other: Diagnostics) {
        let mut all: BTreeMap<(String, String), Diagnostic> = BTreeMap::new();
        for diagnostic in std::mem::take(&mut self.0).into_iter().chain(other.0) {
            let key = (diagnostic.code.clone(), diagnostic.source.clone());
            match all.get_mut(&key) {
                Some(kept) if *kept >= diagnostic => {}
                Some(kept) => *kept = diagnostic,
                None => {
                    all.insert(key, diagnostic);
                }
            }
        }
        self.0 = all.into_values().collect();
    }
}
