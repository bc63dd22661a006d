//! Reads reports back: those that `json` and `csv` wrote, and those in a state, so that a report can
//! be rendered again, compared and inspected without the exports. The bytes come from the caller.

use serde::{Deserialize, Serialize};

use crate::model::{Attribution, Guid, Instant, Occurrence, Report, SCHEMA_VERSION};
use crate::report::escape::guard_csv_cell;
use crate::report::style::RenderError;

#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    #[error("not a valid report.json: {0}")]
    Json(String),
    /// The report of a state.
    #[error("the stored report is damaged: {0}")]
    Stored(#[from] rmp_serde::decode::Error),
    /// The major version differs.
    #[error("report of version {0}; this program reads version {SCHEMA_VERSION}")]
    Version(String),
    #[error("not a valid occurrences.csv: {0}")]
    Csv(String),
}

impl From<serde_json::Error> for SavedError {
    fn from(error: serde_json::Error) -> SavedError {
        SavedError::Json(error.to_string())
    }
}

/// The field that reports of all versions have.
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

/// Reads report.json, which has no occurrences; they are in files of their own.
pub fn read(json: &[u8]) -> Result<Report, SavedError> {
    serde_json::from_slice::<Versioned>(json)?.check()?;
    Ok(serde_json::from_slice(json)?)
}

/// Encodes everything that the formats show: the report as MessagePack with the names of fields
/// (except in the rows of coverage), then its occurrences.
pub fn encode_report(report: &Report) -> Result<Vec<u8>, RenderError> {
    let mut out = Vec::new();
    let mut serializer = rmp_serde::Serializer::new(&mut out).with_struct_map();
    report.serialize(&mut serializer)?;
    report.occurrences.serialize(&mut serializer)?;
    Ok(out)
}

/// Decodes what [`encode_report`] encoded. Earlier versions wrote JSON in one line, then an occurrence in each
/// line.
pub fn decode_report(bytes: &[u8]) -> Result<Report, SavedError> {
    if bytes.first() == Some(&b'{') {
        let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
        let (json, rows) = bytes.split_at(end);
        let mut report = read(json)?;
        report.occurrences = occurrences_of_ndjson(rows)?;
        return Ok(report);
    }
    rmp_serde::from_slice::<Versioned>(bytes)?.check()?;
    let mut deserializer = rmp_serde::Deserializer::from_read_ref(bytes);
    let mut report = Report::deserialize(&mut deserializer)?;
    report.occurrences = Deserialize::deserialize(&mut deserializer)?;
    Ok(report)
}

pub fn occurrences_of_ndjson(text: &[u8]) -> Result<Vec<Occurrence>, SavedError> {
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| Ok(serde_json::from_slice(line)?)).collect()
}

/// Reads occurrences.csv, with or without the formula guard. With it, a text that began with an
/// apostrophe before a formula loses the apostrophe: it cannot be distinguished from the guard.
pub fn occurrences_of_csv(text: &[u8]) -> Result<Vec<Occurrence>, SavedError> {
    let invalid = |error: &dyn std::fmt::Display| SavedError::Csv(error.to_string());
    let is_guarded = text.starts_with(b"\xef\xbb\xbf");
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut reader = ::csv::Reader::from_reader(text);
    let columns = reader.headers().map_err(|error| invalid(&error))?.clone();
    if columns.get(0) != Some("incident_id") {
        return Err(invalid(&"its first column is not incident_id"));
    }
    reader
        .records()
        .map(|record| {
            let record = record.map_err(|error| invalid(&error))?;
            let cell = |name: &str| {
                let index = columns.iter().position(|column| column == name);
                let cell = index.and_then(|index| record.get(index)).unwrap_or_default();
                if is_guarded { remove_guard(cell) } else { cell }.to_string()
            };
            parse_occurrence(cell).ok_or_else(|| invalid(&format!("a bad value in {record:?}")))
        })
        .collect()
}

fn remove_guard(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if guard_csv_cell(text) != text => text,
        _ => cell,
    }
}

/// `None` if a cell has a value that is not valid in its column.
fn parse_occurrence(cell: impl Fn(&str) -> String) -> Option<Occurrence> {
    let text = |name: &str| Some(cell(name)).filter(|text| !text.is_empty());
    let list = |name: &str, separator: &str| -> Vec<String> {
        let items = text(name).map(|list| list.split(separator).map(str::to_string).collect());
        items.unwrap_or_default()
    };
    /// An empty cell is an absent value; `None` if `parse` fails.
    fn optional<T>(text: Option<String>, parse: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
        text.map_or(Some(None), |text| parse(&text).map(Some))
    }
    let number = |name: &str| cell(name).parse::<u64>().ok();
    Some(Occurrence {
        incident_id: cell("incident_id"),
        time: optional(text("time"), Instant::read_back)?,
        time_quality: cell("time_quality"),
        job_key: optional(text("job_key"), Guid::parse)?,
        job_state: text("job_state"),
        process: text("process"),
        process_version: text("process_version"),
        activity: text("activity"),
        workflow_file: text("workflow_file"),
        robot: text("robot"),
        machine: text("machine"),
        job_folder: text("job_folder"),
        connection_id: optional(text("connection_id"), Guid::parse)?,
        codes: list("codes", "; "),
        provider_status: optional(text("provider_status"), |text| text.parse().ok())?,
        request_id: text("request_id"),
        level: text("level"),
        witnesses: list("witnesses", ";"),
        source: cell("source"),
        line: number("line")?,
        offset: number("offset")?,
        message: cell("message"),
        attribution: optional(text("attribution"), Attribution::parse)?,
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
    fn written_reports_are_read_back() {
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
            assert_eq!(decode_report(&encode_report(&report).unwrap()).unwrap(), report);
        }
    }

    #[test]
    fn the_stored_form_of_previous_versions_is_read() {
        for report in [sample::rich(), sample::empty()] {
            let mut text = serde_json::to_vec(&report).unwrap();
            text.push(b'\n');
            let style = Style::default();
            text.append(&mut file(&report, ReportFormat::Ndjson, &style, "occurrences.ndjson"));
            assert_eq!(decode_report(&text).unwrap(), report);
        }
    }

    #[test]
    fn a_truncated_report_or_another_version_is_refused() {
        let mut report = sample::rich();
        let encoded = encode_report(&report).unwrap();
        for end in [0, 1, 40, encoded.len() / 2, encoded.len() - 1] {
            assert!(decode_report(&encoded[..end]).is_err(), "{end}");
        }
        report.schema_version = "2.0".to_string();
        let error = decode_report(&encode_report(&report).unwrap()).unwrap_err().to_string();
        assert!(error.contains("version 2.0"), "{error}");
    }

    #[test]
    fn invalid_files_are_refused_with_a_reason() {
        let error = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
        assert!(error("{}").contains("schema_version"));
        assert!(error("no").contains("not a valid report.json"));
        assert!(error("{\"schema_version\": \"2.0\"}").contains("version 2.0"));
        assert!(occurrences_of_csv(b"a,b\r\n").is_err());
        assert!(occurrences_of_csv(b"incident_id,line,offset\r\nFL-1,x,1\r\n").is_err());
    }
}
