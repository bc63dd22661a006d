//! The four CSV files, with the columns of the contract; new columns are added at the end. RFC 4180
//! with CRLF. Files for users have a byte order mark and a formula guard; plain files have neither.

use std::fmt::Display;

use ::csv::{QuoteStyle, Terminator, WriterBuilder};

use crate::model::{
    ConnectionFolder, ConnectionRow, CoverageItem, Incident, JobFolder, NamedJobs, Occurrence,
    Report, Sample,
};
use crate::report::escape;
use crate::report::style::{RenderError, Style};

/// The name of a column and the cell of a row; an empty cell means unknown.
type Column<T> = (&'static str, fn(&T) -> String);

/// Marks the file as UTF-8; without it Excel shows Japanese text garbled.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

pub fn render_incidents(report: &Report, style: &Style) -> Result<Vec<u8>, RenderError> {
    render_table(INCIDENTS, &report.incidents, style)
}

pub fn render_occurrences(report: &Report, style: &Style) -> Result<Vec<u8>, RenderError> {
    render_table(OCCURRENCES, &report.occurrences, style)
}

pub fn render_connections(report: &Report, style: &Style) -> Result<Vec<u8>, RenderError> {
    render_table(CONNECTIONS, &report.connections, style)
}

pub fn render_coverage(report: &Report, style: &Style) -> Result<Vec<u8>, RenderError> {
    render_table(COVERAGE, &report.coverage.items, style)
}

fn render_table<T>(
    columns: &[Column<T>],
    rows: &[T],
    style: &Style,
) -> Result<Vec<u8>, RenderError> {
    let out = if style.csv_plain { Vec::new() } else { BYTE_ORDER_MARK.to_vec() };
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .quote_style(QuoteStyle::Necessary)
        .from_writer(out);
    writer.write_record(columns.iter().map(|(name, _)| name))?;
    for row in rows {
        writer.write_record(columns.iter().map(|(_, cell)| {
            let cell = cell(row);
            if style.csv_plain { cell } else { escape::guard_csv_cell(&cell) }
        }))?;
    }
    writer.into_inner().map_err(|error| ::csv::Error::from(error.into_error()).into())
}

fn or_empty<T: Display>(value: &Option<T>) -> String {
    value.as_ref().map(T::to_string).unwrap_or_default()
}

fn names(items: &[NamedJobs]) -> String {
    items.iter().map(|item| item.name.as_str()).collect::<Vec<_>>().join("; ")
}

/// The path, else the number; the key has a column of its own.
fn connection_folder(folder: &ConnectionFolder) -> String {
    folder.path.clone().unwrap_or_else(|| or_empty(&folder.id))
}

fn job_folders(folders: &[JobFolder]) -> String {
    let name = |folder: &JobFolder| match (&folder.path, folder.key) {
        (Some(path), _) => path.clone(),
        (None, Some(key)) => key.to_string(),
        (None, None) => or_empty(&folder.id),
    };
    folders.iter().map(name).filter(|name| !name.is_empty()).collect::<Vec<_>>().join("; ")
}

fn first_sample(incident: &Incident, part: fn(&Sample) -> String) -> String {
    incident.samples.first().map(part).unwrap_or_default()
}

const INCIDENTS: &[Column<Incident>] = &[
    ("incident_id", |i| i.id.clone()),
    ("state", |i| i.state.to_string()),
    ("severity", |i| i.severity.to_string()),
    ("category", |i| i.category.to_string()),
    ("owner", |i| i.owner.to_string()),
    ("signature_id", |i| i.signature.id.clone()),
    ("title", |i| i.signature.title.clone()),
    ("codes", |i| i.codes.join("; ")),
    ("provider_status", |i| or_empty(&i.provider_status)),
    ("cause", |i| i.cause.as_ref().map(|cause| cause.code.clone()).unwrap_or_default()),
    ("connection_id", |i| or_empty(&i.connection.id)),
    ("connection_name", |i| or_empty(&i.connection.name)),
    ("connector", |i| or_empty(&i.connection.connector)),
    ("attribution", |i| i.connection.attribution.to_string()),
    ("connection_folder", |i| connection_folder(&i.connection_folder)),
    ("connection_folder_key", |i| or_empty(&i.connection_folder.key)),
    ("job_folders", |i| job_folders(&i.job_folders)),
    ("occurrences", |i| i.counts.occurrences.to_string()),
    ("records", |i| i.counts.records.to_string()),
    ("jobs", |i| i.counts.jobs.to_string()),
    ("processes", |i| names(&i.processes)),
    ("activities", |i| names(&i.activities)),
    ("machines", |i| names(&i.machines)),
    ("first_seen", |i| or_empty(&i.first_seen)),
    ("last_seen", |i| or_empty(&i.last_seen)),
    ("fix", |i| i.remediation.summary.clone()),
    ("fix_url", |i| i.remediation.url.clone()),
    ("confidence", |i| i.signature.confidence.to_string()),
    ("sample_source", |i| first_sample(i, |sample| sample.source.clone())),
    ("sample_line", |i| first_sample(i, |sample| sample.line.to_string())),
    ("sample_message", |i| first_sample(i, |sample| sample.message.clone())),
    ("fingerprint", |i| i.fingerprint.clone()),
];

const OCCURRENCES: &[Column<Occurrence>] = &[
    ("incident_id", |o| o.incident_id.clone()),
    ("time", |o| or_empty(&o.time)),
    ("time_quality", |o| o.time_quality.clone()),
    ("job_key", |o| or_empty(&o.job_key)),
    ("job_state", |o| or_empty(&o.job_state)),
    ("process", |o| or_empty(&o.process)),
    ("process_version", |o| or_empty(&o.process_version)),
    ("activity", |o| or_empty(&o.activity)),
    ("workflow_file", |o| or_empty(&o.workflow_file)),
    ("robot", |o| or_empty(&o.robot)),
    ("machine", |o| or_empty(&o.machine)),
    ("job_folder", |o| or_empty(&o.job_folder)),
    ("connection_id", |o| or_empty(&o.connection_id)),
    ("codes", |o| o.codes.join("; ")),
    ("provider_status", |o| or_empty(&o.provider_status)),
    ("request_id", |o| or_empty(&o.request_id)),
    ("level", |o| or_empty(&o.level)),
    ("witnesses", |o| o.witnesses.join(";")),
    ("source", |o| o.source.clone()),
    ("line", |o| o.line.to_string()),
    ("offset", |o| o.offset.to_string()),
    ("message", |o| o.message.clone()),
    ("attribution", |o| or_empty(&o.attribution)),
];

const CONNECTIONS: &[Column<ConnectionRow>] = &[
    ("connection_id", |c| or_empty(&c.connection.id)),
    ("connection_name", |c| or_empty(&c.connection.name)),
    ("connector", |c| or_empty(&c.connection.connector)),
    ("connection_folder", |c| connection_folder(&c.connection_folder)),
    ("connection_folder_key", |c| or_empty(&c.connection_folder.key)),
    ("incidents", |c| c.incidents.join("; ")),
    ("signatures", |c| c.signatures.join("; ")),
    ("occurrences", |c| c.occurrences.to_string()),
    ("jobs", |c| c.jobs.to_string()),
    ("first_seen", |c| or_empty(&c.first_seen)),
    ("last_seen", |c| or_empty(&c.last_seen)),
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
    ("first_time", |c| or_empty(&c.item.first_time)),
    ("last_time", |c| or_empty(&c.item.last_time)),
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
            header(render_incidents(&empty, &PLAIN)),
            "incident_id, state, severity, category, owner, signature_id, title, codes, \
             provider_status, cause, connection_id, connection_name, connector, attribution, \
             connection_folder, connection_folder_key, job_folders, occurrences, records, jobs, \
             processes, activities, machines, first_seen, last_seen, fix, fix_url, confidence, \
             sample_source, sample_line, sample_message, fingerprint"
        );
        assert_eq!(
            header(render_occurrences(&empty, &PLAIN)),
            "incident_id, time, time_quality, job_key, job_state, process, process_version, \
             activity, workflow_file, robot, machine, job_folder, connection_id, codes, \
             provider_status, request_id, level, witnesses, source, line, offset, message, attribution"
        );
        assert_eq!(
            header(render_connections(&empty, &PLAIN)),
            "connection_id, connection_name, connector, connection_folder, \
             connection_folder_key, incidents, signatures, occurrences, jobs, first_seen, \
             last_seen, worst_severity, owner"
        );
        assert_eq!(
            header(render_coverage(&empty, &PLAIN)),
            "source, kind, encoding, compression, bytes, records, rejected, first_time, \
             last_time, status, reason"
        );
    }

    #[test]
    fn cells_of_unknown_values_are_empty() {
        let rows = cells(&render_incidents(&sample::rich(), &PLAIN).unwrap());
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
    fn files_for_users_have_byte_order_mark_and_formula_guard() {
        let out = render_incidents(&sample::rich(), &Style::default()).unwrap();
        assert!(out.starts_with(b"\xef\xbb\xbfincident_id,"));
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("\"'=HYPERLINK(\"\"x\"\")\""));
        assert!(text.contains("\"'=cmd|"));
        assert_eq!(text.lines().next().map(|line| line.ends_with("fingerprint")), Some(true));
        assert!(text.ends_with("fp1:00cc\r\n"));
    }

    #[test]
    fn coverage_has_every_source() {
        let rows = cells(&render_coverage(&sample::rich(), &PLAIN).unwrap());
        assert_eq!(rows.len(), 1 + 5);
        assert_eq!(rows[3][9..], ["partial", "ended early"]);
    }

    #[test]
    fn golden_occurrences() {
        let mut report = sample::rich();
        report.occurrences[0].message = "-1 is no formula here\nsecond line".to_string();
        let out = render_occurrences(&report, &Style::default()).unwrap();
        sample::assert_golden("occurrences.csv", &String::from_utf8(out).unwrap());
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(text in any::<String>()) {
            let mut report = sample::rich();
            report.occurrences[0].message = text.clone();
            let rows = cells(&render_occurrences(&report, &PLAIN).unwrap());
            prop_assert_eq!(&rows[1][rows[0].iter().position(|name| name == "message").unwrap()], &text);
        }
    }
}
