//! Problems as lines on standard error: at most so many of a kind, then a count.

use std::collections::BTreeMap;

use crate::cli::terminal::output::note;
use crate::model::{DiagnosticRow, DiagnosticSeverity, Lang, Report};
use crate::report::{escape_for_terminal as terminal_text, localized_message};

/// Lines per kind.
const OF_A_KIND: usize = 20;

/// Says what went wrong; notes only on request. In Japanese what it means goes first, and the English
/// words, by which one searches, stand behind.
pub fn tell(report: &Report, notes: bool, lang: Lang) {
    let mut told: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    for row in &report.diagnostics {
        if row.severity == DiagnosticSeverity::Note && !notes {
            continue;
        }
        let (lines, left) = told.entry(&row.code).or_default();
        if *lines < OF_A_KIND {
            *lines += 1;
            note(&line(row, lang));
        } else {
            *left += row.count;
        }
    }
    for (code, (_, left)) in told.into_iter().filter(|(_, (_, left))| *left > 0) {
        note(&match lang {
            Lang::En => format!("faultline: … and {left} more of {code}; all are in report.json"),
            Lang::Ja => {
                format!(
                    "faultline: … {code} はほかに {left} 件あります。全件は report.json にあります"
                )
            }
        });
    }
}

fn line(row: &DiagnosticRow, lang: Lang) -> String {
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
