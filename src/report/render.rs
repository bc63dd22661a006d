//! Renders the files of a report, in an order that keeps two threads busy.

use crate::model::Report;
use crate::report::format::{RenderFn, ReportFormat, renderers_of};
use crate::report::style::{RenderError, Style};

/// The name of a file and its content.
pub type RenderedFile = (String, Vec<u8>);

/// Files that may take long to render, slowest first.
const SLOW_FILES: [&str; 5] =
    ["report.html", "report.json", "occurrences.csv", "occurrences.ndjson", "coverage.csv"];

/// The number of slow files in the formats; [`renderers`] puts them first.
pub fn slow_formats(formats: &[ReportFormat]) -> usize {
    let names = formats.iter().flat_map(|format| format.file_names());
    names.filter(|name| SLOW_FILES.contains(name)).count()
}

/// One function per file. The caller renders and writes one file after the other, because all files
/// together may be larger than the report. Slow files come first, so that no thread is left with
/// one at the end.
pub fn renderers<'r>(
    report: &'r Report,
    formats: &[ReportFormat],
    style: &'r Style,
) -> Vec<impl Fn() -> Result<RenderedFile, RenderError> + Sync + use<'r>> {
    let mut files: Vec<&RenderFn> =
        formats.iter().flat_map(|format| renderers_of(*format)).collect();
    let rank = |name| SLOW_FILES.iter().position(|slow| *slow == name).unwrap_or(SLOW_FILES.len());
    files.sort_by_key(|(name, _)| rank(*name));
    let renderer =
        |(name, render): &'static RenderFn| move || Ok((name.to_string(), render(report, style)?));
    files.into_iter().map(renderer).collect()
}

pub fn render(
    report: &Report,
    formats: &[ReportFormat],
    style: &Style,
) -> Result<Vec<RenderedFile>, RenderError> {
    renderers(report, formats, style).into_iter().map(|render| render()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Lang;
    use crate::report::sample;

    #[test]
    fn parses_lists() {
        assert_eq!(
            ReportFormat::parse_list("md, json,md,"),
            Ok(vec![ReportFormat::Md, ReportFormat::Json])
        );
        let message = |list| ReportFormat::parse_list(list).unwrap_err().to_string();
        assert!(message("json,pdf").contains("`pdf`; known are json"));
        assert_eq!(
            ReportFormat::parse_list(&ReportFormat::known_ids()).unwrap().len(),
            ReportFormat::IDS.len()
        );
    }

    #[test]
    fn rendering_twice_gives_the_same_bytes() {
        let formats = ReportFormat::parse_list(&ReportFormat::known_ids()).unwrap();
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
    fn csv_ndjson_and_prom_do_not_depend_on_the_run() {
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
