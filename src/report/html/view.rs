//! The values that the template prints: the report as finished texts and numbers, so that the
//! template decides nothing. Does not escape; the template engine does.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::{Incident, IncidentState, Lang, Report, SourceStatus, format_number};
use crate::report::html::charts;
use crate::report::html::charts::{Bar, HeatMap, Timeline};
use crate::report::html::incident_drawer::IncidentDrawer;
use crate::report::text::diagnostics::{localized_message, unread_reason};
use crate::report::text::labels::{
    capitalize, connection_label, folders_of, format_bytes, format_minute,
};
use crate::report::text::terms::Term;
use crate::report::text::ui_strings::{UiStrings, fill, ui_strings};
use crate::report::text::verdict::{is_complete, unread_sources, verdict};

/// How much of a report the page shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageLimits {
    /// Rows of the table of incidents.
    pub(crate) incidents: usize,
    /// Incidents with a drawer.
    pub(crate) drawers: usize,
    /// Samples in a drawer.
    pub(crate) samples: usize,
    /// Rows of every other list.
    pub(crate) list_rows: usize,
    /// Bytes of one printed text, before escaping.
    pub(crate) text_bytes: usize,
}

#[derive(Serialize, Debug)]
pub struct Page {
    #[serde(skip)]
    lang: Lang,
    complete: bool,
    verdict: String,
    period: String,
    generated: String,
    zone: String,
    tiles: Vec<Tile>,
    owners: Vec<Bar>,
    timeline: Option<Timeline>,
    heat_map: Option<HeatMap>,
    incidents: Vec<IncidentRow>,
    rows_left: String,
    drawers: Vec<IncidentDrawer>,
    shortened: String,
    neighbours: Listing,
    mentions: Listing,
    unmatched: Listing,
    unread: Listing,
    diagnostics: Listing,
    coverage: Vec<Tile>,
}

#[derive(Serialize, Debug)]
struct Tile {
    label: String,
    value: String,
}

#[derive(Serialize, Debug)]
struct IncidentRow {
    id: String,
    has_drawer: bool,
    state: String,
    severity: String,
    severity_class: &'static str,
    owner: String,
    what: String,
    connection: String,
    folders: Vec<String>,
    jobs: String,
    first: String,
    last: String,
}

#[derive(Serialize, Debug)]
struct Listing {
    rows: Vec<Vec<String>>,
    /// How many rows are left out; empty if none are.
    more: String,
}

impl Page {
    /// `is_shortened` says that the report did not fit with larger limits.
    pub fn new(report: &Report, lang: Lang, limits: PageLimits, is_shortened: bool) -> Page {
        let ui = ui_strings(lang);
        let total = report.incidents.len();
        let drawer_count = limits.drawers.min(total);
        let requests = request_ids(report);
        let drawers = report.incidents.iter().take(drawer_count).map(|incident| {
            let ids = requests.get(incident.id.as_str()).map(Vec::as_slice).unwrap_or_default();
            IncidentDrawer::new(incident, ids, limits.samples, lang)
        });
        let shortened_note = || {
            let [n, total, samples] =
                [drawer_count, total, limits.samples].map(|count| format_number(count as u64));
            fill(ui.shortened, &[("n", &n), ("total", &total), ("samples", &samples)])
        };
        Page {
            lang,
            complete: is_complete(report),
            verdict: verdict(report, lang),
            period: period(report, ui),
            generated: fill(
                ui.generated,
                &[("version", &report.run.tool_version), ("at", &report.run.finished_at)],
            ),
            zone: fill(ui.zone_note, &[("zone", &report.window.timezone_assumed)]),
            tiles: tiles(report, lang),
            owners: charts::owners(report, lang),
            timeline: charts::timeline(report, lang),
            heat_map: charts::heat_map(report, lang),
            incidents: rows(report, limits, lang),
            rows_left: match total.saturating_sub(limits.incidents) {
                0 => String::new(),
                left => fill(ui.rows_left, &[("n", &format_number(left as u64))]),
            },
            drawers: drawers.collect(),
            shortened: if is_shortened || drawer_count < total {
                shortened_note()
            } else {
                String::new()
            },
            neighbours: neighbours(report, lang, limits.list_rows),
            mentions: mentions(report, lang, limits.list_rows),
            unmatched: unmatched(report, lang, limits.list_rows),
            unread: unread(report, lang, limits.list_rows),
            diagnostics: diagnostics(report, lang, limits.list_rows),
            coverage: coverage(report, lang),
        }
    }

    pub fn ui_strings(&self) -> &'static UiStrings {
        ui_strings(self.lang)
    }
}

/// Request ids by incident. The support of a provider asks for them first.
fn request_ids(report: &Report) -> BTreeMap<&str, Vec<&str>> {
    let mut ids: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for occurrence in &report.occurrences {
        if let Some(id) = &occurrence.request_id {
            ids.entry(&occurrence.incident_id).or_default().push(id);
        }
    }
    ids
}

fn period(report: &Report, ui: &UiStrings) -> String {
    let coverage = &report.coverage;
    if coverage.first_time.is_none() {
        return String::new();
    }
    let span = [format_minute(coverage.first_time), format_minute(coverage.last_time)];
    fill(ui.period, &[("first", &span[0]), ("last", &span[1])])
}

fn tile(label: &str, value: String) -> Tile {
    Tile { label: capitalize(label), value }
}

fn tiles(report: &Report, lang: Lang) -> Vec<Tile> {
    let ui = ui_strings(lang);
    let summary = &report.summary;
    let mut tiles = vec![
        tile(ui.incidents, format_number(summary.incidents)),
        tile(ui.jobs, format_number(summary.jobs)),
        tile(ui.occurrences, format_number(summary.occurrences)),
    ];
    for state in IncidentState::ALL {
        if let Some(n) = summary.by_state.get(state.as_str()).filter(|n| **n > 0) {
            tiles.push(tile(state.word(lang), format_number(*n)));
        }
    }
    tiles
}

fn rows(report: &Report, limits: PageLimits, lang: Lang) -> Vec<IncidentRow> {
    let row = |(index, incident): (usize, &Incident)| IncidentRow {
        id: incident.id.clone(),
        has_drawer: index < limits.drawers,
        state: incident.state.word(lang).to_string(),
        severity: incident.severity.word(lang).to_string(),
        severity_class: incident.severity.as_str(),
        owner: incident.owner.word(lang).to_string(),
        what: incident.signature.title.clone(),
        connection: connection_label(&incident.connection, lang),
        folders: folders_of(incident, lang),
        jobs: format_number(incident.counts.jobs),
        first: format_minute(incident.first_seen),
        last: format_minute(incident.last_seen),
    };
    report.incidents.iter().enumerate().take(limits.incidents).map(row).collect()
}

fn listing(rows: impl Iterator<Item = Vec<String>>, limit: usize, lang: Lang) -> Listing {
    listing_with_more(rows, 0, limit, lang)
}

/// `beyond` counts the rows that the report itself leaves out.
fn listing_with_more(
    mut rows: impl Iterator<Item = Vec<String>>,
    beyond: u64,
    limit: usize,
    lang: Lang,
) -> Listing {
    let listed: Vec<Vec<String>> = rows.by_ref().take(limit).collect();
    let more = match rows.count() as u64 + beyond {
        0 => String::new(),
        rest => fill(ui_strings(lang).and_more, &[("n", &format_number(rest))]),
    };
    Listing { rows: listed, more }
}

fn neighbours(report: &Report, lang: Lang, limit: usize) -> Listing {
    let rows = report.neighbours.iter().map(|n| {
        vec![
            n.category.word(lang).to_string(),
            n.title.clone(),
            format_number(n.records),
            format_number(n.jobs),
            format_minute(n.first_seen),
            format_minute(n.last_seen),
        ]
    });
    listing(rows, limit, lang)
}

fn mentions(report: &Report, lang: Lang, limit: usize) -> Listing {
    let rows = report.mentions.iter().map(|m| vec![m.signature.clone(), format_number(m.records)]);
    listing(rows, limit, lang)
}

fn unmatched(report: &Report, lang: Lang, limit: usize) -> Listing {
    let rows = report.unmatched.iter().map(|u| {
        let command = u.command.clone().unwrap_or_default();
        vec![
            u.codes.join(", "),
            u.template.clone(),
            format_number(u.records),
            format_number(u.jobs),
            command,
        ]
    });
    let beyond = report.unmatched_rest.as_ref().map_or(0, |rest| rest.templates);
    listing_with_more(rows, beyond, limit, lang)
}

fn unread(report: &Report, lang: Lang, limit: usize) -> Listing {
    let rows = unread_sources(report).map(|row| {
        let status = row.item.status.word(lang).to_string();
        vec![row.source.clone(), status, unread_reason(report, row, lang)]
    });
    listing(rows, limit, lang)
}

fn diagnostics(report: &Report, lang: Lang, limit: usize) -> Listing {
    let rows = report.diagnostics.iter().map(|d| {
        let location = format!("{} {}", d.source, d.location);
        vec![
            d.severity.word(lang).to_string(),
            d.code.clone(),
            location.trim().to_string(),
            localized_message(&d.code, &d.message, lang),
            format_number(d.count),
        ]
    });
    listing(rows, limit, lang)
}

fn coverage(report: &Report, lang: Lang) -> Vec<Tile> {
    let ui = ui_strings(lang);
    let coverage = &report.coverage;
    let sources = &coverage.sources;
    let by_status = [
        (SourceStatus::Complete, sources.complete),
        (SourceStatus::Partial, sources.partial),
        (SourceStatus::Failed, sources.failed),
        (SourceStatus::Unchanged, sources.unchanged),
        (SourceStatus::Skipped, sources.skipped),
    ];
    let mut tiles = vec![tile(ui.sources, format_number(sources.found))];
    tiles.extend(by_status.iter().map(|(status, n)| tile(status.word(lang), format_number(*n))));
    tiles.push(tile(ui.records, format_number(coverage.records.total)));
    tiles.push(tile(ui.bytes, format_bytes(coverage.bytes.read)));
    tiles
}
