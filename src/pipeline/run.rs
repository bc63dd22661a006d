//! The end of a run: the report and its files.

use crate::model::{Lang, Report, Run};
use crate::pipeline::settings::{Output, PipelineError, Settings};
use crate::pipeline::steps::{ScanOutcome, build_report};
use crate::report;
use crate::report::{RenderedFile, StagedFiles, check_writable, renderers, slow_formats};
use crate::rules::RuleSet;
use crate::state::ArchivedReport;

/// What a run tells, before anybody reads it.
pub struct FinishedRun {
    /// What the files say.
    pub report: Report,
    /// The same in the language in which it is shown, if that is another one.
    pub shown: Option<Report>,
    /// The files, beside the earlier ones.
    pub files: StagedFiles,
    /// What a state keeps of it.
    pub kept: Option<ArchivedReport>,
}

/// Makes sure, before the long work, that the reports can be written.
pub fn check_output(output: &Output) -> Result<(), PipelineError> {
    Ok(check_writable(&output.dir)?)
}

/// Tells what was learned, and makes the files that tell it.
pub fn finish_run(
    scanned: &ScanOutcome,
    pack: &RuleSet,
    settings: &Settings,
    run: &Run,
    shown: Option<Lang>,
    output: &Output,
) -> Result<FinishedRun, PipelineError> {
    let tell = |lang| build_report(scanned, pack, settings, run.clone(), lang);
    let (report, shown) = (tell(settings.lang), shown.map(tell));
    let files = make(&report, output, &|| Ok(()))?;
    Ok(FinishedRun { report, shown, files, kept: None })
}

/// Renders all files and puts them in place; returns their names.
pub fn write(report: &Report, output: &Output) -> Result<Vec<String>, PipelineError> {
    Ok(make(report, output, &|| Ok(()))?.replace()?)
}

/// Renders all files beside the earlier ones, for somebody who puts them in place, and does other
/// work among them: behind those that may take longer.
pub(crate) fn make(
    report: &Report,
    output: &Output,
    other: &(dyn Fn() -> Result<(), PipelineError> + Sync),
) -> Result<StagedFiles, PipelineError> {
    type Work<'w> = Box<dyn Fn() -> Result<Option<RenderedFile>, PipelineError> + Sync + 'w>;
    let faces = renderers(report, &output.formats, &output.style);
    let mut work: Vec<Work<'_>> = Vec::new();
    for face in &faces {
        work.push(Box::new(move || Ok(Some(face()?))));
    }
    work.insert(slow_formats(&output.formats), Box::new(|| other().map(|()| None)));
    report::stage(&output.dir, output.threads, &work)
}

/// True when something was not read completely.
pub fn is_partial(report: &Report) -> bool {
    report.coverage.sources.partial + report.coverage.sources.failed > 0
}
