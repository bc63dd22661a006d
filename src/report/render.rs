//! All files of a report, in the order in which they are best made.

use crate::model::Report;
use crate::report::format::{RenderFn, ReportFormat, files};
use crate::report::style::{RenderError, Style};
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
    use crate::model::Lang;
    use crate::report::sample;

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
