//! The steps that a run with a state and one without share: scan the planned sources, build the
//! report. Writes no file.

use std::collections::BTreeSet;

use crate::correlate;
use crate::correlate::FolderHint;
use crate::correlate::naming::resolve::NameReport;
use crate::model::{
    DiagnosticCode, DiagnosticSeverity, Digest, FolderSource, Instant, Lang, Report, Run,
    SignatureSet, SourceKey, SourceStatus, Window,
};
use crate::pipeline::plan::ScanPlan;
use crate::pipeline::settings::{PipelineError, Settings};
use crate::read::{BLOCK, Observer, ReadSettings};
use crate::rules::RuleSet;
use crate::scan::{RANGE, ScanSettings, SourceScanner, WHOLE, scan_all};

/// Memory in bytes that every run takes: the program, the signatures, the rendered page.
const BASE_MEMORY: u64 = 56 << 20;

/// Memory in bytes of a thread: its blocks, the current record, the buffers of a decoder.
const THREAD_MEMORY: u64 = 8 << 20;

/// The merged digest of a run, from which a report is built in each language.
pub struct ScanOutcome {
    pub(crate) digest: Digest,
}

/// Reads all planned sources. `None` if the observer stopped the scan.
pub fn scan(
    planned: ScanPlan,
    rules: &RuleSet,
    settings: &Settings,
    observer: &dyn Observer,
) -> Result<Option<ScanOutcome>, PipelineError> {
    let window = (settings.since, settings.until);
    let options = ReadOptions { window, defers_cut_record: false, memory_in_use: 0 };
    let (mut digest, interrupted) = read_sources(planned, rules, settings, &options, observer)?;
    apply_strict(&mut digest, settings);
    Ok((!interrupted).then_some(ScanOutcome { digest }))
}

/// Options of a scan that depend on whether the run has a state.
pub(crate) struct ReadOptions {
    /// Failures outside are ignored: start, inclusive, and end, exclusive.
    pub(crate) window: (Option<Instant>, Option<Instant>),
    /// A cut record at the end of a source is left for the next run.
    pub(crate) defers_cut_record: bool,
    /// Bytes of the limit that are not available to the scan.
    pub(crate) memory_in_use: u64,
}

/// The merged digest of all planned sources, and whether the observer stopped the scan.
pub(crate) fn read_sources(
    planned: ScanPlan,
    rules: &RuleSet,
    settings: &Settings,
    options: &ReadOptions,
    observer: &dyn Observer,
) -> Result<(Digest, bool), PipelineError> {
    let scanner = scanner(rules, settings, options);
    let (mut digest, unfinished) = scan_all(&scanner, planned.tasks, threads(settings), observer)
        .map_err(PipelineError::Threads)?;
    digest.merge(planned.digest);
    Ok((digest, !unfinished.is_empty() || observer.is_stopping()))
}

/// Applies `--strict`, once all sources are read.
pub(crate) fn apply_strict(digest: &mut Digest, settings: &Settings) {
    if settings.strict {
        downgrade_guesses(digest);
    }
}

fn scanner<'p>(
    rules: &'p RuleSet,
    settings: &Settings,
    options: &ReadOptions,
) -> SourceScanner<'p> {
    let ReadOptions { window: (since, until), defers_cut_record, memory_in_use } = *options;
    let overhead =
        BASE_MEMORY.saturating_add(THREAD_MEMORY.saturating_mul(threads(settings) as u64));
    SourceScanner::new(
        rules,
        ScanSettings {
            read: read_settings(settings),
            since,
            until,
            redaction: settings.redaction.clone(),
            defers_cut_record,
            memory: settings.memory.saturating_sub(overhead).saturating_sub(memory_in_use),
            range: if threads(settings) > 1 { RANGE } else { WHOLE },
        },
    )
}

/// The number of threads in the settings, limited so that the threads take at most half of the
/// memory. The other half is for digests.
pub(crate) fn threads(settings: &Settings) -> usize {
    let limit = settings.memory.saturating_sub(BASE_MEMORY) / 2 / THREAD_MEMORY;
    settings.threads.min(usize::try_from(limit).unwrap_or(usize::MAX)).max(1)
}

/// The settings of the record loop, the same for a scan and for commands that inspect sources.
pub fn read_settings(settings: &Settings) -> ReadSettings {
    let (zone, encoding, limits) = (settings.zone.clone(), settings.encoding, settings.limits);
    ReadSettings { zone, encoding, limits, block: BLOCK }
}

/// Counts a source whose encoding was guessed as read in part.
fn downgrade_guesses(digest: &mut Digest) {
    for diagnostic in digest.diagnostics.iter_mut() {
        if diagnostic.code != DiagnosticCode::DecodeLowConfidence {
            continue;
        }
        // A note is not shown, and what makes a run partial must be.
        diagnostic.severity = DiagnosticSeverity::Warning;
        if let Some(item) = digest.coverage.get_mut(&SourceKey::new(&diagnostic.source))
            && item.status.is_whole()
        {
            item.status = SourceStatus::Partial;
            item.reason.clone_from(&diagnostic.message);
        }
    }
}

/// Correlates the merged digest and builds the report in one language.
pub fn build_report(
    scanned: &ScanOutcome,
    rules: &RuleSet,
    settings: &Settings,
    run: Run,
    lang: Lang,
) -> Report {
    let hint = |source: &SourceKey| folder_hint(settings, source);
    correlate::correlate(
        &scanned.digest,
        correlate::CorrelateInput {
            signatures: rules.signatures(),
            lang,
            run,
            set: SignatureSet {
                version: env!("CARGO_PKG_VERSION").to_string(),
                hash: rules.hash().to_string(),
                count: rules.signatures().iter().filter(|s| !s.is_off).count(),
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

pub fn resolve(scanned: &ScanOutcome) -> NameReport {
    correlate::resolve(&scanned.digest)
}

/// Translates the texts that faultline wrote into a report. Returns the ids of signatures that are
/// not in the rule set; their texts stay.
pub fn translate(report: &mut Report, rules: &RuleSet, lang: Lang) -> BTreeSet<String> {
    correlate::translate(report, rules.signatures(), lang)
}

fn folder_hint(settings: &Settings, source: &SourceKey) -> Option<FolderHint> {
    let from_path = settings.folder_from_path.as_ref().and_then(|pattern| {
        let captures = pattern.captures(source.as_str())?;
        Some(captures.name("folder")?.as_str().to_string())
    });
    match (from_path, &settings.folder) {
        (Some(path), _) => Some(FolderHint { path, source: FolderSource::Path }),
        (None, Some(path)) => Some(FolderHint { path: path.clone(), source: FolderSource::Option }),
        (None, None) => None,
    }
}
