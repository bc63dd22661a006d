//! Reads what `json` and `csv` wrote, and what a state keeps: a report can be rendered again,
//! compared and looked into long after the exports are gone. The bytes come from the caller.

use crate::model::{Guid, Instant};
use crate::model::{Occurrence, Report, SCHEMA_VERSION};
use crate::report::escape::csv_guard;
use crate::report::style::RenderError;
use serde::{Deserialize, Serialize};
/// Why saved files are no report.
#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    /// The text is no report.
    #[error("it is no report.json: {0}")]
    Json(String),
    /// What is kept is no report.
    #[error("what is kept is no report: {0}")]
    Kept(#[from] rmp_serde::decode::Error),
    /// A report of another shape.
    #[error("it is a report of version {0}; this program reads {SCHEMA_VERSION}")]
    Version(String),
    /// No table of occurrences.
    #[error("it is no occurrences.csv: {0}")]
    Csv(String),
}

impl From<serde_json::Error> for SavedError {
    fn from(error: serde_json::Error) -> SavedError {
        SavedError::Json(error.to_string())
    }
}

/// What every version of a report says.
#[derive(Deserialize)]
struct Versioned {
    schema_version: String,
}

impl Versioned {
    fn check(self) -> Result<(), SavedError> {
        let major = |version: &str| version.split('.').next().map(str::to_string);
        if major(&self.schema_version) == major(SCHEMA_VERSION) {
            return Ok(());
        }
        Err(SavedError::Version(self.schema_version))
    }
}

/// Reads report.json. Occurrences stand in files of their own.
pub fn read(json: &[u8]) -> Result<Report, SavedError> {
    serde_json::from_slice::<Versioned>(json)?.check()?;
    Ok(serde_json::from_slice(json)?)
}

/// A report as one text that holds everything its faces show: the report as MessagePack with the
/// names of fields, but for those of the rows of coverage, then its occurrences.
pub fn keep(report: &Report) -> Result<Vec<u8>, RenderError> {
    let mut out = Vec::new();
    let mut serializer = rmp_serde::Serializer::new(&mut out).with_struct_map();
    report.serialize(&mut serializer)?;
    report.occurrences.serialize(&mut serializer)?;
    Ok(out)
}

/// Reads what [`keep`] wrote, or an earlier version: JSON in one line, and an occurrence in each
/// line after it.
pub fn kept(text: &[u8]) -> Result<Report, SavedError> {
    if text.first() == Some(&b'{') {
        let end = text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len());
        let (json, rows) = text.split_at(end);
        let mut report = read(json)?;
        report.occurrences = occurrences_of_ndjson(rows)?;
        return Ok(report);
    }
    rmp_serde::from_slice::<Versioned>(text)?.check()?;
    let mut parts = rmp_serde::Deserializer::from_read_ref(text);
    let mut report = Report::deserialize(&mut parts)?;
    report.occurrences = Deserialize::deserialize(&mut parts)?;
    Ok(report)
}

/// Reads occurrences.ndjson.
pub fn occurrences_of_ndjson(text: &[u8]) -> Result<Vec<Occurrence>, SavedError> {
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| Ok(serde_json::from_slice(line)?)).collect()
}

/// Reads occurrences.csv, guarded or plain. A text that began with an apostrophe before a formula
/// loses it: the guard hides which of the two it was.
pub fn occurrences_of_csv(text: &[u8]) -> Result<Vec<Occurrence>, SavedError> {
    let wrong = |error: &dyn std::fmt::Display| SavedError::Csv(error.to_string());
    let guarded = text.starts_with(b"\xef\xbb\xbf");
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut reader = ::csv::Reader::from_reader(text);
    let names = reader.headers().map_err(|error| wrong(&error))?.clone();
    if names.get(0) != Some("incident_id") {
        return Err(wrong(&"its first column is not incident_id"));
    }
    reader
        .records()
        .map(|record| {
            let record = record.map_err(|error| wrong(&error))?;
            let cell = |name: &str| {
                let at = names.iter().position(|known| known == name);
                let cell = at.and_then(|at| record.get(at)).unwrap_or_default();
                if guarded { unguarded(cell) } else { cell }.to_string()
            };
            occurrence(cell).ok_or_else(|| wrong(&format!("a bad value in {record:?}")))
        })
        .collect()
}

/// The text below a guard.
fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if csv_guard(text) != text => text,
        _ => cell,
    }
}

/// A row out of its cells; `None` when one holds what its column cannot.
fn occurrence(cell: impl Fn(&str) -> String) -> Option<Occurrence> {
    let some = |name: &str| Some(cell(name)).filter(|text| !text.is_empty());
    let list = |name: &str, apart: &str| -> Vec<String> {
        some(name).map(|all| all.split(apart).map(str::to_string).collect()).unwrap_or_default()
    };
    /// Absent, or what it says.
    fn read<T>(text: Option<String>, parse: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
        text.map_or(Some(None), |text| parse(&text).map(Some))
    }
    let number = |name: &str| cell(name).parse::<u64>().ok();
    Some(Occurrence {
        incident_id: cell("incident_id"),
        time: read(some("time"), Instant::read_back)?,
        time_quality: cell("time_quality"),
        job_key: read(some("job_key"), Guid::parse)?,
        job_state: some("job_state"),
        process: some("process"),
        process_version: some("process_version"),
        activity: some("activity"),
        workflow_file: some("workflow_file"),
        robot: some("robot"),
        machine: some("machine"),
        job_folder: some("job_folder"),
        connection_id: read(some("connection_id"), Guid::parse)?,
        codes: list("codes", "; "),
        provider_status: read(some("provider_status"), |text| text.parse().ok())?,
        request_id: some("request_id"),
        level: some("level"),
        witnesses: list("witnesses", ";"),
        source: cell("source"),
        line: number("line")?,
        offset: number("offset")?,
        message: cell("message"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::format::ReportFormat;
    use crate::report::render::render;
    use crate::report::sample;
    use crate::report::style::Style;

    fn file(report: &Report, format: ReportFormat, style: &Style, name: &str) -> Vec<u8> {
        let files = render(report, &[format], style).unwrap();
        files.into_iter().find(|(file, _)| file == name).unwrap().1
    }

    #[test]
    fn what_was_written_is_read_again() {
        for report in [sample::rich(), sample::empty()] {
            let json = file(&report, ReportFormat::Json, &Style::default(), "report.json");
            let mut back = read(&json).unwrap();
            assert_eq!(file(&back, ReportFormat::Json, &Style::default(), "report.json"), json);
            let ndjson =
                file(&report, ReportFormat::Ndjson, &Style::default(), "occurrences.ndjson");
            back.occurrences = occurrences_of_ndjson(&ndjson).unwrap();
            assert_eq!(back, report);
            for csv_plain in [false, true] {
                let style = Style { csv_plain, ..Style::default() };
                let csv = file(&report, ReportFormat::Csv, &style, "occurrences.csv");
                back.occurrences = occurrences_of_csv(&csv).unwrap();
                assert_eq!(back, report, "plain: {csv_plain}");
            }
            assert_eq!(kept(&keep(&report).unwrap()).unwrap(), report);
        }
    }

    #[test]
    fn what_earlier_versions_kept_is_read_again() {
        for report in [sample::rich(), sample::empty()] {
            let mut text = serde_json::to_vec(&report).unwrap();
            text.push(b'\n');
            let style = Style::default();
            text.append(&mut file(&report, ReportFormat::Ndjson, &style, "occurrences.ndjson"));
            assert_eq!(kept(&text).unwrap(), report);
        }
    }

    #[test]
    fn what_is_kept_is_no_report_of_another_version_and_no_part_of_one() {
        let mut report = sample::rich();
        let whole = keep(&report).unwrap();
        for end in [0, 1, 40, whole.len() / 2, whole.len() - 1] {
            assert!(kept(&whole[..end]).is_err(), "{end}");
        }
        report.schema_version = "2.0".to_string();
        let error = kept(&keep(&report).unwrap()).unwrap_err().to_string();
        assert!(error.contains("version 2.0"), "{error}");
    }

    #[test]
    fn what_is_no_report_is_said() {
        let error = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
        assert!(error("{}").contains("schema_version"));
        assert!(error("no").contains("no report.json"));
        assert!(error("{\"schema_version\": \"2.0\"}").contains("version 2.0"));
        assert!(occurrences_of_csv(b"a,b\r\n").is_err());
        assert!(occurrences_of_csv(b"incident_id,line,offset\r\nFL-1,x,1\r\n").is_err());
    }
}
