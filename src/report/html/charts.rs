//! Numbers for the pictures of the page: bars by owner, failures per day, connections by day.
//! The template draws them with plain boxes.

use crate::model::{Incident, Lang, Report};
use crate::model::{Instant, Owner, SourceItem};
use crate::report::text::labels::{capital, connection, folders_of, number};
use crate::report::text::terms::Term;
use crate::report::text::ui_strings::{fill, words};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
/// Days of the timeline: two months fit the width of a page.
const TIMELINE_DAYS: usize = 60;

/// Days of the heat map: each needs room for its number.
const HEAT_DAYS: usize = 31;

/// Connections in the heat map.
const HEAT_ROWS: usize = 20;

/// Shades of a cell.
const SHADES: u64 = 5;

/// A bar with its label.
#[derive(Serialize, Debug)]
pub struct Bar {
    label: String,
    class: &'static str,
    percent: u64,
    text: String,
}

/// Failures per day.
#[derive(Serialize, Debug)]
pub struct Timeline {
    days: Vec<Day>,
    older: String,
}

/// One day, stacked by owner.
#[derive(Serialize, Debug)]
struct Day {
    day: String,
    total: String,
    read: bool,
    parts: Vec<Bar>,
}

/// Connections by day.
#[derive(Serialize, Debug)]
pub struct HeatMap {
    days: Vec<String>,
    rows: Vec<HeatRow>,
}

/// One connection.
#[derive(Serialize, Debug)]
struct HeatRow {
    connection: String,
    folder: String,
    cells: Vec<HeatCell>,
}

/// One connection on one day.
#[derive(Serialize, Debug)]
struct HeatCell {
    text: String,
    shade: u64,
    read: bool,
}

/// Parts of a hundred, never nothing where there is something.
fn percent(part: u64, whole: u64) -> u64 {
    if part == 0 { 0 } else { (part.saturating_mul(100) / whole.max(1)).max(1) }
}

/// Who has to act on how much, the busiest first.
pub fn owners(report: &Report, lang: Lang) -> Vec<Bar> {
    let w = words(lang);
    let mut loads: Vec<(Owner, u64, u64)> = Vec::new();
    for owner in Owner::ALL {
        let mine = report.incidents.iter().filter(|incident| incident.owner == *owner);
        let (incidents, jobs) = mine.fold((0, 0), |(n, jobs), i| (n + 1, jobs + i.counts.jobs));
        if incidents > 0 {
            loads.push((*owner, incidents, jobs));
        }
    }
    loads.sort_by_key(|(owner, incidents, jobs)| (Reverse((*jobs, *incidents)), *owner));
    let most = loads.iter().map(|(_, _, jobs)| *jobs).max().unwrap_or_default();
    let bar = |(owner, incidents, jobs): (Owner, u64, u64)| Bar {
        label: owner.word(lang).to_string(),
        class: owner.as_str(),
        percent: percent(jobs, most),
        text: format!(
            "{}: {} · {}: {}",
            w.incidents,
            number(incidents),
            capital(w.jobs),
            number(jobs)
        ),
    };
    loads.into_iter().map(bar).collect()
}

/// Failures per day, stacked by owner; nothing when no failure has a day.
pub fn timeline(report: &Report, lang: Lang) -> Option<Timeline> {
    let days = days(report)?;
    let read = ReadDays::of(report);
    let mut counts: BTreeMap<(&str, Owner), u64> = BTreeMap::new();
    for incident in &report.incidents {
        for (day, n) in &incident.by_day {
            *counts.entry((day, incident.owner)).or_default() += n;
        }
    }
    let on = |day: &str, owner: Owner| counts.get(&(day, owner)).copied().unwrap_or_default();
    let total = |day: &String| Owner::ALL.iter().map(|owner| on(day, *owner)).sum::<u64>();
    let most = days.iter().map(total).max().unwrap_or_default();
    let older: u64 =
        counts.iter().filter(|((day, _), _)| *day < days[0].as_str()).map(|(_, n)| n).sum();
    let column = |day: &String| Day {
        total: if total(day) > 0 { number(total(day)) } else { String::new() },
        read: total(day) > 0 || read.covers(day),
        parts: Owner::ALL
            .iter()
            .filter(|owner| on(day, **owner) > 0)
            .map(|owner| Bar {
                label: owner.word(lang).to_string(),
                class: owner.as_str(),
                percent: percent(on(day, *owner), most),
                text: number(on(day, *owner)),
            })
            .collect(),
        day: day.clone(),
    };
    Some(Timeline {
        days: days.iter().map(column).collect(),
        older: match older {
            0 => String::new(),
            older => fill(words(lang).older_days, &[("n", &number(older))]),
        },
    })
}

/// Failures of one connection.
struct Heat<'a> {
    total: u64,
    /// The first of its incidents names it.
    incident: &'a Incident,
    by_day: BTreeMap<&'a str, u64>,
}

/// The connections with the most failures, the worst first; an incident without a connection
/// stands for itself.
fn hottest(report: &Report) -> Vec<Heat<'_>> {
    let mut heats: BTreeMap<String, Heat> = BTreeMap::new();
    for incident in report.incidents.iter().filter(|incident| !incident.by_day.is_empty()) {
        let key = incident.connection.id.map_or(incident.id.clone(), |id| id.to_string());
        let heat = heats.entry(key).or_insert(Heat { total: 0, incident, by_day: BTreeMap::new() });
        for (day, n) in &incident.by_day {
            heat.total += n;
            *heat.by_day.entry(day).or_default() += n;
        }
    }
    let mut heats: Vec<Heat> = heats.into_values().collect();
    heats.sort_by_key(|heat| (Reverse(heat.total), &heat.incident.id));
    heats.truncate(HEAT_ROWS);
    heats
}

/// The connections with the most failures, day by day.
pub fn heat_map(report: &Report, lang: Lang) -> Option<HeatMap> {
    let mut days = days(report)?;
    days.drain(..days.len().saturating_sub(HEAT_DAYS));
    let read = ReadDays::of(report);
    let heats = hottest(report);
    let most = heats.iter().flat_map(|heat| heat.by_day.values()).max().copied()?;
    let cell = |heat: &Heat, day: &str| {
        let n = heat.by_day.get(day).copied().unwrap_or_default();
        HeatCell {
            text: if n > 0 { number(n) } else { String::new() },
            shade: (n * SHADES).div_ceil(most.max(1)),
            read: n > 0 || read.covers(day),
        }
    };
    let row = |heat: &Heat| HeatRow {
        connection: connection(&heat.incident.connection, lang),
        folder: folders_of(heat.incident, lang).join(", "),
        cells: days.iter().map(|day| cell(heat, day)).collect(),
    };
    Some(HeatMap { rows: heats.iter().map(row).collect(), days })
}

/// Days on which something was read, as spans from the first to the last time of each source.
struct ReadDays(BTreeSet<(String, String)>);

impl ReadDays {
    fn of(report: &Report) -> ReadDays {
        let span = |item: &SourceItem| Some((item.first_time?.day(), item.last_time?.day()));
        ReadDays(report.coverage.items.iter().filter_map(|row| span(&row.item)).collect())
    }

    /// Days in their written form sort by time.
    fn covers(&self, day: &str) -> bool {
        self.0.iter().any(|(first, last)| first.as_str() <= day && day <= last.as_str())
    }
}

/// The days to draw, without gaps: from the first failure or log to the last, ending at most half
/// the timeline after the last failure, so that one record from a wrong clock draws no desert.
fn days(report: &Report) -> Option<Vec<String>> {
    let days = report.incidents.iter().flat_map(|incident| incident.by_day.keys());
    let failures: BTreeSet<Date> = days.filter_map(|day| day.parse().ok()).collect();
    let (first, last) = (*failures.first()?, *failures.last()?);
    let day = |at: Option<Instant>| at.and_then(|at| at.day().parse::<Date>().ok());
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
    fn a_gap_is_not_calm() {
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
    fn a_wrong_clock_draws_no_desert() {
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
    fn nothing_to_draw() {
        assert!(timeline(&sample::empty(), Lang::En).is_none());
        assert!(heat_map(&sample::empty(), Lang::En).is_none());
    }
}
