//! The steps of a run: scan the planned sources, build the report.

use std::collections::BTreeSet;

use crate::correlate;
use crate::correlate::FolderHint;
use crate::correlate::naming::resolve::NameReport;
use crate::model::{
    DiagnosticSeverity, Digest, Instant, Lang, Report, Run, SignatureSet, SourceKey, SourceStatus,
    Window,
};
use crate::pipeline::plan::ScanPlan;
use crate::pipeline::settings::{PipelineError, Settings};
use crate::read::{BLOCK, Observer, ReadSettings};
use crate::rules::RuleSet;
use crate::scan::{RANGE, ScanSettings, SourceScanner, WHOLE, scan_all};

/// Memory of a run however little it finds: the program, the signatures, the page that is made.
const BASE: u64 = 56 << 20;

/// Memory of a thread: its blocks, the record at hand, what a decoder keeps.
const PER_THREAD: u64 = 8 << 20;

/// Everything a scan learned, before it is told in a language.
pub struct ScanOutcome {
    pub(crate) digest: Digest,
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
pub(crate) struct ReadOptions {
    /// Failures outside do not count: from, inclusive, and to, exclusive.
    pub(crate) window: (Option<Instant>, Option<Instant>),
    /// A last record that is cut waits.
    pub(crate) waits: bool,
    /// Memory that is taken by what is known already.
    pub(crate) held: u64,
}

/// The digest of everything planned, and whether the reading was given up.
pub(crate) fn read_sources(
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
pub(crate) fn apply_strict(digest: &mut Digest, settings: &Settings) {
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
            read: read_settings(settings),
            since,
            until,
            redaction: settings.redaction.clone(),
            waits,
            memory: settings.memory.saturating_sub(own).saturating_sub(held),
            range: if threads(settings) > 1 { RANGE } else { WHOLE },
        },
    )
}

/// As many threads as are asked for, and no more than half of the memory can feed: the rest is
/// for what they find.
pub(crate) fn threads(settings: &Settings) -> usize {
    let fed = settings.memory.saturating_sub(BASE) / 2 / PER_THREAD;
    let fed = usize::try_from(fed).unwrap_or(usize::MAX);
    settings.threads.min(fed).max(1)
}

/// How sources are read, whoever consumes their records.
pub fn read_settings(settings: &Settings) -> ReadSettings {
    let (zone, encoding, limits) = (settings.zone.clone(), settings.encoding, settings.limits);
    ReadSettings { zone, encoding, limits, block: BLOCK }
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
