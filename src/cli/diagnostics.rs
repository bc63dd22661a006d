//! Problems as lines on standard error: at most so many of a kind, then a count.

use std::collections::BTreeMap;

use super::output::say;
use crate::model::DiagnosticSeverity;
use crate::model::report::{DiagnosticRow, Report};
use crate::report::escape_for_terminal as terminal_text;

/// Lines per kind.
const OF_A_KIND: usize = 20;

/// Says what went wrong; notes only on request.
pub fn tell(report: &Report, notes: bool) {
    let mut told: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    for row in &report.diagnostics {
        if row.severity == DiagnosticSeverity::Note && !notes {
            continue;
        }
        let (lines, left) = told.entry(&row.code).or_default();
        if *lines < OF_A_KIND {
            *lines += 1;
            say(&line(row));
        } else {
            *left += row.count;
        }
    }
    for (code, (_, left)) in told.into_iter().filter(|(_, (_, left))| *left > 0) {
        say(&format!("faultline: … and {left} more of {code}; all are in report.json"));
    }
}

fn line(row: &DiagnosticRow) -> String {
    let mut line = format!("faultline: {}[{}]", row.severity.as_str(), row.code);
    if !row.source.is_empty() {
        line.push_str(&format!(" {}", terminal_text(&row.source)));
    }
    if !row.location.is_empty() {
        line.push_str(&format!(" ({})", row.location));
    }
    line.push_str(&format!(": {}", terminal_text(&row.message)));
    if row.count > 1 {
        line.push_str(&format!(" (and {} more like it)", row.count - 1));
    }
    line
}
