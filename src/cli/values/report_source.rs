//! Where a file lies that a report names: which report, and which of the files it was made of. A report
//! that was not named is looked for here and in the directories here; where several could be meant,
//! none is chosen.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::cli::exit::CliError;
use crate::cli::values::saved_report;
use crate::cli::values::saved_report::{REPORT, Saved, load};
use crate::inspect::locate;
use crate::pipeline;
use crate::pipeline::{Plan, SourceSelection};
use crate::redact::Redaction;

/// The file of a source, as a report names both, with a line that is asked for.
pub fn find(
    source: &str,
    file: &str,
    line: u64,
    report: Option<&Path>,
) -> Result<PathBuf, CliError> {
    if let Some(report) = report {
        let missing = || CliError::usage(format!("no such file: {file}"));
        return located(report, file)?.ok_or_else(missing);
    }
    let known = known(source, line);
    let found: BTreeSet<PathBuf> =
        known.iter().filter_map(|report| located(report, file).ok().flatten()).collect();
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(path), None) => Ok(path),
        (None, _) => Err(CliError::usage(format!(
            "no such file: {file}; where a report names it so, name that report with --report DIR"
        ))),
        (Some(_), Some(_)) => {
            let names: Vec<String> = known.iter().map(|path| path.display().to_string()).collect();
            Err(CliError::usage(format!(
                "several reports name {file}, each another file: {}; name one with --report",
                names.join(", ")
            )))
        }
    }
}

/// The file as it was scanned for this report.
fn located(report: &Path, file: &str) -> Result<Option<PathBuf>, CliError> {
    let plan = plan(recorded(report)?)?;
    Ok(locate(&plan, file).map(|(found, _)| found.path.clone()))
}

/// The reports at hand that list an unknown error on this line, or else that read this source.
fn known(source: &str, line: u64) -> Vec<PathBuf> {
    let at_hand = at_hand().into_iter();
    let reports: Vec<(PathBuf, Saved)> =
        at_hand.filter_map(|path| load(&path).ok().map(|saved| (path, saved))).collect();
    let lists = |saved: &Saved| {
        let mut samples = saved.report.unmatched.iter().filter_map(|row| row.sample.as_ref());
        samples.any(|sample| sample.source == source && sample.line == line)
    };
    let reads = |saved: &Saved| {
        let mut items = saved.report.coverage.items.iter();
        items.any(|item| item.source == source)
    };
    let paths = |wanted: &dyn Fn(&Saved) -> bool| -> Vec<PathBuf> {
        let fitting = reports.iter().filter(|(_, saved)| wanted(saved));
        fitting.map(|(path, _)| path.clone()).collect()
    };
    let listing = paths(&lists);
    if listing.is_empty() { paths(&reads) } else { listing }
}

/// Reports here and in the directories here.
fn at_hand() -> BTreeSet<PathBuf> {
    let entries = std::fs::read_dir(".").into_iter().flatten().flatten();
    let inside = entries.map(|entry| Path::new(&entry.file_name()).join(REPORT));
    inside.chain([PathBuf::from(REPORT)]).filter(|path| path.is_file()).collect()
}

/// What was scanned for the report in a place.
pub fn recorded(from: &Path) -> Result<Vec<PathBuf>, CliError> {
    scanned(&saved_report::load(from)?)
}

/// The files of these roots.
pub fn plan(roots: Vec<PathBuf>) -> Result<Plan, CliError> {
    pipeline::sources(
        SourceSelection { roots, ..SourceSelection::default() },
        &Redaction::default(),
    )
    .map_err(CliError::from)
}

pub(crate) fn scanned(saved: &Saved) -> Result<Vec<PathBuf>, CliError> {
    let paths: Vec<PathBuf> = saved.report.run.paths.iter().map(PathBuf::from).collect();
    if paths.is_empty() {
        let message = "the report does not say what was scanned; name the PATHs";
        return Err(CliError::usage(message));
    }
    Ok(paths)
}
