//! What the template prints: the report in words and numbers ready to show, nothing left to
//! decide. Escaping is the template's.

use crate::model::SourceStatus;
use crate::model::{Incident, Lang, Report};
use crate::report::html::charts;
use crate::report::html::charts::{Bar, HeatMap, Timeline};
use crate::report::html::incident_drawer::IncidentDrawer;
use crate::report::html::page::Detail;
use crate::report::text::diagnostics::{localized_message, reason};
use crate::report::text::labels::{bytes, capital, connection, folders_of, minute, number};
use crate::report::text::terms::{Term, state};
use crate::report::text::ui_strings::{UiStrings, fill, words};
use crate::report::text::verdict::{is_complete, unread, verdict};
use serde::Serialize;
use std::collections::BTreeMap;
/// States in the order in which a reader cares for them.
const STATES: [&str; 7] =
    ["new", "regressed", "escalating", "ongoing", "quiet", "resolved", "muted"];

/// The page.
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

/// A number with its name.
#[derive(Serialize, Debug)]
struct Tile {
    label: String,
    value: String,
}

/// An incident in the table.
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

/// A table of texts and how many rows it leaves out.
#[derive(Serialize, Debug)]
struct Listing {
    rows: Vec<Vec<String>>,
    more: String,
}

impl Page {
    /// The page for a report; `shortened` when the whole of it did not fit.
    pub fn new(report: &Report, lang: Lang, detail: Detail, shortened: bool) -> Page {
        let w = words(lang);
        let total = report.incidents.len();
        let full = detail.full.min(total);
        let requests = request_ids(report);
        let drawers = report.incidents.iter().take(full).map(|incident| {
            let ids = requests.get(incident.id.as_str()).map(Vec::as_slice).unwrap_or_default();
            IncidentDrawer::new(incident, ids, detail.samples, lang)
        });
        let note = || {
            let (n, all, samples) =
                (number(full as u64), number(total as u64), number(detail.samples as u64));
            fill(w.shortened, &[("n", &n), ("total", &all), ("samples", &samples)])
        };
        let left = total.saturating_sub(detail.rows);
        Page {
            lang,
            complete: is_complete(report),
            verdict: verdict(report, lang),
            period: period(report, w),
            generated: fill(
                w.generated,
                &[("version", &report.run.tool_version), ("at", &report.run.finished_at)],
            ),
            zone: fill(w.zone_note, &[("zone", &report.window.timezone_assumed)]),
            tiles: tiles(report, lang),
            owners: charts::owners(report, lang),
            timeline: charts::timeline(report, lang),
            heat_map: charts::heat_map(report, lang),
            incidents: rows(report, full, detail.rows, lang),
            rows_left: match left {
                0 => String::new(),
                left => fill(w.rows_left, &[("n", &number(left as u64))]),
            },
            drawers: drawers.collect(),
            shortened: if shortened || full < total { note() } else { String::new() },
            neighbours: neighbours(report, lang, detail.listed),
            mentions: mentions(report, lang, detail.listed),
            unmatched: unmatched(report, lang, detail.listed),
            unread: not_read(report, lang, detail.listed),
            diagnostics: diagnostics(report, lang, detail.listed),
            coverage: coverage(report, lang),
        }
    }

    /// The fixed words of the page.
    pub fn words(&self) -> &'static UiStrings {
        words(self.lang)
    }
}

/// Request ids per incident: what a provider's support asks for first.
fn request_ids(report: &Report) -> BTreeMap<&str, Vec<&str>> {
    let mut ids: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for occurrence in &report.occurrences {
        if let Some(id) = &occurrence.request_id {
            ids.entry(&occurrence.incident_id).or_default().push(id);
        }
    }
    ids
}

fn period(report: &Report, w: &UiStrings) -> String {
    let coverage = &report.coverage;
    if coverage.first_time.is_none() {
        return String::new();
    }
    let span = [minute(coverage.first_time), minute(coverage.last_time)];
    fill(w.period, &[("first", &span[0]), ("last", &span[1])])
}

fn tile(label: &str, value: String) -> Tile {
    Tile { label: capital(label), value }
}

fn tiles(report: &Report, lang: Lang) -> Vec<Tile> {
    let w = words(lang);
    let summary = &report.summary;
    let mut tiles = vec![
        tile(w.incidents, number(summary.incidents)),
        tile(w.jobs, number(summary.jobs)),
        tile(w.occurrences, number(summary.occurrences)),
    ];
    for word in STATES {
        if let Some(n) = summary.by_state.get(word).filter(|n| **n > 0) {
            tiles.push(tile(state(word, lang), number(*n)));
        }
    }
    tiles
}

fn rows(report: &Report, full: usize, limit: usize, lang: Lang) -> Vec<IncidentRow> {
    let row = |(at, incident): (usize, &Incident)| IncidentRow {
        id: incident.id.clone(),
        has_drawer: at < full,
        state: state(&incident.state, lang).to_string(),
        severity: incident.severity.word(lang).to_string(),
        severity_class: incident.severity.as_str(),
        owner: incident.owner.word(lang).to_string(),
        what: incident.signature.title.clone(),
        connection: connection(&incident.connection, lang),
        folders: folders_of(incident, lang),
        jobs: number(incident.counts.jobs),
        first: minute(incident.first_seen),
        last: minute(incident.last_seen),
    };
    report.incidents.iter().enumerate().take(limit).map(row).collect()
}

fn listing(rows: impl Iterator<Item = Vec<String>>, limit: usize, lang: Lang) -> Listing {
    listing_of_more(rows, 0, limit, lang)
}

/// A listing of rows, of which the report itself leaves out so many.
fn listing_of_more(
    mut rows: impl Iterator<Item = Vec<String>>,
    beyond: u64,
    limit: usize,
    lang: Lang,
) -> Listing {
    let kept: Vec<Vec<String>> = rows.by_ref().take(limit).collect();
    let more = match rows.count() as u64 + beyond {
        0 => String::new(),
        rest => fill(words(lang).and_more, &[("n", &number(rest))]),
    };
    Listing { rows: kept, more }
}

fn neighbours(report: &Report, lang: Lang, limit: usize) -> Listing {
    let row = report.neighbours.iter().map(|n| {
        vec![
            n.category.word(lang).to_string(),
            n.title.clone(),
            number(n.records),
            number(n.jobs),
            minute(n.first_seen),
            minute(n.last_seen),
        ]
    });
    listing(row, limit, lang)
}

fn mentions(report: &Report, lang: Lang, limit: usize) -> Listing {
    let row = report.mentions.iter().map(|m| vec![m.signature.clone(), number(m.records)]);
    listing(row, limit, lang)
}

fn unmatched(report: &Report, lang: Lang, limit: usize) -> Listing {
    let row = report.unmatched.iter().map(|u| {
        let command = u.command.clone().unwrap_or_default();
        vec![u.codes.join(", "), u.template.clone(), number(u.records), number(u.jobs), command]
    });
    let beyond = report.unmatched_rest.as_ref().map_or(0, |rest| rest.templates);
    listing_of_more(row, beyond, limit, lang)
}

fn not_read(report: &Report, lang: Lang, limit: usize) -> Listing {
    let row = unread(report).map(|row| {
        let status = row.item.status.word(lang).to_string();
        vec![row.source.clone(), status, reason(report, row, lang)]
    });
    listing(row, limit, lang)
}

fn diagnostics(report: &Report, lang: Lang, limit: usize) -> Listing {
    let row = report.diagnostics.iter().map(|d| {
        let place = format!("{} {}", d.source, d.location);
        vec![
            d.severity.word(lang).to_string(),
            d.code.clone(),
            place.trim().to_string(),
            localized_message(&d.code, &d.message, lang),
            number(d.count),
        ]
    });
    listing(row, limit, lang)
}

fn coverage(report: &Report, lang: Lang) -> Vec<Tile> {
    let w = words(lang);
    let (sources, all) = (&report.coverage.sources, &report.coverage);
    let by_status = [
        (SourceStatus::Complete, sources.complete),
        (SourceStatus::Partial, sources.partial),
        (SourceStatus::Failed, sources.failed),
        (SourceStatus::Unchanged, sources.unchanged),
        (SourceStatus::Skipped, sources.skipped),
    ];
    let mut tiles = vec![tile(w.sources, number(sources.found))];
    tiles.extend(by_status.iter().map(|(status, n)| tile(status.word(lang), number(*n))));
    tiles.push(tile(w.records, number(all.records.total)));
    tiles.push(tile(w.bytes, bytes(all.bytes.read)));
    tiles
}
