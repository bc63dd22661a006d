//! The formats of a report and the files each consists of.

use crate::model::Report;
use crate::report::html::page;
use crate::report::style::{RenderError, Style};
use crate::report::{csv, json, markdown, prometheus};
use std::str::FromStr;

/// A face of the report that can be asked for with `--formats`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ReportFormat {
    /// report.json.
    Json,
    /// incidents.csv, occurrences.csv, connections.csv, coverage.csv.
    Csv,
    /// report.html.
    Html,
    /// summary.md.
    Md,
    /// occurrences.ndjson.
    Ndjson,
    /// metrics.prom.
    Prom,
}

/// Why a format word was refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FormatError {
    /// The contract knows the word, this build does not have it.
    #[error("the format `{0}` is not built in; csv opens in every spreadsheet")]
    NotBuiltIn(String),
    /// Nobody knows the word.
    #[error("unknown format `{0}`; known are json, csv, html, md, ndjson, prom")]
    Unknown(String),
    /// No word at all: a run that writes nothing is a mistake.
    #[error("no format is named; known are json, csv, html, md, ndjson, prom")]
    None,
}

/// One file of a format and what prints it.
pub(crate) type RenderFn = (&'static str, fn(&Report, &Style) -> Result<Vec<u8>, RenderError>);

/// Which files a format consists of. A new face is a variant, its word and an arm here.
pub(crate) fn files(format: ReportFormat) -> &'static [RenderFn] {
    match format {
        ReportFormat::Json => &[("report.json", json::report)],
        ReportFormat::Csv => &[
            ("incidents.csv", csv::incidents),
            ("occurrences.csv", csv::occurrences),
            ("connections.csv", csv::connections),
            ("coverage.csv", csv::coverage),
        ],
        ReportFormat::Html => &[("report.html", page::report)],
        ReportFormat::Md => &[("summary.md", markdown::summary)],
        ReportFormat::Ndjson => &[("occurrences.ndjson", json::occurrences)],
        ReportFormat::Prom => &[("metrics.prom", prometheus::metrics)],
    }
}

impl ReportFormat {
    /// Every format, with the word a user types.
    pub(crate) const WORDS: [(&str, ReportFormat); 6] = [
        ("json", ReportFormat::Json),
        ("csv", ReportFormat::Csv),
        ("html", ReportFormat::Html),
        ("md", ReportFormat::Md),
        ("ndjson", ReportFormat::Ndjson),
        ("prom", ReportFormat::Prom),
    ];

    /// Reads a list such as `json,csv`; blanks around a word do not matter, doubles count once.
    pub fn parse_list(list: &str) -> Result<Vec<ReportFormat>, FormatError> {
        let mut formats = Vec::new();
        for word in list.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let format = word.parse()?;
            if !formats.contains(&format) {
                formats.push(format);
            }
        }
        if formats.is_empty() { Err(FormatError::None) } else { Ok(formats) }
    }

    /// Names of the files this format consists of.
    pub fn file_names(self) -> impl Iterator<Item = &'static str> {
        files(self).iter().map(|(name, _)| *name)
    }

    pub(crate) fn all_file_names() -> impl Iterator<Item = &'static str> {
        ReportFormat::WORDS.iter().flat_map(|(_, format)| format.file_names())
    }
}

impl FromStr for ReportFormat {
    type Err = FormatError;

    fn from_str(word: &str) -> Result<ReportFormat, FormatError> {
        if word == "xlsx" {
            return Err(FormatError::NotBuiltIn(word.to_string()));
        }
        let known = ReportFormat::WORDS.iter().find(|(name, _)| *name == word);
        known.map(|(_, format)| *format).ok_or_else(|| FormatError::Unknown(word.to_string()))
    }
}
