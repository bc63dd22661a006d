//! The report formats and the files that each consists of.

use std::str::FromStr;

use crate::model::Report;
use crate::report::html::page;
use crate::report::style::{RenderError, Style};
use crate::report::{csv, json, markdown, prometheus};

/// A format for `--formats`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ReportFormat {
    Json,
    Csv,
    Html,
    Md,
    Ndjson,
    Prom,
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FormatError {
    #[error("unknown format `{0}`; known are {ids}", ids = ReportFormat::known_ids())]
    Unknown(String),
    /// The list is empty. A run that writes nothing is probably a mistake.
    #[error("no format is named; known are {ids}", ids = ReportFormat::known_ids())]
    None,
}

/// The name of a file and the function that renders it.
pub(crate) type RenderFn = (&'static str, fn(&Report, &Style) -> Result<Vec<u8>, RenderError>);

/// The files of a format. A new format needs a variant, an entry in [`ReportFormat::IDS`], and an arm
/// here.
pub(crate) fn renderers_of(format: ReportFormat) -> &'static [RenderFn] {
    match format {
        ReportFormat::Json => &[("report.json", json::render_report)],
        ReportFormat::Csv => &[
            ("incidents.csv", csv::render_incidents),
            ("occurrences.csv", csv::render_occurrences),
            ("connections.csv", csv::render_connections),
            ("coverage.csv", csv::render_coverage),
        ],
        ReportFormat::Html => &[("report.html", page::render)],
        ReportFormat::Md => &[("summary.md", markdown::render)],
        ReportFormat::Ndjson => &[("occurrences.ndjson", json::render_occurrences)],
        ReportFormat::Prom => &[("metrics.prom", prometheus::render)],
    }
}

impl ReportFormat {
    /// The ids of all formats, for messages and help.
    pub fn known_ids() -> String {
        ReportFormat::IDS.map(|(id, _)| id).join(", ")
    }

    /// Every format with the id that a user types.
    pub(crate) const IDS: [(&str, ReportFormat); 6] = [
        ("json", ReportFormat::Json),
        ("csv", ReportFormat::Csv),
        ("html", ReportFormat::Html),
        ("md", ReportFormat::Md),
        ("ndjson", ReportFormat::Ndjson),
        ("prom", ReportFormat::Prom),
    ];

    /// Parses a list such as `json,csv`. Blanks around an id and repeated ids are ignored.
    pub fn parse_list(list: &str) -> Result<Vec<ReportFormat>, FormatError> {
        let mut formats = Vec::new();
        for id in list.split(',').map(str::trim).filter(|id| !id.is_empty()) {
            let format = id.parse()?;
            if !formats.contains(&format) {
                formats.push(format);
            }
        }
        if formats.is_empty() { Err(FormatError::None) } else { Ok(formats) }
    }

    pub fn file_names(self) -> impl Iterator<Item = &'static str> {
        renderers_of(self).iter().map(|(name, _)| *name)
    }

    pub(crate) fn all_file_names() -> impl Iterator<Item = &'static str> {
        ReportFormat::IDS.iter().flat_map(|(_, format)| format.file_names())
    }
}

impl FromStr for ReportFormat {
    type Err = FormatError;

    fn from_str(id: &str) -> Result<ReportFormat, FormatError> {
        let format = ReportFormat::IDS.iter().find(|(known, _)| *known == id);
        format.map(|(_, format)| *format).ok_or_else(|| FormatError::Unknown(id.to_string()))
    }
}
