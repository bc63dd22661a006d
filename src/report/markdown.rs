//! summary.md: the report for tickets, wikis and chat. Log text is escaped so that it becomes no
//! mark-up, link or mention.

use crate::model::{Incident, Lang, Report, cut, format_number};
use crate::report::escape::{
    escape_markdown as escape, escape_markdown_advice, fence_markdown, safe_url,
};
use crate::report::style::{RenderError, Style};
use crate::report::text::diagnostics::{localized_message, unread_reason};
use crate::report::text::labels::{
    capitalize, connection_folder_label, connection_label, format_bytes, format_minute,
    job_folder_label, join_limited,
};
use crate::report::text::terms::Term;
use crate::report::text::ui_strings::{UiStrings, fill, ui_strings};
use crate::report::text::verdict::{is_complete, unread_sources, verdict};

/// Incidents in the table, each described below it; a reader rarely gets further.
const MAX_INCIDENTS: usize = 15;

/// Names in one list of an incident.
const MAX_NAMES: usize = 10;

/// Rows of each list after the incidents, so that many damaged files do not fill the page.
const MAX_LISTED: usize = 200;

/// Bytes of a sample; report.json has the whole text.
const MAX_SAMPLE: usize = 4000;

pub fn render(report: &Report, style: &Style) -> Result<Vec<u8>, RenderError> {
    let ui = ui_strings(style.lang);
    let mut out = format!("# {}\n\n", ui.title);
    if !is_complete(report) {
        out.push_str(&format!("**{}**: {}\n\n", ui.incomplete, ui.incomplete_note));
    }
    out.push_str(&format!("{}\n\n", escape(&verdict(report, style.lang))));
    write_totals(&mut out, report, ui);
    if !report.incidents.is_empty() {
        write_table(&mut out, report, style.lang);
    }
    for incident in report.incidents.iter().take(MAX_INCIDENTS) {
        write_incident(&mut out, incident, style.lang);
    }
    write_other_texts(&mut out, report, style.lang);
    write_coverage(&mut out, report, style.lang);
    write_diagnostics(&mut out, report, style.lang);
    Ok(out.into_bytes())
}

/// Writes nothing for an empty value.
fn write_item(out: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        out.push_str(&format!("- {}: {value}\n", capitalize(name)));
    }
}

/// A link if the text is a safe address, else escaped text.
fn link(url: &str) -> String {
    safe_url(url).map(|url| format!("<{url}>")).unwrap_or_else(|| escape(url))
}

fn write_totals(out: &mut String, report: &Report, ui: &UiStrings) {
    let (summary, coverage) = (&report.summary, &report.coverage);
    let sources = format!(
        "{} ({})",
        format_number(coverage.sources.found),
        format_bytes(coverage.bytes.read)
    );
    write_item(out, ui.incidents, &format_number(summary.incidents));
    write_item(out, ui.occurrences, &format_number(summary.occurrences));
    write_item(out, ui.jobs, &format_number(summary.jobs));
    write_item(out, ui.sources, &sources);
    write_item(out, ui.records, &format_number(coverage.records.total));
    out.push('\n');
}

fn write_table(out: &mut String, report: &Report, lang: Lang) {
    let ui = ui_strings(lang);
    let headings = [
        ui.id,
        ui.state,
        ui.severity,
        ui.owner,
        ui.what,
        ui.connection,
        ui.jobs,
        ui.first,
        ui.last,
    ];
    out.push_str(&format!("## {}\n\n", ui.incidents));
    out.push_str(&format!("| {} |\n|{}\n", headings.join(" | "), " --- |".repeat(headings.len())));
    for incident in report.incidents.iter().take(MAX_INCIDENTS) {
        let row = [
            escape(&incident.id),
            escape(incident.state.word(lang)),
            incident.severity.word(lang).to_string(),
            incident.owner.word(lang).to_string(),
            escape(&incident.signature.title),
            escape(&connection_label(&incident.connection, lang)),
            format_number(incident.counts.jobs),
            format_minute(incident.first_seen),
            format_minute(incident.last_seen),
        ];
        out.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    if let Some(rest) = report.incidents.len().checked_sub(MAX_INCIDENTS).filter(|n| *n > 0) {
        out.push_str(&format!("\n{}\n", fill(ui.rows_left, &[("n", &format_number(rest as u64))])));
    }
    out.push('\n');
}

/// One incident: its fields, the repair and its check, and one sample.
fn write_incident(out: &mut String, incident: &Incident, lang: Lang) {
    let ui = ui_strings(lang);
    let names = |names: Vec<String>| {
        let names: Vec<String> = names.iter().map(|name| escape(name)).collect();
        join_limited(&names, MAX_NAMES, lang)
    };
    let connection_folder = connection_folder_label(&incident.connection_folder, lang);
    let job_folders =
        incident.job_folders.iter().map(|folder| job_folder_label(folder, lang)).collect();
    let processes = incident.processes.iter().map(|process| process.name.clone()).collect();
    let candidates = incident.connection.candidates.iter();
    let candidates = candidates.map(|c| c.name.clone().unwrap_or_else(|| c.id.to_string()));
    let cause = incident.cause.as_ref().map(|cause| escape(&cause.code)).unwrap_or_default();

    out.push_str(&format!(
        "### {} {}\n\n",
        escape(&incident.id),
        escape(&incident.signature.title)
    ));
    write_item(out, ui.connection, &escape(&connection_label(&incident.connection, lang)));
    write_item(out, ui.candidates, &names(candidates.collect()));
    write_item(
        out,
        ui.connection_folder,
        &escape(connection_folder.as_deref().unwrap_or(ui.unknown)),
    );
    write_item(out, ui.job_folders, &names(job_folders));
    write_item(out, ui.processes, &names(processes));
    write_item(out, ui.codes, &names(incident.codes.clone()));
    write_item(out, ui.cause, &cause);
    write_item(out, ui.owner, incident.owner.word(lang));
    write_item(out, ui.fix, &escape(&incident.remediation.summary));
    write_item(out, ui.vendor_page, &link(&incident.remediation.url));
    write_steps(out, ui.steps, &incident.remediation.steps);
    write_steps(out, ui.verify, &incident.remediation.verify);
    out.push('\n');
    if let Some(sample) = incident.samples.first() {
        let message = cut(&sample.message, MAX_SAMPLE);
        let line = format_number(sample.line);
        out.push_str(&format!(
            "{}: {}, {} {line}\n\n",
            ui.evidence,
            escape(&sample.source),
            ui.line
        ));
        out.push_str(&fence_markdown(message));
        if message.len() < sample.message.len() {
            out.push_str(&format!("\n{}\n", escape(ui.message_cut)));
        }
        out.push('\n');
    }
}

fn write_steps(out: &mut String, name: &str, steps: &[String]) {
    if steps.is_empty() {
        return;
    }
    out.push_str(&format!("\n{name}:\n\n"));
    for (index, step) in steps.iter().enumerate() {
        out.push_str(&format!("{}. {}\n", index + 1, escape_markdown_advice(step)));
    }
}

/// At most [`MAX_LISTED`] rows under a heading; writes nothing if there are none. `beyond` counts rows
/// that the report itself leaves out.
fn write_list(out: &mut String, title: &str, rows: Vec<String>, beyond: u64, lang: Lang) {
    if rows.is_empty() {
        return;
    }
    out.push_str(&format!("## {title}\n\n"));
    for row in rows.iter().take(MAX_LISTED) {
        out.push_str(&format!("- {row}\n"));
    }
    let rest = rows.len().saturating_sub(MAX_LISTED) as u64 + beyond;
    if rest > 0 {
        let rest = format_number(rest);
        out.push_str(&format!("- {}\n", fill(ui_strings(lang).and_more, &[("n", &rest)])));
    }
    out.push('\n');
}

/// What was matched and does not count as an incident, and connector errors without a signature.
fn write_other_texts(out: &mut String, report: &Report, lang: Lang) {
    let ui = ui_strings(lang);
    let neighbours = report.neighbours.iter().map(|n| {
        let (category, title) = (n.category.word(lang), escape(&n.title));
        format!("{category}: {title} ({} {})", format_number(n.records), ui.records)
    });
    write_list(out, ui.neighbours, neighbours.collect(), 0, lang);
    let mentions = report.mentions.iter();
    let mentions = mentions
        .map(|m| format!("{} ({} {})", escape(&m.signature), format_number(m.records), ui.records));
    write_list(out, ui.mentions, mentions.collect(), 0, lang);
    let unmatched = report.unmatched.iter().map(|u| {
        let codes = if u.codes.is_empty() { String::new() } else { u.codes.join(", ") + ": " };
        let row = escape(&(codes + cut(&u.template, MAX_SAMPLE)));
        let command = u.command.iter().map(|command| format!(" `{command}`")).collect::<String>();
        let command = escape_markdown_advice(&command);
        format!("{row} ({} {}){command}", format_number(u.records), ui.records)
    });
    let beyond = report.unmatched_rest.as_ref().map_or(0, |rest| rest.templates);
    write_list(out, ui.unmatched, unmatched.collect(), beyond, lang);
    if report.unmatched.iter().any(|row| row.command.is_some()) {
        out.push_str(&format!("{}\n\n", ui.draft_here));
    }
}

/// Time zone, period, and every source that was not read completely.
fn write_coverage(out: &mut String, report: &Report, lang: Lang) {
    let ui = ui_strings(lang);
    let mut lines = Vec::new();
    let zone = &report.window.timezone_assumed;
    if !zone.is_empty() {
        lines.push(fill(ui.zone_note, &[("zone", &escape(zone))]));
    }
    if report.coverage.first_time.is_some() {
        let span =
            [format_minute(report.coverage.first_time), format_minute(report.coverage.last_time)];
        lines.push(fill(ui.period, &[("first", &span[0]), ("last", &span[1])]));
    }
    if is_complete(report) {
        lines.push(ui.complete_note.to_string());
    }
    lines.extend(unread_sources(report).map(|row| {
        let status = row.item.status.word(lang);
        format!("{status}: {}: {}", escape(&row.source), escape(&unread_reason(report, row, lang)))
    }));
    write_list(out, ui.coverage, lines, 0, lang);
}

fn write_diagnostics(out: &mut String, report: &Report, lang: Lang) {
    let rows = report.diagnostics.iter().map(|d| {
        let location: Vec<String> = [&d.source, &d.location]
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(|part| escape(part))
            .collect();
        let severity = d.severity.word(lang);
        let count =
            if d.count > 1 { format!(" (× {})", format_number(d.count)) } else { String::new() };
        let head = format!("{severity} {} {}", escape(&d.code), location.join(", "));
        format!(
            "{}: {}{count}",
            head.trim_end(),
            escape(&localized_message(&d.code, &d.message, lang))
        )
    });
    write_list(out, ui_strings(lang).diagnostics, rows.collect(), 0, lang);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn page(report: &Report, lang: Lang) -> String {
        let style = Style { lang, csv_plain: false };
        String::from_utf8(render(report, &style).unwrap()).unwrap()
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
    fn log_text_outside_fences_becomes_no_markup() {
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
    fn long_lists_and_samples_are_shortened_and_counted() {
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
