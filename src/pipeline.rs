//! The use case from one end to the other: plan, scan, merge, correlate, print. Read this first.
//!
//! Settings come in as plain values and a finished report goes out; nothing here knows the command
//! line, the terminal or the clock.

mod compare;
mod earlier;
mod night;
mod prune;
mod recorder;
mod telling;

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::tz::TimeZone;
use regex::Regex;

use crate::correlate::{self, FolderHint};
pub use crate::correlate::{NameReport, NameResolution, UnresolvedReason};
pub use crate::decode::encoding_for_label;
use crate::discover::{self, DiscoverError, SourceOrigin};
pub use crate::discover::{OutputDirectory, Plan, SourceSelection};
pub use crate::format::{TimeRules, read_time};
use crate::model::report::{Lang, Report, Run, SignatureSet, Window};
use crate::model::{DiagnosticSeverity, Digest, Instant, SourceKey, SourceStatus};
use crate::open::Limits;
use crate::report::{
    self, PublishError, RenderError, RenderedFile, ReportFormat, StagedFiles, Style,
    check_writable, renderers, slow_formats,
};
use crate::scan::{
    BLOCK, RANGE, ScanSettings, SourceScanner, Task, WHOLE, redact_digest, scan_all, unique_name,
};
pub use crate::scan::{NoObserver, Observer, VisitFilter, VisitedRecord};
use crate::signature::{Redaction, RuleSet};
use crate::state::{ArchivedReport, StateError};

pub use night::IncrementalRun;
pub use prune::{Pruned, prune};

/// Sources given with `--names` stand under this in the books, so that they never share a name
/// with a scanned one.
const NAMES_PREFIX: &str = "--names/";

/// Memory of a run however little it finds: the program, the signatures, the page that is made.
const BASE: u64 = 56 << 20;

/// Memory of a thread: its blocks, the record at hand, what a decoder keeps.
const PER_THREAD: u64 = 8 << 20;

/// What a run is asked to do.
pub struct Settings {
    /// What to scan.
    pub selection: SourceSelection,
    /// Further inventories, only read for names.
    pub names: Vec<PathBuf>,
    /// Zone of times that carry none.
    pub zone: TimeZone,
    /// Its name, for the report.
    pub zone_name: String,
    /// Overrides encoding detection.
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// The window: from, inclusive.
    pub since: Option<Instant>,
    /// The window: to, exclusive.
    pub until: Option<Instant>,
    /// Folder of all records that carry none.
    pub folder: Option<String>,
    /// Takes the folder out of a source's name, with a group `folder`.
    pub folder_from_path: Option<Regex>,
    /// Worker threads.
    pub threads: usize,
    /// What is taken out of everything that is kept or shown.
    pub redaction: Redaction,
    /// Guesses make the run partial.
    pub strict: bool,
    /// Limits of containers.
    pub limits: Limits,
    /// Bytes of memory that a run may take; what does not fit is not read, and named.
    pub memory: u64,
    /// Language of what is written to files.
    pub lang: Lang,
}

impl Default for Settings {
    /// Nothing to scan yet, and everything else as a scan without options has it.
    fn default() -> Settings {
        Settings {
            selection: SourceSelection::default(),
            names: Vec::new(),
            zone: TimeZone::UTC,
            zone_name: "UTC".to_string(),
            encoding: None,
            since: None,
            until: None,
            folder: None,
            folder_from_path: None,
            threads: 1,
            redaction: Redaction::default(),
            strict: false,
            limits: Limits::default(),
            memory: u64::MAX,
            lang: Lang::En,
        }
    }
}

/// Where and how reports are written.
pub struct Output {
    /// The directory.
    pub dir: PathBuf,
    /// Which faces.
    pub formats: Vec<ReportFormat>,
    /// How they look.
    pub style: Style,
    /// Threads that make them.
    pub threads: usize,
}

/// Why a run came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// A pattern is not valid.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// No PATH exists.
    #[error("no such file or directory: {0}")]
    NothingThere(String),
    /// Worker threads could not be started.
    #[error("worker threads could not be started: {0}")]
    Threads(std::io::Error),
    /// The state cannot be used or written.
    #[error(transparent)]
    State(#[from] StateError),
    /// A report could not be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Reports could not be put in place.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

/// Everything a scan learned, before it is told in a language.
pub struct ScanOutcome {
    digest: Digest,
}

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

/// Finds the sources. Fails when a pattern is wrong or no PATH exists.
pub fn plan(settings: &Settings) -> Result<ScanPlan, PipelineError> {
    let redaction = &settings.redaction;
    let main = sources(settings.selection.clone(), redaction)?;
    let names = if settings.names.is_empty() {
        Plan::default()
    } else {
        let roots = settings.names.clone();
        let found = discover::plan(&SourceSelection { roots, ..SourceSelection::default() })?;
        without_secrets(found, redaction)
    };
    // Where every file really lies is only asked when one could be given twice.
    let read = if names.sources.is_empty() { &[] } else { &main.sources[..] };
    let known: BTreeSet<PathBuf> =
        read.iter().filter_map(|found| found.path.canonicalize().ok()).collect();
    let mut planned = ScanPlan { tasks: Vec::new(), digest: Digest::default() };
    planned.add(main, None, &|_| true);
    planned.add(names, Some(NAMES_PREFIX), &|path| {
        path.canonicalize().map_or(true, |path| !known.contains(&path))
    });
    Ok(planned)
}

/// Finds the sources of a selection alone, for those who only look. Fails like [`plan`].
/// Names of sources that hold secrets get others.
pub fn sources(selection: SourceSelection, redaction: &Redaction) -> Result<Plan, PipelineError> {
    let found = discover::plan(&selection)?;
    if !selection.roots.is_empty() && found.missing.len() == selection.roots.len() {
        return Err(nothing_there(&found));
    }
    Ok(without_secrets(found, redaction))
}

/// The plan under names that hold no secrets; two names that differ in those alone stay two.
fn without_secrets(mut plan: Plan, redaction: &Redaction) -> Plan {
    let mut taken: BTreeSet<SourceKey> = plan
        .sources
        .iter()
        .map(|found| found.key.clone())
        .chain(plan.unread.iter().map(|(key, _)| key.clone()))
        .collect();
    for found in &mut plan.sources {
        let name = redaction.name(found.key.as_str());
        if name != found.key.as_str() {
            found.key = unique_name(&name, |name| taken.contains(name));
            taken.insert(found.key.clone());
        }
    }
    let unread = Digest {
        coverage: std::mem::take(&mut plan.unread).into_iter().collect(),
        diagnostics: std::mem::take(&mut plan.diagnostics).into(),
        ..Digest::default()
    };
    let unread = redact_digest(unread, redaction);
    plan.unread = unread.coverage.into_iter().collect();
    plan.diagnostics = unread.diagnostics.into();
    plan
}

fn nothing_there(plan: &Plan) -> PipelineError {
    let missing: Vec<String> = plan.missing.iter().map(|path| path.display().to_string()).collect();
    PipelineError::NothingThere(missing.join(", "))
}

/// Sources to read, and what is already known of those that will not be.
pub struct ScanPlan {
    tasks: Vec<Task>,
    digest: Digest,
}

impl ScanPlan {
    /// Sources and their bytes on disk.
    pub fn extent(&self) -> (u64, u64) {
        (self.tasks.len() as u64, self.tasks.iter().map(|task| task.size).sum())
    }

    fn add(&mut self, plan: Plan, prefix: Option<&str>, wanted: &dyn Fn(&PathBuf) -> bool) {
        let renamed = |key: &SourceKey| match prefix {
            Some(prefix) => SourceKey::new(&format!("{prefix}{key}")),
            None => key.clone(),
        };
        for found in plan.sources.into_iter().filter(|found| wanted(&found.path)) {
            self.tasks.push(Task {
                number: self.tasks.len(),
                key: renamed(&found.key),
                path: found.path,
                size: found.size,
                named: prefix.is_some(),
                stdin: found.origin == SourceOrigin::Stdin,
                pipe: found.origin == SourceOrigin::Pipe,
            });
        }
        for (key, item) in plan.unread {
            self.digest.coverage.insert(renamed(&key), item);
        }
        for mut diagnostic in plan.diagnostics {
            diagnostic.source = renamed(&SourceKey::new(&diagnostic.source)).to_string();
            self.digest.diagnostics.add(diagnostic);
        }
    }
}

/// Reads everything that was planned. A run that is told to stop gives up, and has nothing to tell.
pub fn scan(
    planned: ScanPlan,
    pack: &RuleSet,
    settings: &Settings,
    observer: &dyn Observer,
) -> Result<Option<ScanOutcome>, PipelineError> {
    let reading = ReadOptions { window: (settings.since, settings.until), waits: false, held: 0 };
    let (mut digest, stopped) = read_sources(planned, pack, settings, &reading, observer)?;
    apply_strict(&mut digest, settings);
    Ok((!stopped).then_some(ScanOutcome { digest }))
}

/// What the reading of sources depends on besides the settings: whether there is a next run.
struct ReadOptions {
    /// Failures outside do not count: from, inclusive, and to, exclusive.
    window: (Option<Instant>, Option<Instant>),
    /// A last record that is cut waits.
    waits: bool,
    /// Memory that is taken by what is known already.
    held: u64,
}

/// The digest of everything planned, and whether the reading was given up.
fn read_sources(
    planned: ScanPlan,
    pack: &RuleSet,
    settings: &Settings,
    reading: &ReadOptions,
    observer: &dyn Observer,
) -> Result<(Digest, bool), PipelineError> {
    let scanner = scanner(pack, settings, reading);
    let (mut digest, given_up) = scan_all(&scanner, planned.tasks, threads(settings), observer)
        .map_err(PipelineError::Threads)?;
    digest.merge(planned.digest);
    Ok((digest, !given_up.is_empty() || observer.stopping()))
}

/// What is decided once everything is read.
fn apply_strict(digest: &mut Digest, settings: &Settings) {
    if settings.strict {
        downgrade_guesses(digest);
    }
}

fn scanner<'p>(pack: &'p RuleSet, settings: &Settings, reading: &ReadOptions) -> SourceScanner<'p> {
    let ReadOptions { window: (since, until), waits, held } = *reading;
    let own = BASE.saturating_add(PER_THREAD.saturating_mul(threads(settings) as u64));
    SourceScanner::new(
        pack,
        ScanSettings {
            zone: settings.zone.clone(),
            encoding: settings.encoding,
            since,
            until,
            redaction: settings.redaction.clone(),
            waits,
            limits: settings.limits,
            memory: settings.memory.saturating_sub(own).saturating_sub(held),
            block: BLOCK,
            range: if threads(settings) > 1 { RANGE } else { WHOLE },
        },
    )
}

/// As many threads as are asked for, and no more than half of the memory can feed: the rest is
/// for what they find.
fn threads(settings: &Settings) -> usize {
    let fed = settings.memory.saturating_sub(BASE) / 2 / PER_THREAD;
    let fed = usize::try_from(fed).unwrap_or(usize::MAX);
    settings.threads.min(fed).max(1)
}

/// Shows every planned record to somebody who asks about single ones; nothing is kept. With
/// [`VisitFilter::Anchored`] only those in which the pack could find anything.
pub fn visit(
    planned: &ScanPlan,
    pack: &RuleSet,
    settings: &Settings,
    which: VisitFilter,
    show: &mut dyn FnMut(VisitedRecord<'_>),
) {
    let reading = ReadOptions { window: (settings.since, settings.until), waits: false, held: 0 };
    let scanner = scanner(pack, settings, &reading);
    for task in &planned.tasks {
        scanner.visit(task, which, show);
    }
}

/// With `--strict` a source read by a guess counts as read in part.
fn downgrade_guesses(digest: &mut Digest) {
    for diagnostic in digest.diagnostics.iter_mut() {
        if diagnostic.code != "decode.low-confidence" {
            continue;
        }
        // What makes a run partial is told, which a note is not.
        diagnostic.severity = DiagnosticSeverity::Warning;
        if let Some(item) = digest.coverage.get_mut(&SourceKey::new(&diagnostic.source))
            && item.status.is_whole()
        {
            item.status = SourceStatus::Partial;
            item.reason.clone_from(&diagnostic.message);
        }
    }
}

/// Tells what was learned, in one language.
pub fn build_report(
    scanned: &ScanOutcome,
    pack: &RuleSet,
    settings: &Settings,
    run: Run,
    lang: Lang,
) -> Report {
    let hint = |source: &SourceKey| folder_hint(settings, source);
    correlate::correlate(
        &scanned.digest,
        correlate::CorrelateInput {
            signatures: pack.signatures(),
            lang,
            run,
            set: SignatureSet {
                version: env!("CARGO_PKG_VERSION").to_string(),
                hash: pack.hash(),
                count: pack.signatures().iter().filter(|s| !s.off).count(),
            },
            window: Window {
                since: settings.since,
                until: settings.until,
                timezone_assumed: settings.zone_name.clone(),
            },
            folder_hint: &hint,
        },
    )
}

/// Which ids in the input can be named.
pub fn resolve(scanned: &ScanOutcome) -> NameReport {
    correlate::resolve(&scanned.digest)
}

/// The language of a report's own texts, if it has any.
pub fn language(report: &Report, pack: &RuleSet) -> Option<Lang> {
    correlate::language(report, pack.signatures())
}

/// Puts a finished report's own texts into a language; returns the signatures that are not in the
/// pack, whose texts stay.
pub fn translate(report: &mut Report, pack: &RuleSet, lang: Lang) -> BTreeSet<String> {
    correlate::translate(report, pack.signatures(), lang)
}

fn folder_hint(settings: &Settings, source: &SourceKey) -> Option<FolderHint> {
    let from_path = settings.folder_from_path.as_ref().and_then(|pattern| {
        let captures = pattern.captures(source.as_str())?;
        Some(captures.name("folder")?.as_str().to_string())
    });
    match (from_path, &settings.folder) {
        (Some(path), _) => Some(FolderHint { path, source: "path" }),
        (None, Some(path)) => Some(FolderHint { path: path.clone(), source: "option" }),
        (None, None) => None,
    }
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
fn make(
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

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(roots: Vec<PathBuf>, names: Vec<PathBuf>) -> Settings {
        let selection = SourceSelection { roots, ..SourceSelection::default() };
        Settings { selection, names, ..Settings::default() }
    }

    #[test]
    fn a_problem_of_a_name_source_stands_under_its_own_key() {
        let dir = tempfile::tempdir().unwrap();
        let gone = |name: &str| dir.path().join(name);
        let settings = settings(vec![dir.path().into()], vec![gone("a"), gone("b")]);
        let digest = plan(&settings).ok().unwrap().digest;
        let told: Vec<&str> = digest.diagnostics.iter().map(|d| d.source.as_str()).collect();
        let booked: Vec<&str> = digest.coverage.keys().map(SourceKey::as_str).collect();
        assert_eq!(told, booked);
        assert_eq!(told.len(), 2);
    }
}
