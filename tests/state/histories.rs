//! Incremental equals full, over random histories of a directory: whatever is appended, cut,
//! renamed, truncated, deleted, compressed, copied and restored between runs, the last report
//! counts every row that existed in any run, once.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use faultline::model::Instant;

use super::{Library, cases, counted};
use crate::support::{
    Row, connection, digest_of, execution_log, guid, gzip, missing, odata_page, report_of, scanner,
    view_denied, zip,
};

/// Random numbers that are the same on every machine.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// A file as the test knows it: its complete rows, and a partial row at its end.
#[derive(Clone, Default)]
struct Log {
    rows: Vec<Row>,
    half: Option<Row>,
}

impl Log {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = execution_log(&self.rows);
        if let Some(row) = &self.half {
            let line = row.line();
            bytes.extend(line.as_bytes()[..line.len() / 2].iter());
        }
        bytes
    }
}

/// The content of the directory: robot logs by name, and compressed files, which do not grow.
struct World {
    root: PathBuf,
    logs: BTreeMap<String, Log>,
    fixed: BTreeMap<String, Vec<Row>>,
    backups: Vec<Log>,
    /// Every row that existed in a run.
    seen: BTreeMap<u32, Row>,
    second: u32,
    names: u32,
}

impl World {
    fn new(root: &Path) -> World {
        fs::create_dir_all(root.join("in/r1")).unwrap();
        World {
            root: root.join("in"),
            logs: BTreeMap::new(),
            fixed: BTreeMap::new(),
            backups: Vec::new(),
            seen: BTreeMap::new(),
            second: 0,
            names: 0,
        }
    }

    fn row(&mut self, dice: &mut Dice) -> Row {
        self.second += 4;
        let text = match dice.below(4) {
            0 => missing(&connection(1)),
            1 => missing(&connection(2)),
            2 => view_denied(&guid(0xf01d, 1)),
            _ => "Item done".to_string(),
        };
        let level = if text == "Item done" { "Info" } else { "Error" };
        let row = Row::new(level, 1 + dice.below(3), self.second, text);
        if dice.below(2) == 0 { row.marked(u64::from(self.second)) } else { row }
    }

    fn name(&mut self, kind: &str) -> String {
        self.names += 1;
        format!("r1/{}{kind}", self.names)
    }

    fn write(&self, name: &str) {
        fs::write(self.root.join(name), self.logs[name].bytes()).unwrap();
    }

    /// The name of one of the logs, or of a new one.
    fn any(&mut self, dice: &mut Dice) -> String {
        if self.logs.is_empty() || dice.below(4) == 0 {
            let name = self.name(".log");
            self.logs.insert(name.clone(), Log::default());
            return name;
        }
        let at = dice.below(self.logs.len() as u64) as usize;
        self.logs.keys().nth(at).unwrap().clone()
    }

    fn step(&mut self, dice: &mut Dice) -> &'static str {
        let name = self.any(dice);
        let path = self.root.join(&name);
        match dice.below(12) {
            0..=2 => {
                let rows: Vec<Row> = (0..1 + dice.below(4)).map(|_| self.row(dice)).collect();
                let log = self.logs.get_mut(&name).unwrap();
                log.rows.extend(log.half.take());
                log.rows.extend(rows);
                self.write(&name);
                "append"
            }
            3 => {
                let row = self.row(dice);
                let log = self.logs.get_mut(&name).unwrap();
                log.rows.extend(log.half.take());
                log.half = Some(row);
                self.write(&name);
                "half a row"
            }
            4 => {
                let log = self.logs.remove(&name).unwrap();
                // A rotation with a limited number of files may overwrite another file.
                let new = if dice.below(2) == 0 { self.any(dice) } else { self.name(".log") };
                let there = path.exists();
                if there {
                    // A rename preserves the modification time.
                    fs::rename(&path, self.root.join(&new)).unwrap();
                }
                self.logs.insert(new.clone(), log);
                if !there {
                    self.write(&new);
                }
                "rename"
            }
            5 => {
                let log = self.logs.get_mut(&name).unwrap();
                let rows = std::mem::take(&mut log.rows);
                log.half = None;
                let new = self.name(".log.1");
                let bytes = execution_log(&rows);
                fs::write(self.root.join(&new), bytes).unwrap();
                self.fixed.insert(new, rows);
                self.write(&name);
                "copy and truncate"
            }
            6 => {
                self.logs.remove(&name);
                let _ = fs::remove_file(&path);
                "delete"
            }
            7 => {
                let row = self.row(dice);
                let log = self.logs.get_mut(&name).unwrap();
                *log = Log { rows: vec![row], half: None };
                let _ = fs::remove_file(&path);
                self.write(&name);
                "delete and create"
            }
            8 => {
                let log = self.logs.remove(&name).unwrap();
                let _ = fs::remove_file(&path);
                let bytes = gzip(&execution_log(&log.rows));
                fs::write(self.root.join(format!("{name}.gz")), bytes).unwrap();
                self.fixed.insert(format!("{name}.gz"), log.rows);
                "compress"
            }
            9 => {
                let log = self.logs[&name].clone();
                self.backups.push(log.clone());
                let new = self.name(".zip");
                let bytes = zip(&[("a.log", &execution_log(&log.rows)), ("b.txt", b"none")]);
                fs::write(self.root.join(&new), bytes).unwrap();
                self.fixed.insert(new, log.rows);
                "overlapping archive"
            }
            10 if !self.backups.is_empty() => {
                let at = dice.below(self.backups.len() as u64) as usize;
                self.logs.insert(name.clone(), self.backups[at].clone());
                self.write(&name);
                "restore"
            }
            _ => {
                let rows: Vec<Row> = self.logs[&name].rows.clone();
                let new = self.name(".json");
                let api: Vec<_> = rows.iter().map(Row::api).collect();
                fs::write(self.root.join(&new), odata_page("RobotLogs", &api, None)).unwrap();
                self.fixed.insert(new, rows);
                "overlapping page"
            }
        }
    }

    fn see(&mut self) {
        let logs = self.logs.iter().filter(|(name, _)| self.root.join(name).exists());
        let rows = logs.flat_map(|(_, log)| &log.rows).chain(self.fixed.values().flatten());
        self.seen.extend(rows.map(|row| (row.second, row.clone())));
    }
}

fn history(seed: u64) {
    let dir = tempfile::tempdir().unwrap();
    let mut dice = Dice(seed);
    let mut world = World::new(dir.path());
    let library = Library::new(dir.path());
    let mut steps = Vec::new();
    let mut last = None;
    for index in 0..2 + dice.below(5) {
        for _ in 0..1 + dice.below(4) {
            steps.push(world.step(&mut dice));
        }
        world.see();
        steps.push("run");
        last = Some(library.run_at(Instant(0).plus_seconds(1_773_500_000 + index as i64 * 86_400)));
    }
    let rows: Vec<Row> = world.seen.into_values().collect();
    let whole = report_of(&digest_of(&scanner(), "r1/all.log", &execution_log(&rows)));
    assert_eq!(counted(&last.unwrap()), counted(&whole), "seed {seed}: {steps:?}");
}

#[test]
fn f51_f52_random_histories_lose_and_double_nothing() {
    for seed in 0..cases(200) {
        history(seed);
    }
}
