//! summary.md: the report as a page for tickets, wikis and chat. Log text is escaped so that it
//! makes no mark-up, link or mention.

use crate::model::cut;
use crate::model::{Incident, Lang, Report};
use crate::report::escape::{markdown as text, markdown_advice, markdown_fence, safe_url};
use crate::report::style::{RenderError, Style};
use crate::report::text::diagnostics::{localized_message, reason};
use crate::report::text::labels::{
    bytes, capital, connection, connection_folder, job_folder, minute, number, some_of,
};
use crate::report::text::terms::{Term, state};
use crate::report::text::ui_strings::{UiStrings, fill, words};
use crate::report::text::verdict::{is_complete, unread, verdict};
/// Incidents in the table and described below it: what a person reads to the end.
const MAX_INCIDENTS: usize = 15;

/// Names in one list of an incident.
const MAX_NAMES: usize = 10;

/// Rows of each list behind the incidents; a heap of damaged files must not bury the page.
const MAX_LISTED: usize = 200;

/// Bytes of a sample; the whole text is in report.json.
const MAX_SAMPLE: usize = 4000;

/// The page.
pub fn summary(report: &Report, style: &Style) -> Result<Vec<u8>, RenderError> {
    let w = words(style.lang);
    let mut out = format!("# {}\n\n", w.title);
    if !is_complete(report) {
        out.push_str(&format!("**{}**: {}\n\n", w.incomplete, w.incomplete_note));
    }
    out.push_str(&format!("{}\n\n", text(&verdict(report, style.lang))));
    totals(&mut out, report, w);
    if !report.incidents.is_empty() {
        table(&mut out, report, style.lang);
    }
    for incident in report.incidents.iter().take(MAX_INCIDENTS) {
        section(&mut out, incident, style.lang);
    }
    others(&mut out, report, style.lang);
    coverage(&mut out, report, style.lang);
    diagnostics(&mut out, report, style.lang);
    Ok(out.into_bytes())
}

/// One item of a list; nothing when there is nothing to say.
fn item(out: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        out.push_str(&format!("- {}: {value}\n", capital(name)));
    }
}

/// The vendor's page as a link, when it is nothing but one.
fn link(url: &str) -> String {
    safe_url(url).map(|url| format!("<{url}>")).unwrap_or_else(|| text(url))
}

fn totals(out: &mut String, report: &Report, w: &UiStrings) {
    let (summary, coverage) = (&report.summary, &report.coverage);
    let sources = format!("{} ({})", number(coverage.sources.found), bytes(coverage.bytes.read));
    item(out, w.incidents, &number(summary.incidents));
    item(out, w.occurrences, &number(summary.occurrences));
    item(out, w.jobs, &number(summary.jobs));
    item(out, w.sources, &sources);
    item(out, w.records, &number(coverage.records.total));
    out.push('\n');
}

fn table(out: &mut String, report: &Report, lang: Lang) {
    let w = words(lang);
    let head = [w.id, w.state, w.severity, w.owner, w.what, w.connection, w.jobs, w.first, w.last];
    out.push_str(&format!("## {}\n\n", w.incidents));
    out.push_str(&format!("| {} |\n|{}\n", head.join(" | "), " --- |".repeat(head.len())));
    for incident in report.incidents.iter().take(MAX_INCIDENTS) {
        let row = [
            text(&incident.id),
            text(state(&incident.state, lang)),
            incident.severity.word(lang).to_string(),
            incident.owner.word(lang).to_string(),
            text(&incident.signature.title),
            text(&connection(&incident.connection, lang)),
            number(incident.counts.jobs),
            minute(incident.first_seen),
            minute(incident.last_seen),
        ];
        out.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    if let Some(rest) = report.incidents.len().checked_sub(MAX_INCIDENTS).filter(|n| *n > 0) {
        out.push_str(&format!("\n{}\n", fill(w.rows_left, &[("n", &number(rest as u64))])));
    }
    out.push('\n');
}

/// One incident: what, where, who, how to repair, how to check, and one sample.
fn section(out: &mut String, incident: &Incident, lang: Lang) {
    let w = words(lang);
    let names = |names: Vec<String>| {
        let names: Vec<String> = names.iter().map(|name| text(name)).collect();
        some_of(&names, MAX_NAMES, lang)
    };
    let home = connection_folder(&incident.connection_folder, lang);
    let jobs_ran = incident.job_folders.iter().map(|folder| job_folder(folder, lang)).collect();
    let processes = incident.processes.iter().map(|process| process.name.clone()).collect();
    let candidates = incident.connection.candidates.iter();
    let candidates = candidates.map(|c| c.name.clone().unwrap_or_else(|| c.id.to_string()));
    let cause = incident.cause.as_ref().map(|cause| text(&cause.code)).unwrap_or_default();

    out.push_str(&format!("### {} {}\n\n", text(&incident.id), text(&incident.signature.title)));
    item(out, w.connection, &text(&connection(&incident.connection, lang)));
    item(out, w.candidates, &names(candidates.collect()));
    item(out, w.connection_folder, &text(home.as_deref().unwrap_or(w.unknown)));
    item(out, w.job_folders, &names(jobs_ran));
    item(out, w.processes, &names(processes));
    item(out, w.codes, &names(incident.codes.clone()));
    item(out, w.cause, &cause);
    item(out, w.owner, incident.owner.word(lang));
    item(out, w.fix, &text(&incident.remediation.summary));
    item(out, w.vendor_page, &link(&incident.remediation.url));
    steps(out, w.steps, &incident.remediation.steps);
    steps(out, w.verify, &incident.remediation.verify);
    out.push('\n');
    if let Some(sample) = incident.samples.first() {
        let message = cut(&sample.message, MAX_SAMPLE);
        let line = number(sample.line);
        out.push_str(&format!("{}: {}, {} {line}\n\n", w.evidence, text(&sample.source), w.line));
        out.push_str(&markdown_fence(message));
        if message.len() < sample.message.len() {
            out.push_str(&format!("\n{}\n", text(w.message_cut)));
        }
        out.push('\n');
    }
}

fn steps(out: &mut String, name: &str, steps: &[String]) {
    if steps.is_empty() {
        return;
    }
    out.push_str(&format!("\n{name}:\n\n"));
    for (at, step) in steps.iter().enumerate() {
        out.push_str(&format!("{}. {}\n", at + 1, markdown_advice(step)));
    }
}

/// A section that lists rows, capped; nothing when there are none.
/// Rows under a heading; `beyond` counts those that the report itself leaves out.
fn listed(out: &mut String, title: &str, rows: Vec<String>, beyond: u64, lang: Lang) {
    if rows.is_empty() {
        return;
    }
    out.push_str(&format!("## {title}\n\n"));
    for row in rows.iter().take(MAX_LISTED) {
        out.push_str(&format!("- {row}\n"));
    }
    let rest = rows.len().saturating_sub(MAX_LISTED) as u64 + beyond;
    if rest > 0 {
        let rest = number(rest);
        out.push_str(&format!("- {}\n", fill(words(lang).and_more, &[("n", &rest)])));
    }
    out.push('\n');
}

/// What was seen and is no incident.
fn others(out: &mut String, report: &Report, lang: Lang) {
    let w = words(lang);
    let neighbours = report.neighbours.iter().map(|n| {
        let (word, title) = (n.category.word(lang), text(&n.title));
        format!("{word}: {title} ({} {})", number(n.records), w.records)
    });
    listed(out, w.neighbours, neighbours.collect(), 0, lang);
    let mentions = report.mentions.iter();
    let mentions =
        mentions.map(|m| format!("{} ({} {})", text(&m.signature), number(m.records), w.records));
    listed(out, w.mentions, mentions.collect(), 0, lang);
    let unmatched = report.unmatched.iter().map(|u| {
        let codes = if u.codes.is_empty() { String::new() } else { u.codes.join(", ") + ": " };
        let row = text(&(codes + cut(&u.template, MAX_SAMPLE)));
        let command = u.command.iter().map(|command| format!(" `{command}`")).collect::<String>();
        let command = markdown_advice(&command);
        format!("{row} ({} {}){command}", number(u.records), w.records)
    });
    let beyond = report.unmatched_rest.as_ref().map_or(0, |rest| rest.templates);
    listed(out, w.unmatched, unmatched.collect(), beyond, lang);
    if report.unmatched.iter().any(|row| row.command.is_some()) {
        out.push_str(&format!("{}\n\n", w.draft_here));
    }
}

/// Everything that was not fully read, by name.
fn coverage(out: &mut String, report: &Report, lang: Lang) {
    let w = words(lang);
    let mut lines = Vec::new();
    let zone = &report.window.timezone_assumed;
    if !zone.is_empty() {
        lines.push(fill(w.zone_note, &[("zone", &text(zone))]));
    }
    if report.coverage.first_time.is_some() {
        let span = [minute(report.coverage.first_time), minute(report.coverage.last_time)];
        lines.push(fill(w.period, &[("first", &span[0]), ("last", &span[1])]));
    }
    if is_complete(report) {
        lines.push(w.complete_note.to_string());
    }
    lines.extend(unread(report).map(|row| {
        let status = row.item.status.word(lang);
        format!("{status}: {}: {}", text(&row.source), text(&reason(report, row, lang)))
    }));
    listed(out, w.coverage, lines, 0, lang);
}

fn diagnostics(out: &mut String, report: &Report, lang: Lang) {
    let rows = report.diagnostics.iter().map(|d| {
        let place: Vec<String> = [&d.source, &d.location]
            .into_iter()
            .filter(|p| !p.is_empty())
            .map(|p| text(p))
            .collect();
        let word = d.severity.word(lang);
        let count = if d.count > 1 { format!(" (× {})", number(d.count)) } else { String::new() };
        let head = format!("{word} {} {}", text(&d.code), place.join(", "));
        format!(
            "{}: {}{count}",
            head.trim_end(),
            text(&localized_message(&d.code, &d.message, lang))
        )
    });
    listed(out, words(lang).diagnostics, rows.collect(), 0, lang);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn page(report: &Report, lang: Lang) -> String {
        let style = Style { lang, csv_plain: false };
        String::from_utf8(summary(report, &style).unwrap()).unwrap()
    }

    #[test]
    fn golden() {
        sample::assert_golden("summary.md", &page(&sample::rich(), Lang::En));
    }

    #[test]
    fn golden_in_japanese() {
        sample::assert_golden("summary.ja.md", &page(&sample::rich(), Lang::Ja));
    }

    #[test]
    fn log_text_outside_fences_makes_no_markup() {
        let mut report = sample::rich();
        report.incidents[0].signature.title = sample::HOSTILE.to_string();
        report.incidents[0].samples.clear();
        report.diagnostics[0].message = sample::HOSTILE.to_string();
        let page = page(&report, Lang::En);
        assert!(!page.contains("\\\\<script") && !page.contains(" <script"));
        assert!(!page.contains("https://evil"));
        assert!(!page.contains("@everyone"));
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| FL-7K3F9Q")).collect();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].replace("\\|", "").matches('|').count(), 10);
    }

    #[test]
    fn long_lists_and_samples_are_cut_and_counted() {
        let mut report = sample::rich();
        report.incidents = vec![report.incidents[0].clone(); 20];
        report.incidents[0].samples[0].message = "接".repeat(4000);
        report.diagnostics = vec![report.diagnostics[0].clone(); 250];
        let page = page(&report, Lang::En);
        assert_eq!(page.matches("\n### ").count(), MAX_INCIDENTS);
        assert!(page.contains("5 more incidents"));
        assert!(page.contains("- and 50 more"));
        assert!(page.contains("left out\\]"));
    }
}
