//! The summary that a user reads after the scan: what was recognised, the verdict, the worst
//! incidents, what was not read, and what to open next. Log text is always escaped.

use std::collections::BTreeMap;
use std::path::Path;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use unicode_width::UnicodeWidthStr;

use crate::model::{CoverageItem, Incident, Lang, Report, SourceStatus, cut, format_number};
use crate::report::escape::{escape_for_terminal, escape_line};
use crate::report::terminal::wrap::{distribute_width, wrap};
use crate::report::text::diagnostics::unread_reason;
use crate::report::text::labels::{
    connection_label, folders_of, format_bytes, format_minute, join_limited,
};
use crate::report::text::terms::Term;
use crate::report::text::ui_strings::{UiStrings, fill, ui_strings};
use crate::report::text::verdict::{is_complete, unread_sources, verdict};

/// Rows of the table that fit on one screen; the others are counted.
const MAX_ROWS: usize = 15;

/// Sources named on one line or in one list.
const MAX_NAMES: usize = 5;

/// From this width in columns on, every value has a column of its own; below, two values share one.
const WIDE: usize = 140;

/// Bytes of one log text: names may have any length and must not fill the screen.
const MAX_TEXT: usize = 200;

/// Bytes of the reason why a source was not read, which includes log text.
const MAX_REASON: usize = 500;

/// The table is laid out for at least this many columns: a narrower one would break every word.
const MIN_WIDTH: usize = 60;

/// Blank columns for each column of the table.
const PADDING: usize = 3;

/// SGR parameters.
const BOLD: &str = "1";
const GREEN: &str = "32";
const YELLOW: &str = "1;33";

/// Where the summary is shown, and what was written for it to refer to.
#[derive(Clone, Copy, Debug)]
pub struct TerminalOptions<'a> {
    pub lang: Lang,
    /// Columns of the terminal.
    pub width: usize,
    pub colour: bool,
    /// The output directory as the user would type it.
    pub out_dir: &'a str,
    /// Names of the files written there.
    pub files: &'a [&'a str],
}

/// Ends with a line end.
pub fn summary(report: &Report, screen: &TerminalOptions) -> String {
    let ui = ui_strings(screen.lang);
    let mut lines = recognised(report, screen.lang);
    lines.push(String::new());
    lines.push(paint(&escape_for_terminal(&verdict(report, screen.lang)), BOLD, screen));
    if report.incidents.is_empty() {
        lines.push(signatures_ran(report, ui));
    } else {
        lines.push(String::new());
        lines.push(table(report, screen));
        if let Some(rest) = report.incidents.len().checked_sub(MAX_ROWS).filter(|n| *n > 0) {
            lines.push(fill(ui.rows_left, &[("n", &format_number(rest as u64))]));
        }
    }
    lines.extend(other_texts(report, screen));
    lines.push(String::new());
    lines.extend(coverage(report, screen));
    lines.extend(output_files(report, screen));
    lines.join("\n") + "\n"
}

fn paint(text: &str, code: &str, screen: &TerminalOptions) -> String {
    if screen.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
}

/// Log text on one line, escaped and shortened.
fn escape_log_text(text: &str) -> String {
    shorten(text, MAX_TEXT)
}

fn shorten(text: &str, max_bytes: usize) -> String {
    let beginning = cut(text, max_bytes);
    escape_line(beginning) + if beginning.len() < text.len() { "…" } else { "" }
}

/// What was read, by format and encoding, and which sources have no known format.
fn recognised(report: &Report, lang: Lang) -> Vec<String> {
    let ui = ui_strings(lang);
    let coverage = &report.coverage;
    let mut kinds: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for CoverageItem { item, .. } in coverage.items.iter().filter(|i| !i.item.kind.is_empty()) {
        let (count, size) = kinds.entry((&item.kind, &item.encoding)).or_default();
        *count += 1;
        *size += item.bytes;
    }
    let mut lines = vec![fill(
        ui.read,
        &[
            ("sources", &count_sources(ui, coverage.sources.found)),
            ("bytes", &format_bytes(coverage.bytes.read)),
            ("records", &count_records(ui, coverage.records.total)),
        ],
    )];
    for ((kind, encoding), (count, size)) in kinds {
        let encoding = if encoding.is_empty() { "-" } else { encoding };
        let line =
            format!("  {:>7} {kind} ({encoding}, {})", format_number(count), format_bytes(size));
        lines.push(escape_for_terminal(&line));
    }
    let unrecognised: Vec<String> = coverage
        .items
        .iter()
        .filter(|i| i.item.status == SourceStatus::Skipped)
        .map(|i| escape_log_text(&i.source))
        .collect();
    if !unrecognised.is_empty() {
        let names = join_limited(&unrecognised, MAX_NAMES, lang);
        lines.push(format!(
            "{}: {} ({names})",
            ui.not_recognised,
            format_number(unrecognised.len() as u64)
        ));
    }
    if coverage.first_time.is_some() {
        let span = [format_minute(coverage.first_time), format_minute(coverage.last_time)];
        lines.push(fill(ui.period, &[("first", &span[0]), ("last", &span[1])]));
    }
    lines
}

/// The table of incidents. Values that belong together have columns of their own on a wide screen and
/// share a cell on a narrow one.
fn table(report: &Report, screen: &TerminalOptions) -> String {
    let ui = ui_strings(screen.lang);
    let is_wide = screen.width >= WIDE;
    let header = cells(
        &[
            vec![ui.id, ui.state],
            vec![ui.severity, ui.owner],
            vec![ui.what],
            vec![ui.connection, ui.folder],
            vec![ui.jobs],
            vec![ui.first, ui.last],
        ],
        is_wide,
    );
    let incidents = report.incidents.iter().take(MAX_ROWS);
    let rows: Vec<Vec<String>> =
        incidents.map(|incident| cells(&row(incident, screen.lang), is_wide)).collect();
    let wanted: Vec<usize> = (0..header.len())
        .map(|column| widest(rows.iter().chain([&header]).filter_map(|row| row.get(column))))
        .collect();
    let available = (screen.width.max(MIN_WIDTH) + 1).saturating_sub(wanted.len() * PADDING);
    let widths = distribute_width(&wanted, available);
    let wrap_row = |row: &Vec<String>| -> Vec<String> {
        row.iter().zip(&widths).map(|(text, width)| wrap(text, *width).join("\n")).collect()
    };
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(wrap_row(&header));
    for row in &rows {
        table.add_row(wrap_row(row));
    }
    let jobs_column = if is_wide { 7 } else { 4 };
    if let Some(column) = table.column_mut(jobs_column) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

/// Width of the widest line in columns.
fn widest<'t>(texts: impl Iterator<Item = &'t String>) -> usize {
    texts.flat_map(|text| text.lines()).map(UnicodeWidthStr::width).max().unwrap_or_default()
}

fn row(incident: &Incident, lang: Lang) -> Vec<Vec<String>> {
    let folders = folders_of(incident, lang).iter().map(|f| escape_log_text(f)).collect::<Vec<_>>();
    vec![
        vec![escape_for_terminal(&incident.id), escape_for_terminal(incident.state.word(lang))],
        vec![incident.severity.word(lang).to_string(), incident.owner.word(lang).to_string()],
        vec![escape_log_text(&incident.signature.title)],
        vec![escape_log_text(&connection_label(&incident.connection, lang)), folders.join("\n")],
        vec![format_number(incident.counts.jobs)],
        vec![format_minute(incident.first_seen), format_minute(incident.last_seen)],
    ]
}

fn cells<T: ToString>(groups: &[Vec<T>], is_wide: bool) -> Vec<String> {
    let texts = groups.iter().map(|group| group.iter().map(T::to_string).collect::<Vec<_>>());
    if is_wide { texts.flatten().collect() } else { texts.map(|group| group.join("\n")).collect() }
}

/// What "no failure found" rests on.
fn signatures_ran(report: &Report, ui: &UiStrings) -> String {
    fill(
        ui.signatures_ran,
        &[
            ("n", &format_number(report.signatures.count as u64)),
            ("records", &count_records(ui, report.coverage.records.total)),
            ("sources", &count_sources(ui, report.coverage.sources.found)),
        ],
    )
}

/// The option that names this report in a command: in another report the same file name may mean
/// another file. Empty where a shell could interpret a character of the path.
fn report_option(out_dir: &str) -> String {
    // To the shells of Windows the colon of a drive and backslashes are plain characters.
    let is_harmless = |c: char| {
        c.is_alphanumeric() || "/_-.,+=@# ()[]~".contains(c) || cfg!(windows) && r":\".contains(c)
    };
    // A backslash before the closing quote would escape it.
    let out_dir = out_dir.trim_end_matches('\\');
    if !out_dir.is_empty() && !out_dir.starts_with('-') && out_dir.chars().all(is_harmless) {
        format!(" --report \"{out_dir}\"")
    } else {
        String::new()
    }
}

/// What was matched and does not count as an incident, and connector errors without a signature.
fn other_texts(report: &Report, screen: &TerminalOptions<'_>) -> Vec<String> {
    let lang = screen.lang;
    let ui = ui_strings(lang);
    let mut lines = Vec::new();
    let mut neighbours: BTreeMap<&str, u64> = BTreeMap::new();
    for neighbour in &report.neighbours {
        *neighbours.entry(neighbour.category.word(lang)).or_default() += neighbour.records;
    }
    if !neighbours.is_empty() {
        let list: Vec<String> =
            neighbours.iter().map(|(word, n)| format!("{word} {}", format_number(*n))).collect();
        lines.push(fill(ui.also_seen, &[("list", &list.join(", "))]));
    }
    let mentions: u64 = report.mentions.iter().map(|mention| mention.records).sum();
    if mentions > 0 {
        lines.push(fill(ui.also_mentioned, &[("records", &count_records(ui, mentions))]));
    }
    let unmatched = report.unmatched_records();
    if unmatched > 0 {
        lines.push(fill(ui.texts_unmatched, &[("records", &count_records(ui, unmatched))]));
    }
    if let Some(command) = report.unmatched.iter().find_map(|row| row.command.as_deref()) {
        let command = format!("{}{}", escape_line(command), report_option(screen.out_dir));
        lines.push(fill(ui.draft_note, &[("command", &command)]));
    }
    let mut codes: BTreeMap<&str, u64> = BTreeMap::new();
    for row in &report.unmatched {
        for code in &row.codes {
            *codes.entry(code).or_default() += row.records;
        }
    }
    if !codes.is_empty() {
        let list: Vec<String> = codes
            .iter()
            .map(|(code, n)| format!("{} ({})", escape_log_text(code), format_number(*n)))
            .collect();
        lines.push(fill(ui.codes_unmatched, &[("codes", &join_limited(&list, MAX_NAMES, lang))]));
    }
    lines
}

/// How much of the input was read. Names the sources that failed, before the partial ones.
fn coverage(report: &Report, screen: &TerminalOptions) -> Vec<String> {
    let ui = ui_strings(screen.lang);
    let sources = &report.coverage.sources;
    let counts = [
        (SourceStatus::Complete, sources.complete),
        (SourceStatus::Unchanged, sources.unchanged),
        (SourceStatus::Skipped, sources.skipped),
        (SourceStatus::Partial, sources.partial),
        (SourceStatus::Failed, sources.failed),
    ];
    let has_none = counts.iter().all(|(_, n)| *n == 0);
    let counts: Vec<String> = counts
        .iter()
        // Without any source, "0 complete" is shown instead of empty parentheses.
        .filter(|(status, n)| *n > 0 || has_none && *status == SourceStatus::Complete)
        .map(|(status, n)| format!("{} {}", format_number(*n), status.word(screen.lang)))
        .collect();
    let badge = if is_complete(report) {
        paint(ui.complete, GREEN, screen)
    } else {
        paint(ui.incomplete, YELLOW, screen)
    };
    let mut lines = vec![format!("{}: {badge} ({})", ui.coverage, counts.join(", "))];
    let not_read: Vec<&CoverageItem> =
        unread_sources(report).filter(|row| row.item.status != SourceStatus::Skipped).collect();
    for row in not_read.iter().take(MAX_NAMES) {
        let status = row.item.status.word(screen.lang);
        let why = shorten(&unread_reason(report, row, screen.lang), MAX_REASON);
        lines.push(format!("  {status}: {}: {why}", escape_log_text(&row.source)));
    }
    if let Some(rest) = not_read.len().checked_sub(MAX_NAMES).filter(|n| *n > 0) {
        lines.push(format!("  {}", fill(ui.and_more, &[("n", &format_number(rest as u64))])));
    }
    let zone = &report.window.timezone_assumed;
    if !zone.is_empty() {
        lines.push(fill(ui.zone_note, &[("zone", &escape_log_text(zone))]));
    }
    lines
}

/// Where the files are and which one to open first.
fn output_files(report: &Report, screen: &TerminalOptions) -> Vec<String> {
    let ui = ui_strings(screen.lang);
    if screen.files.is_empty() {
        return Vec::new();
    }
    let dir = escape_line(screen.out_dir);
    let mut lines =
        vec![fill(ui.files_note, &[("files", &screen.files.join(", ")), ("dir", &dir)])];
    let by_preference = ["report.html", "summary.md", "incidents.csv", "report.json"];
    let first = by_preference.into_iter().find(|name| screen.files.contains(name));
    if let Some(name) = first.filter(|_| !report.incidents.is_empty() || !is_complete(report)) {
        let file = escape_line(&Path::new(screen.out_dir).join(name).display().to_string());
        let template = if name == "report.html" { ui.next_html } else { ui.next_other };
        lines.push(fill(template, &[("file", &file)]));
    }
    lines
}

fn count_sources(ui: &UiStrings, n: u64) -> String {
    if n == 1 {
        ui.one_source.to_string()
    } else {
        fill(ui.many_sources, &[("n", &format_number(n))])
    }
}

fn count_records(ui: &UiStrings, n: u64) -> String {
    if n == 1 {
        ui.one_record.to_string()
    } else {
        fill(ui.many_records, &[("n", &format_number(n))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn screen(lang: Lang, width: usize) -> TerminalOptions<'static> {
        TerminalOptions {
            lang,
            width,
            colour: false,
            out_dir: "out",
            files: &["report.json", "report.html"],
        }
    }

    /// With `/` in paths on every system.
    fn rich(lang: Lang, width: usize) -> String {
        summary(&sample::rich(), &screen(lang, width)).replace("out\\", "out/")
    }

    #[test]
    fn golden() {
        sample::assert_golden("terminal.txt", &rich(Lang::En, 100));
    }

    #[test]
    fn golden_in_japanese() {
        sample::assert_golden("terminal.ja.txt", &rich(Lang::Ja, 160));
    }

    #[test]
    fn log_text_cannot_control_the_terminal() {
        let mut report = sample::rich();
        for incident in &mut report.incidents {
            incident.signature.title = sample::HOSTILE.to_string();
            incident.connection.name = Some(sample::HOSTILE.to_string());
            incident.connection_folder.path = Some(sample::HOSTILE.to_string());
        }
        report.unmatched[0].codes = vec![sample::HOSTILE.to_string()];
        let text = summary(&report, &screen(Lang::En, 80));
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text}");
        assert!(!text.contains('\u{202e}'));
        assert!(text.contains("\\x1b[2J"));
    }

    #[test]
    fn rows_are_capped_and_the_rest_is_counted() {
        let mut report = sample::rich();
        report.incidents = vec![report.incidents[0].clone(); 40];
        let text = summary(&report, &screen(Lang::En, 100));
        assert_eq!(text.matches("FL-7K3F9Q").count(), MAX_ROWS);
        assert!(text.contains("25 more incidents"));
    }

    #[test]
    fn the_table_is_not_wider_than_the_screen() {
        for width in [60, 80, 100, 160] {
            for lang in [Lang::En, Lang::Ja] {
                let text = table(&sample::rich(), &screen(lang, width));
                let widest = text.lines().map(UnicodeWidthStr::width).max();
                assert!(widest <= Some(width), "{width}: {widest:?}\n{text}");
            }
        }
    }

    #[test]
    fn a_report_without_incidents_says_what_ran() {
        let text = summary(&sample::empty(), &screen(Lang::En, 80));
        assert!(text.contains("No connection failure was found.\n42 signatures ran over 1,204"));
        assert!(text.contains("Coverage: complete (1 complete)"));
        assert!(!text.contains("Next:"));
        let mut without_sources = sample::empty();
        without_sources.coverage.sources = Default::default();
        let text = summary(&without_sources, &screen(Lang::En, 80));
        assert!(text.contains("Coverage: complete (0 complete)"), "{text}");
    }

    #[test]
    fn colour_only_when_allowed() {
        let mut screen = screen(Lang::En, 80);
        assert!(!summary(&sample::rich(), &screen).contains('\x1b'));
        screen.colour = true;
        assert!(summary(&sample::rich(), &screen).contains("\x1b[1;33mINCOMPLETE\x1b[0m"));
    }
}
