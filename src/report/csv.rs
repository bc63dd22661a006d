//! The four CSV files: columns exactly as in the contract, new ones only at the end. RFC 4180 with
//! CRLF; with byte order mark and formula guard unless plain files are asked for.

use crate::model::{
    ConnectionFolder, ConnectionRow, CoverageItem, Incident, JobFolder, NamedJobs, Occurrence,
    Report, Sample,
};
use crate::report::escape;
use crate::report::style::{RenderError, Style};
use ::csv::{QuoteStyle, Terminator, WriterBuilder};
use std::fmt::Display;
/// A column: its name and how a row fills it. Empty means unknown.
type Column<T> = (&'static str, fn(&T) -> String);

/// Tells spreadsheets that the file is UTF-8; without it Excel shows Japanese text as noise.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// incidents.csv.
pub fn incidents(report: &Report, style: &Style) -> Result<Vec<u8>, RenderError> {
    table(INCIDENTS, &report.incidents, style)
}

/// occurrences.csv.
pub fn occurrences(report: &Report, style: &Style) -> Result<Vec<u8>, RenderError> {
    table(OCCURRENCES, &report.occurrences, style)
}

/// connections.csv.
pub fn connections(report: &Report, style: &Style) -> Result<Vec<u8>, RenderError> {
    table(CONNECTIONS, &report.connections, style)
}

/// coverage.csv.
pub fn coverage(report: &Report, style: &Style) -> Result<Vec<u8>, RenderError> {
    table(COVERAGE, &report.coverage.items, style)
}

fn table<T>(columns: &[Column<T>], rows: &[T], style: &Style) -> Result<Vec<u8>, RenderError> {
    let out = if style.csv_plain { Vec::new() } else { BYTE_ORDER_MARK.to_vec() };
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .quote_style(QuoteStyle::Necessary)
        .from_writer(out);
    writer.write_record(columns.iter().map(|(name, _)| name))?;
    for row in rows {
        writer.write_record(columns.iter().map(|(_, value)| {
            let cell = value(row);
            if style.csv_plain { cell } else { escape::csv_guard(&cell) }
        }))?;
    }
    writer.into_inner().map_err(|error| ::csv::Error::from(error.into_error()).into())
}

fn known<T: Display>(value: &Option<T>) -> String {
    value.as_ref().map(T::to_string).unwrap_or_default()
}

fn names(items: &[NamedJobs]) -> String {
    items.iter().map(|item| item.name.as_str()).collect::<Vec<_>>().join("; ")
}

/// Path of a connection's folder; its key has a column of its own.
fn home(folder: &ConnectionFolder) -> String {
    folder.path.clone().unwrap_or_else(|| known(&folder.id))
}

fn job_folders(folders: &[JobFolder]) -> String {
    let name = |folder: &JobFolder| match (&folder.path, folder.key) {
        (Some(path), _) => path.clone(),
        (None, Some(key)) => key.to_string(),
        (None, None) => known(&folder.id),
    };
    folders.iter().map(name).filter(|name| !name.is_empty()).collect::<Vec<_>>().join("; ")
}

fn sampled(incident: &Incident, part: fn(&Sample) -> String) -> String {
    incident.samples.first().map(part).unwrap_or_default()
}

const INCIDENTS: &[Column<Incident>] = &[
    ("incident_id", |i| i.id.clone()),
    ("state", |i| i.state.clone()),
    ("severity", |i| i.severity.to_string()),
    ("category", |i| i.category.to_string()),
    ("owner", |i| i.owner.to_string()),
    ("signature_id", |i| i.signature.id.clone()),
    ("title", |i| i.signature.title.clone()),
    ("codes", |i| i.codes.join("; ")),
    ("provider_status", |i| known(&i.provider_status)),
    ("cause", |i| i.cause.as_ref().map(|cause| cause.code.clone()).unwrap_or_default()),
    ("connection_id", |i| known(&i.connection.id)),
    ("connection_name", |i| known(&i.connection.name)),
    ("connector", |i| known(&i.connection.connector)),
    ("attribution", |i| i.connection.attribution.to_string()),
    ("connection_folder", |i| home(&i.connection_folder)),
    ("connection_folder_key", |i| known(&i.connection_folder.key)),
    ("job_folders", |i| job_folders(&i.job_folders)),
    ("occurrences", |i| i.counts.occurrences.to_string()),
    ("records", |i| i.counts.records.to_string()),
    ("jobs", |i| i.counts.jobs.to_string()),
    ("processes", |i| names(&i.processes)),
    ("activities", |i| names(&i.activities)),
    ("machines", |i| names(&i.machines)),
    ("first_seen", |i| known(&i.first_seen)),
    ("last_seen", |i| known(&i.last_seen)),
    ("fix", |i| i.remediation.summary.clone()),
    ("fix_url", |i| i.remediation.url.clone()),
    ("confidence", |i| i.signature.confidence.to_string()),
    ("sample_source", |i| sampled(i, |sample| sample.source.clone())),
    ("sample_line", |i| sampled(i, |sample| sample.line.to_string())),
    ("sample_message", |i| sampled(i, |sample| sample.message.clone())),
    ("fingerprint", |i| i.fingerprint.clone()),
];

const OCCURRENCES: &[Column<Occurrence>] = &[
    ("incident_id", |o| o.incident_id.clone()),
    ("time", |o| known(&o.time)),
    ("time_quality", |o| o.time_quality.clone()),
    ("job_key", |o| known(&o.job_key)),
    ("job_state", |o| known(&o.job_state)),
    ("process", |o| known(&o.process)),
    ("process_version", |o| known(&o.process_version)),
    ("activity", |o| known(&o.activity)),
    ("workflow_file", |o| known(&o.workflow_file)),
    ("robot", |o| known(&o.robot)),
    ("machine", |o| known(&o.machine)),
    ("job_folder", |o| known(&o.job_folder)),
    ("connection_id", |o| known(&o.connection_id)),
    ("codes", |o| o.codes.join("; ")),
    ("provider_status", |o| known(&o.provider_status)),
    ("request_id", |o| known(&o.request_id)),
    ("level", |o| known(&o.level)),
    ("witnesses", |o| o.witnesses.join(";")),
    ("source", |o| o.source.clone()),
    ("line", |o| o.line.to_string()),
    ("offset", |o| o.offset.to_string()),
    ("message", |o| o.message.clone()),
];

const CONNECTIONS: &[Column<ConnectionRow>] = &[
    ("connection_id", |c| known(&c.connection.id)),
    ("connection_name", |c| known(&c.connection.name)),
    ("connector", |c| known(&c.connection.connector)),
    ("connection_folder", |c| home(&c.connection_folder)),
    ("connection_folder_key", |c| known(&c.connection_folder.key)),
    ("incidents", |c| c.incidents.join("; ")),
    ("signatures", |c| c.signatures.join("; ")),
    ("occurrences", |c| c.occurrences.to_string()),
    ("jobs", |c| c.jobs.to_string()),
    ("first_seen", |c| known(&c.first_seen)),
    ("last_seen", |c| known(&c.last_seen)),
    ("worst_severity", |c| c.worst_severity.to_string()),
    ("owner", |c| c.owner.to_string()),
];

const COVERAGE: &[Column<CoverageItem>] = &[
    ("source", |c| c.source.clone()),
    ("kind", |c| c.item.kind.clone()),
    ("encoding", |c| c.item.encoding.clone()),
    ("compression", |c| c.item.compression.clone()),
    ("bytes", |c| c.item.bytes.to_string()),
    ("records", |c| c.item.records.to_string()),
    ("rejected", |c| c.item.rejected.to_string()),
    ("first_time", |c| known(&c.item.first_time)),
    ("last_time", |c| known(&c.item.last_time)),
    ("status", |c| c.item.status.as_str().to_string()),
    ("reason", |c| c.item.reason.clone()),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::sample;

    const PLAIN: Style = Style { lang: crate::model::Lang::En, csv_plain: true };

    fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
        let row = |r: ::csv::StringRecord| r.iter().map(String::from).collect();
        reader.records().map(|record| row(record.unwrap())).collect()
    }

    #[test]
    fn columns_of_the_contract() {
        let header = |columns: Result<Vec<u8>, RenderError>| {
            let text = String::from_utf8(columns.unwrap()).unwrap();
            text.strip_suffix("\r\n").map(|line| line.replace(',', ", ")).unwrap()
        };
        let empty = Report { coverage: crate::model::Coverage::default(), ..sample::empty() };
        assert_eq!(
            header(incidents(&empty, &PLAIN)),
            "incident_id, state, severity, category, owner, signature_id, title, codes, \
             provider_status, cause, connection_id, connection_name, connector, attribution, \
             connection_folder, connection_folder_key, job_folders, occurrences, records, jobs, \
             processes, activities, machines, first_seen, last_seen, fix, fix_url, confidence, \
             sample_source, sample_line, sample_message, fingerprint"
        );
        assert_eq!(
            header(occurrences(&empty, &PLAIN)),
            "incident_id, time, time_quality, job_key, job_state, process, process_version, \
             activity, workflow_file, robot, machine, job_folder, connection_id, codes, \
             provider_status, request_id, level, witnesses, source, line, offset, message"
        );
        assert_eq!(
            header(connections(&empty, &PLAIN)),
            "connection_id, connection_name, connector, connection_folder, \
             connection_folder_key, incidents, signatures, occurrences, jobs, first_seen, \
             last_seen, worst_severity, owner"
        );
        assert_eq!(
            header(coverage(&empty, &PLAIN)),
            "source, kind, encoding, compression, bytes, records, rejected, first_time, \
             last_time, status, reason"
        );
    }

    #[test]
    fn rows_say_what_is_known_and_stay_empty_otherwise() {
        let rows = cells(&incidents(&sample::rich(), &PLAIN).unwrap());
        let column = |name: &str| rows[0].iter().position(|n| n == name).unwrap();
        let cell = |row: usize, name: &str| rows[row][column(name)].as_str();
        assert_eq!(cell(1, "codes"), "AADSTS700082; DAP-RT-1101");
        assert_eq!(cell(1, "job_folders"), "Finance/日次; Shared/Mail; HR");
        assert_eq!(cell(1, "first_seen"), "2026-03-14T07:14:09.000Z");
        assert_eq!(cell(1, "sample_message"), sample::HOSTILE);
        assert_eq!(cell(2, "job_folders"), "77");
        assert_eq!(cell(2, "connection_folder"), "");
        for name in ["connection_id", "first_seen", "sample_line", "provider_status"] {
            assert_eq!(cell(3, name), "");
        }
    }

    #[test]
    fn for_people_with_mark_and_guard() {
        let out = incidents(&sample::rich(), &Style::default()).unwrap();
        assert!(out.starts_with(b"\xef\xbb\xbfincident_id,"));
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("\"'=HYPERLINK(\"\"x\"\")\""));
        assert!(text.contains("\"'=cmd|"));
        assert_eq!(text.lines().next().map(|line| line.ends_with("fingerprint")), Some(true));
        assert!(text.ends_with("fp1:00cc\r\n"));
    }

    #[test]
    fn coverage_is_complete() {
        let rows = cells(&coverage(&sample::rich(), &PLAIN).unwrap());
        assert_eq!(rows.len(), 1 + 5);
        assert_eq!(rows[3][9..], ["partial", "ended early"]);
    }

    #[test]
    fn golden_occurrences() {
        let mut report = sample::rich();
        report.occurrences[0].message = "-1 is no formula here\nsecond line".to_string();
        let out = occurrences(&report, &Style::default()).unwrap();
        sample::assert_golden("occurrences.csv", &String::from_utf8(out).unwrap());
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in any::<String>()) {
            let mut report = sample::rich();
            report.occurrences[0].message = text.clone();
            let rows = cells(&occurrences(&report, &PLAIN).unwrap());
            prop_assert_eq!(rows[1].last(), Some(&text));
        }
    }
}
