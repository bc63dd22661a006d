//! Finds and reads a saved report: a report.json and the occurrences beside it, or what a run of a
//! state published.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};

use crate::cli::exit::{CliError, Exit};
use crate::cli::values::run_ref::{After, RunArchive};
use crate::model::{Instant, Occurrence, Report};
use crate::report::{SavedError, occurrences_of_csv, occurrences_of_ndjson, read};

/// Name of the file that holds a report.
pub const REPORT: &str = "report.json";

/// Options that name a report.
#[derive(Args, Debug)]
struct Options {
    /// A report.json, or the directory it is in
    #[arg(
        id = "out",
        long = "from",
        value_name = "PATH",
        default_value = "faultline-report",
        env = "FAULTLINE_OUT"
    )]
    from: PathBuf,

    /// The state that runs write: what its last run published
    #[arg(long, value_name = "FILE", env = "FAULTLINE_STATE")]
    state: Option<PathBuf>,

    /// Another run of the state: its number, or a time (2026-11-22, 7d) by which it had begun
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
}

/// The report a command is about. A path that is typed wins over a state, and a state that anybody
/// names over the directory where reports go.
#[derive(Debug)]
pub struct ReportRef {
    options: Options,
    typed: bool,
}

impl FromArgMatches for ReportRef {
    fn from_arg_matches(matches: &ArgMatches) -> Result<ReportRef, clap::Error> {
        let typed = |id| matches.value_source(id) == Some(ValueSource::CommandLine);
        let options = Options::from_arg_matches(matches)?;
        let refuse = |message: &str| Err(clap::Error::raw(ErrorKind::ArgumentConflict, message));
        if typed("out") && (typed("state") || typed("run")) {
            return refuse("--from names a report, --state and --run one that a state keeps\n");
        }
        if options.run.is_some() && options.state.is_none() {
            return refuse("--run is of a state: name it with --state FILE\n");
        }
        Ok(ReportRef { options, typed: typed("out") })
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
    /// Reads it.
    pub fn load(&self) -> Result<Saved, CliError> {
        match &self.options.state {
            Some(state) if !self.typed => {
                let past = RunArchive::open(state)?;
                let run = match &self.options.run {
                    Some(word) => past.run(word)?,
                    None => past.latest::<1>()?[0],
                };
                of_run(past, run)
            }
            _ => load(&self.options.from),
        }
    }

    /// Where reports go: the directory a report is in, and that of runs where it is in none.
    pub fn directory(&self) -> &Path {
        &self.options.from
    }
}

/// A saved report.
pub struct Saved {
    /// The report. Its occurrences are there only if `whole`.
    pub report: Report,
    /// Where it comes from, as people see it.
    pub name: String,
    /// The directory of its report.json; nothing for what a state keeps.
    pub directory: Option<PathBuf>,
    /// What the state that keeps it knows beside it.
    pub after: Option<After>,
    /// The occurrences of this report were found with it.
    pub whole: bool,
}

/// Reads a report.json, or the one of a directory.
pub fn load(path: &Path) -> Result<Saved, CliError> {
    let path = if path.is_dir() { path.join(REPORT) } else { path.to_path_buf() };
    let bytes = std::fs::read(&path).map_err(|error| {
        let reason = anyhow::Error::new(error).context(format!("cannot read {}", path.display()));
        CliError { exit: Exit::Usage, reason }
    })?;
    let mut report = read(&bytes).map_err(|error| {
        let reason = anyhow::Error::new(error).context(path.display().to_string());
        CliError { exit: Exit::Usage, reason }
    })?;
    let beside = path.parent().unwrap_or(Path::new(""));
    let whole = match occurrences(beside, &report) {
        Some(occurrences) => {
            report.occurrences = occurrences;
            true
        }
        None => report.summary.occurrences == 0,
    };
    let (name, directory) = (path.display().to_string(), Some(beside.to_path_buf()));
    Ok(Saved { report, name, directory, after: None, whole })
}

/// What a run published.
pub fn of_run(past: RunArchive, run: i64) -> Result<Saved, CliError> {
    let name = format!("run {run} of {}", past.name());
    let (report, after) = past.take(run)?;
    Ok(Saved { report, name, directory: None, after: Some(after), whole: true })
}

impl Saved {
    /// What to say where the occurrences are needed and are not there.
    pub fn no_occurrences(&self) -> String {
        format!(
            "the occurrences of this report are not beside {}: neither occurrences.ndjson nor \
             occurrences.csv there belongs to it",
            self.name
        )
    }
}

/// The occurrences beside a report, if they are its own: a directory may hold those of another
/// run. Lines of JSON lose nothing, so they go first.
fn occurrences(directory: &Path, report: &Report) -> Option<Vec<Occurrence>> {
    type Reader = fn(&[u8]) -> Result<Vec<Occurrence>, SavedError>;
    let tables: [(&str, Reader); 2] =
        [("occurrences.ndjson", occurrences_of_ndjson), ("occurrences.csv", occurrences_of_csv)];
    tables.iter().find_map(|(name, read)| {
        let bytes = std::fs::read(directory.join(name)).ok()?;
        read(&bytes).ok().filter(|rows| belong(rows, report))
    })
}

/// Each incident has as many rows as it counts, between its first and last time.
fn belong(rows: &[Occurrence], report: &Report) -> bool {
    let mut mine: BTreeMap<&str, (u64, Option<Instant>, Option<Instant>)> = BTreeMap::new();
    for row in rows {
        let (count, first, last) = mine.entry(&row.incident_id).or_default();
        *count += 1;
        *first = row.time.into_iter().chain(*first).min();
        *last = (*last).max(row.time);
    }
    mine.len() == report.incidents.len()
        && report.incidents.iter().all(|incident| {
            let wanted = (incident.counts.occurrences, incident.first_seen, incident.last_seen);
            mine.get(incident.id.as_str()) == Some(&wanted)
        })
}
