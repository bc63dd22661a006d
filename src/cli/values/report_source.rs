//! Finds the file of a source that a report names: first the report, then the scanned file. Without
//! `--report`, the search covers the working directory and its direct subdirectories. If several files
//! match, the result is an error, never a guess.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::cli::exit::CliError;
use crate::cli::values::saved_report::{REPORT_FILE, SavedReport, load};
use crate::inspect::locate;
use crate::pipeline::{self, SourcePlan, SourceSelection};
use crate::redact::Redaction;

/// Finds the file of a source. `source`, `file` and `line` are as the report names them.
pub fn find_source_file(
    source: &str,
    file: &str,
    line: u64,
    report: Option<&Path>,
) -> Result<PathBuf, CliError> {
    if let Some(report) = report {
        let missing = || CliError::usage(format!("file not found: {file}"));
        return find_in_report(report, file)?.ok_or_else(missing);
    }
    let reports = reports_naming(source, line);
    let files: BTreeSet<PathBuf> =
        reports.iter().filter_map(|report| find_in_report(report, file).ok().flatten()).collect();
    let mut files = files.into_iter();
    match (files.next(), files.next()) {
        (Some(path), None) => Ok(path),
        (None, _) => Err(CliError::usage(format!(
            "file not found: {file}; if a report names it so, name the report with --report DIR"
        ))),
        (Some(_), Some(_)) => {
            let names: Vec<String> =
                reports.iter().map(|path| path.display().to_string()).collect();
            Err(CliError::usage(format!(
                "{file} is ambiguous: several reports name it, and not the same file: {}; name one with --report",
                names.join(", ")
            )))
        }
    }
}

/// Finds the file among those that were scanned for this report.
fn find_in_report(report: &Path, file: &str) -> Result<Option<PathBuf>, CliError> {
    let plan = plan_sources(load_scanned_paths(report)?)?;
    Ok(locate(&plan, file).map(|(file, _)| file.path.clone()))
}

/// Nearby reports that list an unmatched record on this line, else those that read this source.
fn reports_naming(source: &str, line: u64) -> Vec<PathBuf> {
    let reports: Vec<(PathBuf, SavedReport)> = nearby_reports()
        .into_iter()
        .filter_map(|path| load(&path).ok().map(|saved| (path, saved)))
        .collect();
    let lists_line = |saved: &SavedReport| {
        let mut samples = saved.report.unmatched.iter().filter_map(|row| row.sample.as_ref());
        samples.any(|sample| sample.source == source && sample.line == line)
    };
    let reads_source = |saved: &SavedReport| {
        let mut items = saved.report.coverage.items.iter();
        items.any(|item| item.source == source)
    };
    let paths = |wanted: &dyn Fn(&SavedReport) -> bool| -> Vec<PathBuf> {
        let matching = reports.iter().filter(|(_, saved)| wanted(saved));
        matching.map(|(path, _)| path.clone()).collect()
    };
    let listing = paths(&lists_line);
    if listing.is_empty() { paths(&reads_source) } else { listing }
}

/// Reports in the working directory and its direct subdirectories.
fn nearby_reports() -> BTreeSet<PathBuf> {
    let entries = std::fs::read_dir(".").into_iter().flatten().flatten();
    let nested = entries.map(|entry| Path::new(&entry.file_name()).join(REPORT_FILE));
    nested.chain([PathBuf::from(REPORT_FILE)]).filter(|path| path.is_file()).collect()
}

/// Loads the report at `path` and returns the paths that were scanned for it.
pub fn load_scanned_paths(path: &Path) -> Result<Vec<PathBuf>, CliError> {
    scanned_paths(&load(path)?)
}

/// Walks the roots and returns the sources in them.
pub fn plan_sources(roots: Vec<PathBuf>) -> Result<SourcePlan, CliError> {
    pipeline::sources(
        SourceSelection { roots, ..SourceSelection::default() },
        &Redaction::default(),
    )
    .map_err(CliError::from)
}

/// Returns the paths that were scanned for a report. Fails if the report does not record them.
pub(crate) fn scanned_paths(saved: &SavedReport) -> Result<Vec<PathBuf>, CliError> {
    let paths: Vec<PathBuf> = saved.report.run.paths.iter().map(PathBuf::from).collect();
    if paths.is_empty() {
        let message = "the report does not record what was scanned; name the PATHs";
        return Err(CliError::usage(message));
    }
    Ok(paths)
}
