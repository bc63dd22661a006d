//! Builds the report of an incremental run and the record of the run for later runs. Reads the
//! history of previous runs and writes nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::correlate::{LifecycleInput, LifecycleOutcome, assign_states};
use crate::model::{
    Instant, Lang, Mute, PreviousRuns, Report, Run, SourceItem, SourceKey, SourceStatus,
};
use crate::pipeline::incremental::retired;
use crate::pipeline::settings::Settings;
use crate::pipeline::steps::{ScanOutcome, build_report};
use crate::rules::RuleSet;
use crate::state::{History, RunAbout, RunRecord};

/// Everything besides the merged digest that the report of a run depends on.
pub(crate) struct ReportBuilder<'n> {
    pub(crate) run: i64,
    pub(crate) now: Instant,
    pub(crate) history: &'n History,
    pub(crate) mutes: &'n [Mute],
    /// Coverage of removed sources.
    pub(crate) retired_coverage: &'n BTreeMap<SourceKey, SourceItem>,
    pub(crate) signatures: &'n RuleSet,
    pub(crate) settings: &'n Settings,
}

impl ReportBuilder<'_> {
    /// The report, with the state of each incident in relation to previous runs.
    pub(crate) fn build(
        &self,
        scanned: &ScanOutcome,
        run: &Run,
        lang: Lang,
    ) -> (Report, LifecycleOutcome) {
        let (signatures, settings) = (self.signatures, self.settings);
        let mut report = build_report(scanned, signatures, settings, run.clone(), lang);
        let previous = PreviousRuns {
            run: self.run,
            known: &self.history.known,
            aliases: &self.history.aliases,
            folded: &self.history.pruned,
            mutes: self.mutes,
        };
        let input = LifecycleInput {
            past: &previous,
            digest: &scanned.digest,
            earlier: self.retired_coverage,
            now: self.now,
        };
        let lifecycle = assign_states(&mut report, &input);
        if settings.since.is_none() && settings.until.is_none() {
            return (report, lifecycle);
        }
        // A window selects what is shown; the states of incidents do not depend on it.
        let mut shown = ScanOutcome { digest: scanned.digest.clone() };
        retired::restrict_to_window(&mut shown.digest, settings.since, settings.until);
        let mut window = build_report(&shown, signatures, settings, run.clone(), lang);
        window.diagnostics = std::mem::take(&mut report.diagnostics);
        window.summary.by_state.clear();
        for incident in &mut window.incidents {
            if let Some(whole) = report.incidents.iter().find(|whole| whole.id == incident.id) {
                incident.state = whole.state;
                incident.history.clone_from(&whole.history);
            }
            *window.summary.by_state.entry(incident.state.to_string()).or_default() += 1;
        }
        (window, lifecycle)
    }

    /// The record of this run for later runs. Without a report, the run was interrupted and the
    /// record says nothing about incidents.
    pub(crate) fn run_record(
        &self,
        reported: Option<(&Report, LifecycleOutcome)>,
        (started, finished): (String, String),
    ) -> RunRecord {
        let mut about = RunAbout {
            version: env!("CARGO_PKG_VERSION").to_string(),
            signatures: self.signatures.hash().to_string(),
            roots: roots(self.settings),
            ..RunAbout::default()
        };
        let interrupted = reported.is_none();
        let mut lifecycle = LifecycleOutcome::default();
        if let Some((report, outcome)) = reported {
            lifecycle = outcome;
            let unread = |status| matches!(status, SourceStatus::Failed | SourceStatus::Partial);
            let items = &report.coverage.items;
            about.found = report.coverage.sources.found;
            about.unread = items
                .iter()
                .filter(|row| unread(row.item.status))
                .map(|row| row.source.clone())
                .collect();
            about.read = report.coverage.sources.complete + report.coverage.sources.unchanged;
            about.first_time = report.coverage.first_time;
            about.last_time = report.coverage.last_time;
            about.incidents = lifecycle.known.len() as u64;
            about.occurrences = lifecycle.known.iter().map(|known| known.occurrences).sum();
        }
        let LifecycleOutcome { known: incidents, aliases } = lifecycle;
        RunRecord { run: self.run, interrupted, started, finished, about, incidents, aliases }
    }
}

/// The roots as canonical, redacted paths, which later runs compare.
pub(crate) fn roots(settings: &Settings) -> Vec<String> {
    let roots = &settings.selection.roots;
    let real = |root: &PathBuf| root.canonicalize().unwrap_or_else(|_| root.clone());
    let shown = |root| settings.redaction.name(&real(root).display().to_string());
    roots.iter().map(shown).collect()
}
