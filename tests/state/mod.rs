//! Incremental runs: nothing is lost or counted twice, whatever happens to files, processes and the
//! state itself. The name of a test begins with its row in the fault catalogue.
//!
//! `FAULTLINE_SOAK` scales the random tests: 10 means ten times as many cases of each.

#[cfg(feature = "failpoints")]
mod crash;
mod damage;
mod files;
mod histories;
mod past;
mod process;
mod prune;
mod year;

use std::path::{Path, PathBuf};

use faultline::model::Instant;
use faultline::model::{Lang, Report, Run};
use faultline::pipeline;
use faultline::pipeline::{FinishedRun, IncrementalRun, Output, Settings, SourceSelection};
use faultline::read::NoObserver;
use faultline::report::{ReportFormat, Style};
use jiff::tz::TimeZone;

use crate::support::shared_rule_set;

/// `usual` cases, or the multiple that `FAULTLINE_SOAK` sets.
fn cases(usual: u64) -> u64 {
    let soak = std::env::var("FAULTLINE_SOAK").ok().and_then(|times| times.parse::<u64>().ok());
    usual * soak.unwrap_or(1).max(1)
}

/// A run at a given instant over a directory, without the cost of a process.
struct Library {
    roots: Vec<PathBuf>,
    state: PathBuf,
    out: PathBuf,
}

impl Library {
    fn new(root: &Path) -> Library {
        let at = |name: &str| root.join(name);
        Library { roots: vec![at("in")], state: at("state.db"), out: at("out") }
    }

    fn settings(&self) -> Settings {
        Settings {
            selection: SourceSelection { roots: self.roots.clone(), ..SourceSelection::default() },
            names: Vec::new(),
            zone: TimeZone::UTC,
            zone_name: "UTC".to_string(),
            encoding: None,
            since: None,
            until: None,
            folder: None,
            folder_from_path: None,
            threads: 1,
            redaction: Default::default(),
            strict: false,
            limits: Default::default(),
            memory: u64::MAX,
            lang: Lang::En,
        }
    }

    fn run_at(&self, now: Instant) -> Report {
        let (settings, rule_set) = (self.settings(), shared_rule_set());
        let planned = pipeline::plan(&settings).unwrap();
        let mut incremental = IncrementalRun::open(&self.state, now, Vec::new()).unwrap();
        let scanned = incremental.scan(planned, rule_set, &settings, &NoObserver).unwrap();
        let times = (now.to_string(), now.to_string());
        let run = Run { started_at: times.0, finished_at: times.1, ..Run::default() };
        let style = Style { lang: Lang::En, csv_plain: true };
        let output =
            Output { dir: self.out.clone(), formats: vec![ReportFormat::Json], style, threads: 2 };
        let FinishedRun { report, files, archived: archive, .. } =
            incremental.finish(&scanned, rule_set, &settings, &run, None, &output).unwrap();
        incremental.publish(files, archive).unwrap();
        report
    }
}

/// Id, occurrences, records, jobs, occurrences per day.
type Counted = (String, u64, u64, u64, Vec<(String, u64)>);

/// The values of incidents that must not depend on the order in which the input was read.
fn counted(report: &Report) -> Vec<Counted> {
    let days = |i: &faultline::model::Incident| i.by_day.clone().into_iter().collect();
    let mut all: Vec<_> = report
        .incidents
        .iter()
        .map(|i| (i.id.clone(), i.counts.occurrences, i.counts.records, i.counts.jobs, days(i)))
        .collect();
    all.sort();
    all
}
