//! Finds and reads a saved report: a report.json with the occurrence tables in the same directory, or
//! what a run published to a state.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};

use crate::cli::exit::{CliError, Exit};
use crate::cli::values::run_ref::{CurrentState, RunArchive};
use crate::model::{Instant, Lang, Occurrence, Report};
use crate::pipeline;
use crate::report::{SavedError, occurrences_of_csv, occurrences_of_ndjson, read};
use crate::rules::RuleSet;

pub const REPORT_FILE: &str = "report.json";

/// Options that name a report.
#[derive(Args, Debug)]
struct Options {
    /// A report.json, or its directory
    #[arg(
        id = "out",
        long = "from",
        value_name = "PATH",
        default_value = "faultline-report",
        env = "FAULTLINE_OUT"
    )]
    from: PathBuf,

    /// State file: take the report of its last published run
    #[arg(long, value_name = "FILE", env = "FAULTLINE_STATE")]
    state: Option<PathBuf>,

    /// Another run of the state: its number, or a time (2026-11-22, 7d) before which it started
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
}

/// The report that a command reads. A path on the command line has precedence over a state, and a
/// state over the default directory of reports.
#[derive(Debug)]
pub struct ReportRef {
    options: Options,
    is_path_typed: bool,
}

impl FromArgMatches for ReportRef {
    fn from_arg_matches(matches: &ArgMatches) -> Result<ReportRef, clap::Error> {
        let typed = |id| matches.value_source(id) == Some(ValueSource::CommandLine);
        let options = Options::from_arg_matches(matches)?;
        let conflict = |message: &str| Err(clap::Error::raw(ErrorKind::ArgumentConflict, message));
        if typed("out") && (typed("state") || typed("run")) {
            return conflict(
                "--from cannot be used with --state or --run, which select a report stored in a state\n",
            );
        }
        if options.run.is_some() && options.state.is_none() {
            return conflict("--run needs a state: name it with --state FILE\n");
        }
        Ok(ReportRef { options, is_path_typed: typed("out") })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = ReportRef::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for ReportRef {
    fn augment_args(command: Command) -> Command {
        Options::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Options::augment_args_for_update(command)
    }
}

impl ReportRef {
    pub fn load(&self) -> Result<SavedReport, CliError> {
        match &self.options.state {
            Some(state) if !self.is_path_typed => {
                let archive = RunArchive::open(state)?;
                let run = match &self.options.run {
                    Some(run) => archive.find_run(run)?,
                    None => archive.latest::<1>()?[0],
                };
                load_run(archive, run)
            }
            _ => load(&self.options.from),
        }
    }

    /// Returns the directory where runs write their reports.
    pub fn runs_directory(&self) -> &Path {
        &self.options.from
    }
}

pub struct SavedReport {
    /// Has occurrences only if `has_occurrences`.
    pub report: Report,
    /// Path, or run and state, for messages.
    pub name: String,
    /// The directory of report.json; `None` for a report from a state.
    pub directory: Option<PathBuf>,
    /// What the state knows today; `None` for a report from a directory.
    pub current: Option<CurrentState>,
    /// True if the occurrences of this report were loaded or if it has none.
    pub has_occurrences: bool,
}

impl SavedReport {
    /// Translates the texts of faultline to a language, by default that of the report. Returns the
    /// language and the ids of signatures that are not in the rule set; their texts stay. In its own
    /// language a report keeps the texts of its run, even if the signatures have changed.
    pub fn translate(&mut self, rules: &RuleSet, lang: Option<Lang>) -> (Lang, BTreeSet<String>) {
        let saved = self.report.lang;
        let lang = lang.or(saved).unwrap_or_default();
        if saved.is_none_or(|saved| saved == lang) {
            return (lang, BTreeSet::new());
        }
        (lang, pipeline::translate(&mut self.report, rules, lang))
    }
}

/// Reads a report.json, or the one in a directory.
pub fn load(path: &Path) -> Result<SavedReport, CliError> {
    let path = if path.is_dir() { path.join(REPORT_FILE) } else { path.to_path_buf() };
    let bytes = std::fs::read(&path).map_err(|error| {
        let reason = anyhow::Error::new(error).context(format!("cannot read {}", path.display()));
        CliError { exit: Exit::Usage, reason }
    })?;
    let mut report = read(&bytes).map_err(|error| {
        let reason = anyhow::Error::new(error).context(path.display().to_string());
        CliError { exit: Exit::Usage, reason }
    })?;
    let directory = path.parent().unwrap_or(Path::new(""));
    let has_occurrences = match load_occurrences(directory, &report) {
        Some(occurrences) => {
            report.occurrences = occurrences;
            true
        }
        None => report.summary.occurrences == 0,
    };
    let (name, directory) = (path.display().to_string(), Some(directory.to_path_buf()));
    Ok(SavedReport { report, name, directory, current: None, has_occurrences })
}

/// Loads what a run published.
pub fn load_run(archive: RunArchive, run: i64) -> Result<SavedReport, CliError> {
    let name = format!("run {run} of {}", archive.name());
    let (report, current) = archive.into_report(run)?;
    Ok(SavedReport { report, name, directory: None, current: Some(current), has_occurrences: true })
}

impl SavedReport {
    /// The message for a command that needs occurrences if the report has none.
    pub fn missing_occurrences(&self) -> String {
        format!(
            "occurrences of this report not found: neither occurrences.ndjson nor occurrences.csv \
             next to {} belongs to it",
            self.name
        )
    }
}

/// Loads the occurrences from the directory of a report. A directory may hold the table of another run,
/// which is ignored. NDJSON is tried first because it is lossless.
fn load_occurrences(directory: &Path, report: &Report) -> Option<Vec<Occurrence>> {
    type Reader = fn(&[u8]) -> Result<Vec<Occurrence>, SavedError>;
    let tables: [(&str, Reader); 2] =
        [("occurrences.ndjson", occurrences_of_ndjson), ("occurrences.csv", occurrences_of_csv)];
    tables.iter().find_map(|(name, read)| {
        let bytes = std::fs::read(directory.join(name)).ok()?;
        read(&bytes).ok().filter(|rows| are_rows_of(rows, report))
    })
}

/// Checks that each incident has as many rows as it counts, between its first and its last time.
fn are_rows_of(rows: &[Occurrence], report: &Report) -> bool {
    let mut extents: BTreeMap<&str, (u64, Option<Instant>, Option<Instant>)> = BTreeMap::new();
    for row in rows {
        let (count, first, last) = extents.entry(&row.incident_id).or_default();
        *count += 1;
        *first = row.time.into_iter().chain(*first).min();
        *last = (*last).max(row.time);
    }
    extents.len() == report.incidents.len()
        && report.incidents.iter().all(|incident| {
            let wanted = (incident.counts.occurrences, incident.first_seen, incident.last_seen);
            extents.get(incident.id.as_str()) == Some(&wanted)
        })
}
