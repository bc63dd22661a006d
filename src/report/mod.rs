//! One finished report, several faces. Every renderer is a pure function from a [`Report`] to
//! text: no clock, no counting beyond what it prints, no files. `publish` alone writes, and knows
//! nothing of what it writes. The stage before is `correlate`; the command line calls this one.

mod csv;
mod detail;
mod escape;
mod facts;
mod happened;
mod html;
mod json;
mod label;
mod markdown;
mod prom;
mod publish;
#[cfg(test)]
mod sample;
mod saved;
mod terminal;
mod terms;
mod verdict;
mod words;
mod wrap;

use std::str::FromStr;

use crate::model::report::{Lang, Report};

pub use detail::{columns, detail, occurrences_of_incident};
pub use escape::{escape_block, escape_for_terminal};
pub use happened::localized_message;
pub use json::schema;
pub use label::{connection_of, folders_of};
pub use publish::{PublishError, StagedFiles, check_writable, is_own_file, stage};
pub use saved::{SavedError, keep, kept, occurrences_of_csv, occurrences_of_ndjson, read};
pub use terminal::{TerminalOptions, summary};
pub use terms::Term;
pub use verdict::verdict;

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

/// Choices that hold for all faces of one run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Style {
    /// Language of every fixed word.
    pub lang: Lang,
    /// CSV without byte order mark and formula guard, for machines.
    pub csv_plain: bool,
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

/// Why a report could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// JSON.
    #[error("report.json could not be rendered: {0}")]
    Json(#[from] serde_json::Error),
    /// What a state keeps.
    #[error("the report could not be kept: {0}")]
    Kept(#[from] rmp_serde::encode::Error),
    /// CSV.
    #[error("a CSV file could not be rendered: {0}")]
    Csv(#[from] ::csv::Error),
    /// HTML.
    #[error("report.html could not be rendered: {0}")]
    Html(#[from] minijinja::Error),
}

/// One file of a format and what prints it.
type RenderFn = (&'static str, fn(&Report, &Style) -> Result<Vec<u8>, RenderError>);

/// Which files a format consists of. A new face is a variant, its word and an arm here.
fn files(format: ReportFormat) -> &'static [RenderFn] {
    match format {
        ReportFormat::Json => &[("report.json", json::report)],
        ReportFormat::Csv => &[
            ("incidents.csv", csv::incidents),
            ("occurrences.csv", csv::occurrences),
            ("connections.csv", csv::connections),
            ("coverage.csv", csv::coverage),
        ],
        ReportFormat::Html => &[("report.html", html::report)],
        ReportFormat::Md => &[("summary.md", markdown::summary)],
        ReportFormat::Ndjson => &[("occurrences.ndjson", json::occurrences)],
        ReportFormat::Prom => &[("metrics.prom", prom::metrics)],
    }
}

impl ReportFormat {
    /// Every format, with the word a user types.
    const WORDS: [(&str, ReportFormat); 6] = [
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

    fn all_file_names() -> impl Iterator<Item = &'static str> {
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

/// A file of a report: its name and what is in it.
pub type RenderedFile = (String, Vec<u8>);

/// Files that may take long to print, the longest first.
const LONG: [&str; 5] =
    ["report.html", "report.json", "occurrences.csv", "occurrences.ndjson", "coverage.csv"];

/// How many of the first that are printed may take long.
pub fn slow_formats(formats: &[ReportFormat]) -> usize {
    let names = formats.iter().flat_map(|format| format.file_names());
    names.filter(|name| LONG.contains(name)).count()
}

/// What prints the formats asked for, a file each: together the files may be larger than what they
/// tell of, so that each is printed when its turn comes. What may take long comes first, so that no
/// thread is left alone with it.
pub fn renderers<'r>(
    report: &'r Report,
    formats: &[ReportFormat],
    style: &'r Style,
) -> Vec<impl Fn() -> Result<RenderedFile, RenderError> + Sync + use<'r>> {
    let mut files: Vec<&RenderFn> = formats.iter().flat_map(|format| files(*format)).collect();
    let turn = |name| LONG.iter().position(|long| *long == name).unwrap_or(LONG.len());
    files.sort_by_key(|(name, _)| turn(*name));
    let face =
        |(name, print): &'static RenderFn| move || Ok((name.to_string(), print(report, style)?));
    files.into_iter().map(face).collect()
}

/// Renders the formats asked for.
pub fn render(
    report: &Report,
    formats: &[ReportFormat],
    style: &Style,
) -> Result<Vec<RenderedFile>, RenderError> {
    renderers(report, formats, style).into_iter().map(|face| face()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = "json,csv,html,md,ndjson,prom";

    #[test]
    fn reads_lists() {
        assert_eq!(
            ReportFormat::parse_list("md, json,md,"),
            Ok(vec![ReportFormat::Md, ReportFormat::Json])
        );
        let message = |list| ReportFormat::parse_list(list).unwrap_err().to_string();
        assert!(message("json,xlsx").contains("not built in"));
        assert!(message("pdf").contains("known are json"));
        assert_eq!(ReportFormat::parse_list(ALL).unwrap().len(), ReportFormat::WORDS.len());
    }

    #[test]
    fn every_format_prints_every_report_the_same_way_twice() {
        let formats = ReportFormat::parse_list(ALL).unwrap();
        for report in [sample::rich(), sample::empty()] {
            for lang in [Lang::En, Lang::Ja] {
                let style = Style { lang, csv_plain: false };
                let files = render(&report, &formats, &style).unwrap();
                assert_eq!(files.len(), 9);
                assert!(files.iter().all(|(_, bytes)| std::str::from_utf8(bytes).is_ok()));
                assert_eq!(files, render(&report, &formats, &style).unwrap());
            }
        }
    }

    #[test]
    fn only_json_shows_the_run() {
        let style = Style::default();
        let mut report = sample::rich();
        let formats = ReportFormat::parse_list("csv,ndjson,prom").unwrap();
        let before = render(&report, &formats, &style).unwrap();
        report.run.id = "other".to_string();
        report.run.finished_at = "later".to_string();
        report.run.threads = 64;
        assert_eq!(before, render(&report, &formats, &style).unwrap());
    }
}
