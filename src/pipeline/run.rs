//! The last steps of a run: build the report and stage its files. Files get their final names only
//! when the caller replaces the previous ones.

use crate::model::{Lang, Report, Run};
use crate::pipeline::settings::{Output, PipelineError, Settings};
use crate::pipeline::steps::{ScanOutcome, build_report};
use crate::report;
use crate::report::{RenderedFile, StagedFiles, check_writable, renderers, slow_formats};
use crate::rules::RuleSet;
use crate::state::ArchivedReport;

/// A run whose report files are rendered but not yet published.
pub struct FinishedRun {
    pub report: Report,
    /// The report in the language of the terminal, if that is not the language of the files.
    pub translated: Option<Report>,
    pub files: StagedFiles,
    /// The report as the state archives it.
    pub archived: Option<ArchivedReport>,
}

/// Checks before the scan that the reports can be written.
pub fn check_output(output: &Output) -> Result<(), PipelineError> {
    Ok(check_writable(&output.dir)?)
}

/// Builds the report of a run without a state and stages its files.
pub fn finish_run(
    scanned: &ScanOutcome,
    rules: &RuleSet,
    settings: &Settings,
    run: &Run,
    shown: Option<Lang>,
    output: &Output,
) -> Result<FinishedRun, PipelineError> {
    let build = |lang| build_report(scanned, rules, settings, run.clone(), lang);
    let (report, shown) = (build(settings.lang), shown.map(build));
    let files = stage_reports(&report, output, &|| Ok(()))?;
    Ok(FinishedRun { report, translated: shown, files, archived: None })
}

/// Renders all files and replaces the previous ones; returns their names.
pub fn write(report: &Report, output: &Output) -> Result<Vec<String>, PipelineError> {
    Ok(stage_reports(report, output, &|| Ok(()))?.replace()?)
}

/// Renders all files to staging paths, which the caller then renames. Does `other` work on the same
/// threads, after the formats that take longest have started.
pub(crate) fn stage_reports(
    report: &Report,
    output: &Output,
    other: &(dyn Fn() -> Result<(), PipelineError> + Sync),
) -> Result<StagedFiles, PipelineError> {
    type Work<'w> = Box<dyn Fn() -> Result<Option<RenderedFile>, PipelineError> + Sync + 'w>;
    let renderers = renderers(report, &output.formats, &output.style);
    let mut work: Vec<Work<'_>> = Vec::new();
    for render in &renderers {
        work.push(Box::new(move || Ok(Some(render()?))));
    }
    work.insert(slow_formats(&output.formats), Box::new(|| other().map(|()| None)));
    report::stage(&output.dir, output.threads, &work)
}

/// True when a source was read in part or not at all.
pub fn is_partial(report: &Report) -> bool {
    report.coverage.sources.partial + report.coverage.sources.failed > 0
}
