//! Finds and reads a saved report: report.json, and the occurrences beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::exit::{Exit, Failure};
use crate::model::Instant;
use crate::model::report::{Occurrence, Report};
use crate::report::{SavedError, occurrences_of_csv, occurrences_of_ndjson, read};

/// Name of the file that holds a report.
const REPORT: &str = "report.json";

/// A saved report.
pub struct Saved {
    /// The report. Its occurrences are there only if `whole`.
    pub report: Report,
    /// Where report.json is.
    pub path: PathBuf,
    /// The occurrences of this report were found beside it.
    pub whole: bool,
}

/// Reads a report.json, or the one of a directory.
pub fn load(path: &Path) -> Result<Saved, Failure> {
    let path = if path.is_dir() { path.join(REPORT) } else { path.to_path_buf() };
    let bytes = std::fs::read(&path).map_err(|error| {
        let reason = anyhow::Error::new(error).context(format!("cannot read {}", path.display()));
        Failure { exit: Exit::Usage, reason }
    })?;
    let mut report = read(&bytes).map_err(|error| {
        let reason = anyhow::Error::new(error).context(path.display().to_string());
        Failure { exit: Exit::Usage, reason }
    })?;
    let beside = path.parent().unwrap_or(Path::new(""));
    let whole = match occurrences(beside, &report) {
        Some(occurrences) => {
            report.occurrences = occurrences;
            true
        }
        None => report.summary.occurrences == 0,
    };
    Ok(Saved { report, path, whole })
}

impl Saved {
    /// What to say where the occurrences are needed and are not there.
    pub fn no_occurrences(&self) -> String {
        format!(
            "the occurrences of this report are not beside {}: neither occurrences.ndjson nor \
             occurrences.csv there belongs to it",
            self.path.display()
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
