//! A year of nightly runs: robots that write, rotate and are late, exports that overlap, runs that
//! are missed or killed, clocks that change. At the end the state reports what one scan of
//! everything that ever existed reports.
//!
//! The default is a short part of it, around the end of summer time; `FAULTLINE_SOAK=10` is the
//! year.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use faultline::model::Instant;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use super::histories::Dice;
use super::{Library, cases, counted};
use crate::support::{Row, connection, guid, gzip, missing, odata_page, view_denied, zip};

/// Days for which robots and users keep files.
const RETAINED_DAYS: i64 = 30;

/// A row with its day and hour in UTC; the row's own second is within that hour.
#[derive(Clone)]
struct Written {
    date: Date,
    hour: u32,
    row: Row,
}

type When = (Date, u32, u32);

impl Written {
    fn key(&self) -> When {
        (self.date, self.hour, self.row.second)
    }

    /// Hours by which the robot's local time in Berlin is ahead of UTC.
    fn ahead(&self) -> u32 {
        let summer = (date(2026, 3, 29), 1)..(date(2026, 10, 25), 1);
        if summer.contains(&(self.date, self.hour)) { 2 } else { 1 }
    }

    /// A text that contains the row, with the row's date in place of the date that all rows have.
    fn dated(&self, text: &str) -> String {
        let local = self.hour + self.ahead();
        text.replace("2026-03-14", &self.date.to_string())
            .replace("T08:", "T(local):")
            .replace("T07:", &format!("T{:02}:", self.hour))
            .replace("T(local):", &format!("T{local:02}:"))
            .replace("+01:00", &format!("+{:02}:00", self.ahead()))
    }

    fn line(&self) -> String {
        let line = self.row.line();
        let local = self.hour + self.ahead();
        format!("{local:02}{}\r\n", self.dated(&line[2..]))
    }

    fn api(&self) -> serde_json::Value {
        serde_json::from_str(&self.dated(&self.row.api().to_string())).unwrap()
    }
}

fn log(rows: &[Written]) -> Vec<u8> {
    rows.iter().map(Written::line).collect::<String>().into_bytes()
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Log,
    Gzip,
    Zip,
    Page,
}

#[derive(Clone)]
struct Held {
    kind: Kind,
    born: Date,
    rows: Vec<Written>,
    /// The row that the robot has written in part.
    half: Option<Written>,
}

impl Held {
    fn bytes(&self) -> Vec<u8> {
        match self.kind {
            Kind::Log => {
                let mut bytes = log(&self.rows);
                if let Some(half) = &self.half {
                    let line = half.line();
                    bytes.extend(&line.as_bytes()[..line.len() / 2]);
                }
                bytes
            }
            Kind::Gzip => gzip(&log(&self.rows)),
            Kind::Zip => zip(&[("day.log", &log(&self.rows))]),
            Kind::Page => {
                let rows: Vec<_> = self.rows.iter().map(Written::api).collect();
                odata_page("RobotLogs", &rows, None)
            }
        }
    }
}

struct Year {
    root: PathBuf,
    dice: Dice,
    files: BTreeMap<String, Held>,
    deleted: Vec<(String, Held)>,
    /// Seconds in use, by hour.
    seconds: BTreeMap<(Date, u32), u32>,
    seen: BTreeMap<When, Written>,
}

impl Year {
    fn one_in(&mut self, many: u64) -> bool {
        self.dice.below(many) == 0
    }

    fn row(&mut self, day: Date, hour: u32) -> Written {
        let second = self.seconds.entry((day, hour)).or_default();
        *second += 3;
        let second = *second;
        let job = 1 + self.dice.below(30);
        let row = match self.dice.below(5) {
            0 => Row::error(job, second, view_denied(&guid(0xf01d, self.dice.below(3)))),
            1 => Row::info(job, second),
            _ => Row::error(job, second, missing(&connection(1 + self.dice.below(12)))),
        };
        Written { date: day, hour, row }
    }

    fn write(&self, name: &str) {
        let path = self.root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, self.files[name].bytes()).unwrap();
    }

    fn put(&mut self, name: String, held: Held) {
        self.files.insert(name.clone(), held);
        self.write(&name);
    }

    fn take(&mut self, name: &str) -> Held {
        fs::remove_file(self.root.join(name)).unwrap();
        self.files.remove(name).unwrap()
    }

    fn append(&mut self, name: String, day: Date, rows: Vec<Written>, half: Option<Written>) {
        let empty = Held { kind: Kind::Log, born: day, rows: Vec::new(), half: None };
        let file = self.files.entry(name.clone()).or_insert(empty);
        file.rows.extend(file.half.take());
        file.rows.extend(rows);
        file.half = half;
        self.write(&name);
    }

    /// What the robots write on a day, and what happens to their files.
    fn day(&mut self, day: Date) {
        for robot in 1..=3 {
            // A robot that was offline delivers the day later.
            let late = self.one_in(12);
            let of = if late { day - self.dice.below(9).cast_signed().days() } else { day };
            let hour = self.dice.below(3) as u32;
            let rows: Vec<Written> =
                (0..self.dice.below(6)).map(|n| self.row(of, hour + n as u32 / 2)).collect();
            let half = self.one_in(5).then(|| self.row(of, hour + 3));
            self.append(format!("r{robot}/{of}_Execution.log"), of, rows, half);
        }
        let row = self.row(day, 9);
        self.append("r1/service.log".to_string(), day, vec![row], None);
        if self.one_in(6) {
            self.copy_and_truncate(day);
        }
        if self.one_in(7) {
            self.export(day);
        }
        let names: Vec<String> = self.files.keys().cloned().collect();
        for name in names.iter().filter(|name| !name.ends_with("service.log")) {
            self.age(name, day);
        }
        if self.one_in(25) && !self.deleted.is_empty() {
            let at = self.dice.below(self.deleted.len() as u64) as usize;
            let (name, held) = self.deleted[at].clone();
            if !self.files.contains_key(&name) {
                self.put(name, held);
            }
        }
    }

    fn copy_and_truncate(&mut self, day: Date) {
        let service = self.files.get_mut("r1/service.log").unwrap();
        let copy = Held { born: day, ..service.clone() };
        service.rows.clear();
        self.put(format!("r1/service.{day}.log"), copy);
        self.write("r1/service.log");
    }

    /// An export of the last days, which overlaps others, of rows that are complete in some file.
    fn export(&mut self, day: Date) {
        let since = day - 9.days();
        let rows: BTreeMap<When, Written> = self
            .files
            .values()
            .flat_map(|held| &held.rows)
            .filter(|written| written.date >= since)
            .map(|written| (written.key(), written.clone()))
            .collect();
        let rows = rows.into_values().collect();
        let page = Held { kind: Kind::Page, born: day, rows, half: None };
        self.put(format!("exports/{day}.json"), page);
    }

    fn age(&mut self, name: &str, day: Date) {
        let held = &self.files[name];
        let (kind, days) = (held.kind, (day - held.born).get_days());
        if i64::from(days) > RETAINED_DAYS {
            let held = self.take(name);
            self.deleted.push((name.to_string(), held));
        } else if kind == Kind::Log && days > 1 && held.half.is_none() && self.one_in(6) {
            let (kind, name) = match self.dice.below(3) {
                0 => (Kind::Gzip, self.free(&format!("{name}.gz"), name)),
                1 => (Kind::Zip, self.free(&format!("archive/{name}.zip"), name)),
                _ => (Kind::Log, self.free(&name.replace(".log", ".old.log"), name)),
            };
            if let Some((from, to)) = name {
                let held = self.take(&from);
                self.put(to, Held { kind, ..held });
            }
        }
    }

    fn free(&self, to: &str, from: &str) -> Option<(String, String)> {
        (!self.files.contains_key(to)).then(|| (from.to_string(), to.to_string()))
    }

    fn see(&mut self) {
        let rows = self.files.values().flat_map(|held| held.rows.clone());
        self.seen.extend(rows.map(|written| (written.key(), written)));
    }
}

/// Half past two in Berlin, whatever that is in UTC, or the time of a wrong clock.
fn half_past_two(day: Date, wrong: bool) -> Instant {
    let day = if wrong { day - 1.year() } else { day };
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let at = zone.to_ambiguous_timestamp(day.at(2, 30, 0, 0)).compatible().unwrap();
    Instant(0).plus_seconds(at.as_second())
}

/// Runs the program and kills it at one of its steps.
#[cfg(feature = "failpoints")]
fn killed(root: &Path, dice: &mut Dice) {
    let env = crate::support::Env::new();
    let at = |name: &str| root.join(name).display().to_string();
    let mut command =
        env.command(&["scan", &at("in"), "--state", &at("state.db"), "-o", &at("out")]);
    let point = format!("any:{}=kill", 1 + dice.below(40));
    let output = command.env("FAULTLINE_FAILPOINT", point).output().unwrap();
    assert!(matches!(output.status.code(), None | Some(0)), "{output:?}");
}

#[cfg(not(feature = "failpoints"))]
fn killed(_: &Path, _: &mut Dice) {}

#[test]
fn f54_f56_f62_a_year_of_runs_equals_one_scan() {
    let day_count = cases(37).min(365) as i64;
    let first = date(2026, 1, 1).max(date(2026, 11, 10) - day_count.days());
    let dir = tempfile::tempdir().unwrap();
    let library = Library::new(dir.path());
    let mut year = Year {
        root: dir.path().join("in"),
        dice: Dice(365),
        files: BTreeMap::new(),
        deleted: Vec::new(),
        seconds: BTreeMap::new(),
        seen: BTreeMap::new(),
    };
    let (mut runs, mut kills, mut last) = (0, 0, None);
    for day_index in 0..day_count {
        let day = first + day_index.days();
        year.day(day);
        if day_index + 1 < day_count && year.one_in(15) {
            continue;
        }
        year.see();
        // The first one comes early, so that a short year has one, too.
        if day_index == 5 || year.one_in(100) {
            killed(dir.path(), &mut year.dice);
            kills += 1;
        }
        let wrong = year.one_in(90);
        last = Some(library.run_at(half_past_two(day + 1.day(), wrong)));
        runs += 1;
    }
    let size = fs::metadata(&library.state).unwrap().len();
    let rows: Vec<Written> = year.seen.values().cloned().collect();
    println!("{runs} runs, {kills} killed, {} rows, {size} bytes of state", rows.len());
    let days: BTreeSet<Date> = rows.iter().map(|written| written.date).collect();
    assert!(days.contains(&date(2026, 10, 25)) && kills > 0);

    let whole = Library::new(&dir.path().join("whole"));
    fs::create_dir_all(dir.path().join("whole/in/r1")).unwrap();
    fs::write(dir.path().join("whole/in/r1/all.log"), log(&rows)).unwrap();
    let whole = whole.run_at(half_past_two(first + day_count.days(), false));
    let whole = counted(&whole);
    assert!(whole.len() > 9, "{whole:?}");
    assert_eq!(counted(&last.unwrap()), whole);
}
