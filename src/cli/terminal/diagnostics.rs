//! Prints diagnostics on standard error: at most [`MAX_LINES_PER_CODE`] lines per code, then a count of
//! the rest.

use std::collections::BTreeMap;

use crate::cli::terminal::output::note;
use crate::model::{DiagnosticRow, DiagnosticSeverity, Lang, Report};
use crate::report::{escape_for_terminal as terminal_text, localized_message};

const MAX_LINES_PER_CODE: usize = 20;

/// Prints the diagnostics of a report; notes only if `notes` is set. In Japanese the advice precedes the
/// English message, which stays because users search for it.
pub fn print_diagnostics(report: &Report, notes: bool, lang: Lang) {
    let mut counts: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    for row in &report.diagnostics {
        if row.severity == DiagnosticSeverity::Note && !notes {
            continue;
        }
        let (lines, rest) = counts.entry(&row.code).or_default();
        if *lines < MAX_LINES_PER_CODE {
            *lines += 1;
            note(&format_line(row, lang));
        } else {
            *rest += row.count;
        }
    }
    for (code, (_, rest)) in counts.into_iter().filter(|(_, (_, rest))| *rest > 0) {
        note(&match lang {
            Lang::En => format!("faultline: … and {rest} more of {code}; all are in report.json"),
            Lang::Ja => {
                format!(
                    "faultline: … {code} はほかに {rest} 件あります。全件は report.json にあります"
                )
            }
        });
    }
}

fn format_line(row: &DiagnosticRow, lang: Lang) -> String {
    let mut line = format!("faultline: {}[{}]", row.severity.as_str(), row.code);
    if !row.source.is_empty() {
        line.push_str(&format!(" {}", terminal_text(&row.source)));
    }
    if !row.location.is_empty() {
        line.push_str(&format!(" ({})", row.location));
    }
    line.push_str(&format!(
        ": {}",
        terminal_text(&localized_message(&row.code, &row.message, lang))
    ));
    if let Some(others) = row.count.checked_sub(1).filter(|others| *others > 0) {
        line.push_str(&match lang {
            Lang::En => format!(" (and {others} more like it)"),
            Lang::Ja => format!(" (同様のものがほかに {others} 件)"),
        });
    }
    line
}
