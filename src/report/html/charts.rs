//! Numbers for the charts of the page: bars by owner, failures per day, connections by day. The
//! template draws them as plain boxes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;

use crate::model::{Incident, Instant, Lang, Owner, Report, SourceItem, format_number};
use crate::report::text::labels::{capitalize, connection_label, folders_of};
use crate::report::text::terms::Term;
use crate::report::text::ui_strings::{fill, ui_strings};

/// Days of the timeline: two months fit the width of a page.
const TIMELINE_DAYS: usize = 60;

/// Days of the heat map, each wide enough for a number.
const HEAT_DAYS: usize = 31;

const HEAT_ROWS: usize = 20;

/// `style.css` defines a class for each shade.
const SHADES: u64 = 5;

#[derive(Serialize, Debug)]
pub struct Bar {
    label: String,
    class: &'static str,
    /// Of the longest bar.
    percent: u64,
    text: String,
}

#[derive(Serialize, Debug)]
pub struct Timeline {
    days: Vec<Day>,
    /// How many failures are before the first day; empty if there are none.
    older: String,
}

#[derive(Serialize, Debug)]
struct Day {
    /// `2026-03-14`.
    day: String,
    total: String,
    /// A log of that day was read.
    read: bool,
    /// One bar per owner, to be stacked.
    parts: Vec<Bar>,
}

/// Failures by connection and day.
#[derive(Serialize, Debug)]
pub struct HeatMap {
    days: Vec<String>,
    rows: Vec<HeatRow>,
}

#[derive(Serialize, Debug)]
struct HeatRow {
    connection: String,
    folder: String,
    cells: Vec<HeatCell>,
}

#[derive(Serialize, Debug)]
struct HeatCell {
    text: String,
    shade: u64,
    read: bool,
}

/// Rounded down, but at least 1 where `part` is not 0.
fn percent(part: u64, whole: u64) -> u64 {
    if part == 0 { 0 } else { (part.saturating_mul(100) / whole.max(1)).max(1) }
}

struct OwnerLoad {
    owner: Owner,
    incidents: u64,
    jobs: u64,
}

/// A bar for each owner with incidents, most jobs first.
pub fn owners(report: &Report, lang: Lang) -> Vec<Bar> {
    let ui = ui_strings(lang);
    let mut loads: Vec<OwnerLoad> = Vec::new();
    for owner in Owner::ALL.iter().copied() {
        let owned = report.incidents.iter().filter(|incident| incident.owner == owner);
        let (incidents, jobs) = owned.fold((0, 0), |(n, jobs), i| (n + 1, jobs + i.counts.jobs));
        if incidents > 0 {
            loads.push(OwnerLoad { owner, incidents, jobs });
        }
    }
    loads.sort_by_key(|load| (Reverse((load.jobs, load.incidents)), load.owner));
    let most_jobs = loads.iter().map(|load| load.jobs).max().unwrap_or_default();
    let bar = |load: OwnerLoad| Bar {
        label: load.owner.word(lang).to_string(),
        class: load.owner.as_str(),
        percent: percent(load.jobs, most_jobs),
        text: format!(
            "{}: {} · {}: {}",
            ui.incidents,
            format_number(load.incidents),
            capitalize(ui.jobs),
            format_number(load.jobs)
        ),
    };
    loads.into_iter().map(bar).collect()
}

/// `None` if no failure has a day.
pub fn timeline(report: &Report, lang: Lang) -> Option<Timeline> {
    let days = days(report)?;
    let read_days = ReadDays::new(report);
    let mut counts: BTreeMap<(&str, Owner), u64> = BTreeMap::new();
    for incident in &report.incidents {
        for (day, n) in &incident.by_day {
            *counts.entry((day, incident.owner)).or_default() += n;
        }
    }
    let count = |day: &str, owner: Owner| counts.get(&(day, owner)).copied().unwrap_or_default();
    let total = |day: &String| Owner::ALL.iter().map(|owner| count(day, *owner)).sum::<u64>();
    let most = days.iter().map(total).max().unwrap_or_default();
    let older: u64 =
        counts.iter().filter(|((day, _), _)| *day < days[0].as_str()).map(|(_, n)| n).sum();
    let column = |day: &String| Day {
        total: if total(day) > 0 { format_number(total(day)) } else { String::new() },
        read: total(day) > 0 || read_days.contains(day),
        parts: Owner::ALL
            .iter()
            .filter(|owner| count(day, **owner) > 0)
            .map(|owner| Bar {
                label: owner.word(lang).to_string(),
                class: owner.as_str(),
                percent: percent(count(day, *owner), most),
                text: format_number(count(day, *owner)),
            })
            .collect(),
        day: day.clone(),
    };
    Some(Timeline {
        days: days.iter().map(column).collect(),
        older: match older {
            0 => String::new(),
            older => fill(ui_strings(lang).older_days, &[("n", &format_number(older))]),
        },
    })
}

struct ConnectionFailures<'a> {
    total: u64,
    /// Its first incident, which names it.
    incident: &'a Incident,
    by_day: BTreeMap<&'a str, u64>,
}

/// The connections with the most failures, most first. An incident without a connection counts as a
/// connection of its own.
fn worst_connections(report: &Report) -> Vec<ConnectionFailures<'_>> {
    let mut connections: BTreeMap<String, ConnectionFailures> = BTreeMap::new();
    for incident in report.incidents.iter().filter(|incident| !incident.by_day.is_empty()) {
        let key = incident.connection.id.map_or(incident.id.clone(), |id| id.to_string());
        let connection = connections.entry(key).or_insert(ConnectionFailures {
            total: 0,
            incident,
            by_day: BTreeMap::new(),
        });
        for (day, n) in &incident.by_day {
            connection.total += n;
            *connection.by_day.entry(day).or_default() += n;
        }
    }
    let mut connections: Vec<ConnectionFailures> = connections.into_values().collect();
    connections.sort_by_key(|connection| (Reverse(connection.total), &connection.incident.id));
    connections.truncate(HEAT_ROWS);
    connections
}

/// `None` if no failure has a day.
pub fn heat_map(report: &Report, lang: Lang) -> Option<HeatMap> {
    let mut days = days(report)?;
    days.drain(..days.len().saturating_sub(HEAT_DAYS));
    let read_days = ReadDays::new(report);
    let connections = worst_connections(report);
    let counts = connections.iter().flat_map(|connection| connection.by_day.values());
    let most = counts.max().copied()?;
    let cell = |connection: &ConnectionFailures, day: &str| {
        let n = connection.by_day.get(day).copied().unwrap_or_default();
        HeatCell {
            text: if n > 0 { format_number(n) } else { String::new() },
            shade: (n * SHADES).div_ceil(most.max(1)),
            read: n > 0 || read_days.contains(day),
        }
    };
    let row = |connection: &ConnectionFailures| HeatRow {
        connection: connection_label(&connection.incident.connection, lang),
        folder: folders_of(connection.incident, lang).join(", "),
        cells: days.iter().map(|day| cell(connection, day)).collect(),
    };
    Some(HeatMap { rows: connections.iter().map(row).collect(), days })
}

/// The days from the first to the last time of each source, as `2026-03-14`, which sorts by time.
struct ReadDays(BTreeSet<(String, String)>);

impl ReadDays {
    fn new(report: &Report) -> ReadDays {
        let span = |item: &SourceItem| Some((item.first_time?.day(), item.last_time?.day()));
        ReadDays(report.coverage.items.iter().filter_map(|row| span(&row.item)).collect())
    }

    fn contains(&self, day: &str) -> bool {
        self.0.iter().any(|(first, last)| first.as_str() <= day && day <= last.as_str())
    }
}

/// The days to draw, without gaps: from the first failure or log record to the last, but at most
/// [`TIMELINE_DAYS`]. They end at most half of that after the last failure, so that one record with
/// a wrong clock cannot push the failures out of the chart.
fn days(report: &Report) -> Option<Vec<String>> {
    let days = report.incidents.iter().flat_map(|incident| incident.by_day.keys());
    let failures: BTreeSet<Date> = days.filter_map(|day| day.parse().ok()).collect();
    let (first, last) = (*failures.first()?, *failures.last()?);
    let day = |time: Option<Instant>| time.and_then(|time| time.day().parse::<Date>().ok());
    let latest = last.saturating_add((TIMELINE_DAYS as i64 / 2).days());
    let last = day(report.coverage.last_time).map_or(last, |read| read.clamp(last, latest));
    let earliest = last.saturating_sub((TIMELINE_DAYS as i64 - 1).days());
    let first = day(report.coverage.first_time).map_or(first, |read| read.min(first)).max(earliest);
    Some(first.series(1.day()).take_while(|day| *day <= last).map(|day| day.to_string()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_day_without_logs_differs_from_a_day_without_failures() {
        let timeline = timeline(&sample::rich(), Lang::En).unwrap();
        let days: Vec<(&str, &str, bool)> =
            timeline.days.iter().map(|d| (&*d.day, &*d.total, d.read)).collect();
        assert_eq!(
            days,
            [
                ("2026-03-14", "240", true),
                ("2026-03-15", "", true),
                ("2026-03-16", "", false),
                ("2026-03-17", "60", true),
            ]
        );
        let parts: Vec<u64> = timeline.days[0].parts.iter().map(|part| part.percent).collect();
        assert_eq!(parts, [16, 83]);
        assert_eq!(timeline.older, "");
    }

    #[test]
    fn long_histories_are_cut_and_counted() {
        let mut report = sample::rich();
        report.incidents[0].by_day.insert("2019-01-01".to_string(), 8);
        let timeline = timeline(&report, Lang::En).unwrap();
        assert_eq!(timeline.days.len(), TIMELINE_DAYS);
        assert!(timeline.older.starts_with("8 failures"));
        assert!(heat_map(&report, Lang::En).unwrap().days.len() <= HEAT_DAYS);
    }

    #[test]
    fn a_wrong_clock_does_not_hide_the_failures() {
        let mut report = sample::rich();
        report.coverage.last_time = Some(Instant::from_unix(99_999_999_999, 0));
        let timeline = timeline(&report, Lang::En).unwrap();
        assert!(timeline.days.iter().any(|day| day.total == "240"));
    }

    #[test]
    fn the_busiest_owner_comes_first() {
        let bars = owners(&sample::rich(), Lang::En);
        let shown: Vec<(&str, u64)> = bars.iter().map(|b| (b.class, b.percent)).collect();
        assert_eq!(shown, [("connection-owner", 100), ("folder-admin", 18), ("provider", 0)]);
    }

    #[test]
    fn connections_by_day_carry_numbers() {
        let map = heat_map(&sample::rich(), Lang::En).unwrap();
        assert_eq!(map.rows.len(), 2);
        assert_eq!(map.rows[0].connection, "営業部メール");
        let cells: Vec<&str> = map.rows[0].cells.iter().map(|cell| &*cell.text).collect();
        assert_eq!(cells, ["200", "", "", "60"]);
        assert_eq!(map.rows[0].cells[0].shade, SHADES);
    }

    #[test]
    fn a_report_without_failures_has_no_charts() {
        assert!(timeline(&sample::empty(), Lang::En).is_none());
        assert!(heat_map(&sample::empty(), Lang::En).is_none());
    }
}
