//! `faultline state`: what earlier runs left.

use std::fmt::Write as _;

use super::args::{StateArguments, StateCommand, StateFile};
use super::exit::{Exit, Failure};
use super::{output, when};
use crate::pipeline;
use crate::state::{State, StateError};

/// Runs shown by `state info`.
const RUNS_SHOWN: usize = 10;

/// Runs the command.
pub fn run(arguments: &StateArguments) -> Result<Exit, Failure> {
    let mut state = existing(&arguments.file)?;
    match &arguments.command {
        StateCommand::Info => output::print(info(&state)?.as_bytes())?,
        StateCommand::Check => {
            let rows = state.check().map_err(failure)?;
            output::print(format!("{rows} rows are as they were written\n").as_bytes())?;
        }
        StateCommand::Prune { before } => {
            let now = when::now();
            let before =
                when::instant(before, now, &jiff::tz::TimeZone::UTC).map_err(Failure::usage)?;
            if before > now {
                return Err(Failure::usage("--before lies in the future"));
            }
            let pruned = pipeline::prune(&mut state, before).map_err(failure)?;
            let words = format!(
                "{} sources that are gone were forgotten; failures of {} incidents before {} are \
                 kept as sums per day\n",
                pruned.sources, pruned.incidents, pruned.before
            );
            output::print(words.as_bytes())?;
        }
        StateCommand::Export => {
            let value = state.export().map_err(failure)?;
            let mut text = serde_json::to_vec_pretty(&value)
                .map_err(|error| Failure::new(Exit::Output, error))?;
            text.push(b'\n');
            output::print(&text)?;
        }
    }
    Ok(Exit::Done)
}

/// Opens the state that was named, which must be there.
pub fn existing(file: &StateFile) -> Result<State, Failure> {
    let path = file.state.as_deref().ok_or_else(|| {
        Failure::usage(
            "which state? Name it with --state FILE, FAULTLINE_STATE, or `state` in faultline.toml",
        )
    })?;
    State::existing(path, when::now()).map_err(failure)
}

/// How a run ends that cannot use its state.
pub fn failure(error: StateError) -> Failure {
    let exit = match &error {
        StateError::Locked { .. } => Exit::Locked,
        StateError::Unusable { .. } => Exit::Unusable,
        StateError::NotWritten { .. } => Exit::Output,
        StateError::Missing { .. } => Exit::Usage,
    };
    Failure::new(exit, error)
}

fn info(state: &State) -> Result<String, Failure> {
    let info = state.info();
    let reports = state.reports().map_err(failure)?;
    let mut text = format!("{}\n", state.path().display());
    let mut line = |name: &str, value: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {name:<10} {value}");
    };
    let (here, earlier) = info.sources;
    line("version", format!("{} (SQLite {})", info.version, crate::state::sqlite_version()));
    line("size", format!("{} bytes", info.bytes));
    line("sources", format!("{here}, and {earlier} whose path holds something else now"));
    line("incidents", info.incidents.to_string());
    if let Some(before) = state.history().pruned_before {
        line("pruned", format!("failures before {before} are kept as sums"));
    }
    if let (Some(first), Some(last)) = (reports.first(), reports.last()) {
        line("reports", format!("of runs {first} to {last}, for show, report and diff"));
    }
    line("runs", info.runs.len().to_string());
    for run in info.runs.iter().rev().take(RUNS_SHOWN) {
        let about = &run.about;
        line(
            &format!("  {}", run.id),
            format!(
                "{} {}: {} of {} sources, {} incidents, {} occurrences",
                run.started, run.phase, about.read, about.found, about.incidents, about.occurrences
            ),
        );
    }
    Ok(text)
}
