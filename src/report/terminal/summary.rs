//! The summary a person reads right after the scan: what was recognised, the verdict, the worst
//! incidents, what was not read, and where to look next. Log text never reaches it unescaped.

use crate::model::SourceStatus;
use crate::model::cut;
use crate::model::{CoverageItem, Incident, Lang, Report};
use crate::report::escape::{escape_for_terminal, one_line};
use crate::report::terminal::wrap::{shares, wrap};
use crate::report::text::diagnostics::reason;
use crate::report::text::labels::{bytes, connection, folders_of, minute, number, some_of};
use crate::report::text::terms::{Term, state};
use crate::report::text::ui_strings::{UiStrings, fill, words};
use crate::report::text::verdict::{is_complete, unread, verdict};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use std::collections::BTreeMap;
use std::path::Path;
use unicode_width::UnicodeWidthStr;
/// Rows of the table: what fits one screen. The rest is counted.
const MAX_ROWS: usize = 15;

/// Sources named on one line or in one list.
const MAX_NAMES: usize = 5;

/// From this width on every value has a column of its own; below, two values share one.
const WIDE: usize = 140;

/// Bytes of one text of the logs: names may be of any length and must not fill the screen.
const MAX_TEXT: usize = 200;

/// Bytes of why a source was not read, which holds text of the logs behind fixed words.
const MAX_REASON: usize = 500;

/// Narrower tables break every word; a terminal that is narrower wraps.
const MIN_WIDTH: usize = 60;

/// Blanks around a value, and between two.
const PADDING: usize = 3;

/// Where the summary is shown, and what was written for it to point to.
#[derive(Clone, Copy, Debug)]
pub struct TerminalOptions<'a> {
    /// Language of every fixed word.
    pub lang: Lang,
    /// Columns.
    pub width: usize,
    /// Whether colours may be used.
    pub colour: bool,
    /// The output directory as the user would type it.
    pub out_dir: &'a str,
    /// Names of the files in it; may be empty.
    pub files: &'a [&'a str],
}

/// The summary, ending with a line end.
pub fn summary(report: &Report, screen: &TerminalOptions) -> String {
    let w = words(screen.lang);
    let mut lines = recognised(report, screen.lang);
    lines.push(String::new());
    lines.push(paint(&escape_for_terminal(&verdict(report, screen.lang)), BOLD, screen));
    if report.incidents.is_empty() {
        lines.extend(nothing_found(report, w));
    } else {
        lines.push(String::new());
        lines.push(table(report, screen));
        if let Some(rest) = report.incidents.len().checked_sub(MAX_ROWS).filter(|n| *n > 0) {
            lines.push(fill(w.rows_left, &[("n", &number(rest as u64))]));
        }
    }
    lines.extend(also_seen(report, screen));
    lines.push(String::new());
    lines.extend(coverage(report, screen));
    lines.extend(next(report, screen));
    lines.join("\n") + "\n"
}

const BOLD: &str = "1";

const GREEN: &str = "32";

const YELLOW: &str = "1;33";

fn paint(text: &str, code: &str, screen: &TerminalOptions) -> String {
    if screen.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
}

/// Log text on one line, harmless and not longer than a screen bears.
fn shown(text: &str) -> String {
    shown_up_to(text, MAX_TEXT)
}

fn shown_up_to(text: &str, bytes: usize) -> String {
    let kept = cut(text, bytes);
    one_line(kept) + if kept.len() < text.len() { "…" } else { "" }
}

/// What was read, by format and encoding, and what was plainly something else.
fn recognised(report: &Report, lang: Lang) -> Vec<String> {
    let w = words(lang);
    let coverage = &report.coverage;
    let mut kinds: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for CoverageItem { item, .. } in coverage.items.iter().filter(|i| !i.item.kind.is_empty()) {
        let (count, size) = kinds.entry((&item.kind, &item.encoding)).or_default();
        *count += 1;
        *size += item.bytes;
    }
    let mut lines = vec![fill(
        w.read,
        &[
            ("sources", &sources(w, coverage.sources.found)),
            ("bytes", &bytes(coverage.bytes.read)),
            ("records", &records(w, coverage.records.total)),
        ],
    )];
    for ((kind, encoding), (count, size)) in kinds {
        let encoding = if encoding.is_empty() { "-" } else { encoding };
        let line = format!("  {:>7} {kind} ({encoding}, {})", number(count), bytes(size));
        lines.push(escape_for_terminal(&line));
    }
    let strange: Vec<String> = coverage
        .items
        .iter()
        .filter(|i| i.item.status == SourceStatus::Skipped)
        .map(|i| shown(&i.source))
        .collect();
    if !strange.is_empty() {
        let names = some_of(&strange, MAX_NAMES, lang);
        lines.push(format!("{}: {} ({names})", w.not_recognised, number(strange.len() as u64)));
    }
    if coverage.first_time.is_some() {
        let span = [minute(coverage.first_time), minute(coverage.last_time)];
        lines.push(fill(w.period, &[("first", &span[0]), ("last", &span[1])]));
    }
    lines
}

/// The table. Values that belong together stand side by side on a wide screen and above each
/// other on a narrow one.
fn table(report: &Report, screen: &TerminalOptions) -> String {
    let w = words(screen.lang);
    let wide = screen.width >= WIDE;
    let header = cells(
        &[
            vec![w.id, w.state],
            vec![w.severity, w.owner],
            vec![w.what],
            vec![w.connection, w.folder],
            vec![w.jobs],
            vec![w.first, w.last],
        ],
        wide,
    );
    let shown = report.incidents.iter().take(MAX_ROWS);
    let rows: Vec<Vec<String>> =
        shown.map(|incident| cells(&row(incident, screen.lang), wide)).collect();
    let wanted: Vec<usize> = (0..header.len())
        .map(|at| widest(rows.iter().chain([&header]).filter_map(|row| row.get(at))))
        .collect();
    let room = (screen.width.max(MIN_WIDTH) + 1).saturating_sub(wanted.len() * PADDING);
    let widths = shares(&wanted, room);
    let fitted = |row: &Vec<String>| -> Vec<String> {
        row.iter().zip(&widths).map(|(text, width)| wrap(text, *width).join("\n")).collect()
    };
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(fitted(&header));
    for row in &rows {
        table.add_row(fitted(row));
    }
    let jobs_column = if wide { 7 } else { 4 };
    if let Some(column) = table.column_mut(jobs_column) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

/// Columns of the widest line.
fn widest<'t>(texts: impl Iterator<Item = &'t String>) -> usize {
    texts.flat_map(|text| text.lines()).map(UnicodeWidthStr::width).max().unwrap_or_default()
}

fn row(incident: &Incident, lang: Lang) -> Vec<Vec<String>> {
    let place = folders_of(incident, lang).iter().map(|f| shown(f)).collect::<Vec<_>>();
    vec![
        vec![escape_for_terminal(&incident.id), escape_for_terminal(state(&incident.state, lang))],
        vec![incident.severity.word(lang).to_string(), incident.owner.word(lang).to_string()],
        vec![shown(&incident.signature.title)],
        vec![shown(&connection(&incident.connection, lang)), place.join("\n")],
        vec![number(incident.counts.jobs)],
        vec![minute(incident.first_seen), minute(incident.last_seen)],
    ]
}

fn cells<T: ToString>(groups: &[Vec<T>], wide: bool) -> Vec<String> {
    let texts = groups.iter().map(|group| group.iter().map(T::to_string).collect::<Vec<_>>());
    if wide { texts.flatten().collect() } else { texts.map(|group| group.join("\n")).collect() }
}

/// Nothing found is a statement too: what ran over what.
fn nothing_found(report: &Report, w: &UiStrings) -> Vec<String> {
    vec![fill(
        w.signatures_ran,
        &[
            ("n", &number(report.signatures.count as u64)),
            ("records", &records(w, report.coverage.records.total)),
            ("sources", &sources(w, report.coverage.sources.found)),
        ],
    )]
}

/// How a command names the report it is about, always: another report at hand may know another file
/// by the name. Not in words that a shell could read as more than a name.
fn of_report(out_dir: &str) -> String {
    // Drives and separators mean nothing else to the shells of Windows.
    let harmless = |c: char| {
        c.is_alphanumeric() || "/_-.,+=@# ()[]~".contains(c) || cfg!(windows) && r":\".contains(c)
    };
    // A backslash in front of a quote would make it a part of the name.
    let out_dir = out_dir.trim_end_matches('\\');
    if !out_dir.is_empty() && !out_dir.starts_with('-') && out_dir.chars().all(harmless) {
        format!(" --report \"{out_dir}\"")
    } else {
        String::new()
    }
}

/// What was seen and is no incident.
fn also_seen(report: &Report, screen: &TerminalOptions<'_>) -> Vec<String> {
    let lang = screen.lang;
    let w = words(lang);
    let mut lines = Vec::new();
    let mut neighbours: BTreeMap<&str, u64> = BTreeMap::new();
    for neighbour in &report.neighbours {
        *neighbours.entry(neighbour.category.word(lang)).or_default() += neighbour.records;
    }
    if !neighbours.is_empty() {
        let list: Vec<String> =
            neighbours.iter().map(|(word, n)| format!("{word} {}", number(*n))).collect();
        lines.push(fill(w.also_seen, &[("list", &list.join(", "))]));
    }
    let mentions: u64 = report.mentions.iter().map(|mention| mention.records).sum();
    if mentions > 0 {
        lines.push(fill(w.also_mentioned, &[("records", &records(w, mentions))]));
    }
    let unmatched = report.unmatched_records();
    if unmatched > 0 {
        lines.push(fill(w.texts_unmatched, &[("records", &records(w, unmatched))]));
    }
    if let Some(command) = report.unmatched.iter().find_map(|row| row.command.as_deref()) {
        let command = format!("{}{}", one_line(command), of_report(screen.out_dir));
        lines.push(fill(w.draft_note, &[("command", &command)]));
    }
    let mut codes: BTreeMap<&str, u64> = BTreeMap::new();
    for row in &report.unmatched {
        for code in &row.codes {
            *codes.entry(code).or_default() += row.records;
        }
    }
    if !codes.is_empty() {
        let list: Vec<String> =
            codes.iter().map(|(code, n)| format!("{} ({})", shown(code), number(*n))).collect();
        lines.push(fill(w.codes_unmatched, &[("codes", &some_of(&list, MAX_NAMES, lang))]));
    }
    lines
}

/// How much of the input the numbers stand on; the worst is named.
fn coverage(report: &Report, screen: &TerminalOptions) -> Vec<String> {
    let w = words(screen.lang);
    let sources = &report.coverage.sources;
    let counts = [
        (SourceStatus::Complete, sources.complete),
        (SourceStatus::Unchanged, sources.unchanged),
        (SourceStatus::Skipped, sources.skipped),
        (SourceStatus::Partial, sources.partial),
        (SourceStatus::Failed, sources.failed),
    ];
    let none = counts.iter().all(|(_, n)| *n == 0);
    let counts: Vec<String> = counts
        .iter()
        // Empty brackets would say nothing where there are no sources at all.
        .filter(|(status, n)| *n > 0 || none && *status == SourceStatus::Complete)
        .map(|(status, n)| format!("{} {}", number(*n), status.word(screen.lang)))
        .collect();
    let badge = if is_complete(report) {
        paint(w.complete, GREEN, screen)
    } else {
        paint(w.incomplete, YELLOW, screen)
    };
    let mut lines = vec![format!("{}: {badge} ({})", w.coverage, counts.join(", "))];
    let lost: Vec<&CoverageItem> =
        unread(report).filter(|row| row.item.status != SourceStatus::Skipped).collect();
    for row in lost.iter().take(MAX_NAMES) {
        let status = row.item.status.word(screen.lang);
        let why = shown_up_to(&reason(report, row, screen.lang), MAX_REASON);
        lines.push(format!("  {status}: {}: {why}", shown(&row.source)));
    }
    if let Some(rest) = lost.len().checked_sub(MAX_NAMES).filter(|n| *n > 0) {
        lines.push(format!("  {}", fill(w.and_more, &[("n", &number(rest as u64))])));
    }
    let zone = &report.window.timezone_assumed;
    if !zone.is_empty() {
        lines.push(fill(w.zone_note, &[("zone", &shown(zone))]));
    }
    lines
}

/// Where the files are and which one to open first.
fn next(report: &Report, screen: &TerminalOptions) -> Vec<String> {
    let w = words(screen.lang);
    if screen.files.is_empty() {
        return Vec::new();
    }
    let dir = one_line(screen.out_dir);
    let mut lines = vec![fill(w.files_note, &[("files", &screen.files.join(", ")), ("dir", &dir)])];
    let best = ["report.html", "summary.md", "incidents.csv", "report.json"];
    let first = best.into_iter().find(|name| screen.files.contains(name));
    if let Some(name) = first.filter(|_| !report.incidents.is_empty() || !is_complete(report)) {
        let file = one_line(&Path::new(screen.out_dir).join(name).display().to_string());
        let template = if name == "report.html" { w.next_html } else { w.next_other };
        lines.push(fill(template, &[("file", &file)]));
    }
    lines
}

/// A number of sources in words.
fn sources(w: &UiStrings, n: u64) -> String {
    if n == 1 { w.one_source.to_string() } else { fill(w.many_sources, &[("n", &number(n))]) }
}

/// A number of records in words.
fn records(w: &UiStrings, n: u64) -> String {
    if n == 1 { w.one_record.to_string() } else { fill(w.many_records, &[("n", &number(n))]) }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

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

    /// The summary as it is on a system whose paths have `/`.
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
    fn log_text_cannot_command_the_terminal() {
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
    fn the_table_keeps_to_the_screen() {
        for width in [60, 80, 100, 160] {
            for lang in [Lang::En, Lang::Ja] {
                let text = table(&sample::rich(), &screen(lang, width));
                let widest = text.lines().map(UnicodeWidthStr::width).max();
                assert!(widest <= Some(width), "{width}: {widest:?}\n{text}");
            }
        }
    }

    #[test]
    fn nothing_found_says_what_ran() {
        let text = summary(&sample::empty(), &screen(Lang::En, 80));
        assert!(text.contains("No connection failure was found.\n42 signatures ran over 1,204"));
        assert!(text.contains("Coverage: complete (1 complete)"));
        assert!(!text.contains("Next:"));
        let mut nowhere = sample::empty();
        nowhere.coverage.sources = Default::default();
        let text = summary(&nowhere, &screen(Lang::En, 80));
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
