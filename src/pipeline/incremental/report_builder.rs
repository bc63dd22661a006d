//! What a run with a past tells people, and what it tells the runs after it. Reads what earlier
//! runs told and writes nothing.

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

/// Everything beside what was learned on which the words of a run rest.
pub(crate) struct ReportBuilder<'n> {
    pub(crate) run: i64,
    pub(crate) now: Instant,
    pub(crate) history: &'n History,
    pub(crate) mutes: &'n [Mute],
    /// Books of sources that are gone.
    pub(crate) earlier: &'n BTreeMap<SourceKey, SourceItem>,
    pub(crate) signatures: &'n RuleSet,
    pub(crate) settings: &'n Settings,
}

impl ReportBuilder<'_> {
    /// Tells what was learned, beside what earlier runs told.
    pub(crate) fn tell(
        &self,
        scanned: &ScanOutcome,
        run: &Run,
        lang: Lang,
    ) -> (Report, LifecycleOutcome) {
        let (signatures, settings) = (self.signatures, self.settings);
        let mut report = build_report(scanned, signatures, settings, run.clone(), lang);
        let past = PreviousRuns {
            run: self.run,
            known: &self.history.known,
            aliases: &self.history.aliases,
            folded: &self.history.folded,
            mutes: self.mutes,
        };
        let life = LifecycleInput {
            past: &past,
            digest: &scanned.digest,
            earlier: self.earlier,
            now: self.now,
        };
        let lived = assign_states(&mut report, &life);
        if settings.since.is_none() && settings.until.is_none() {
            return (report, lived);
        }
        // A window selects what is shown; what is known does not depend on it.
        let mut shown = ScanOutcome { digest: scanned.digest.clone() };
        retired::restrict_to_window(&mut shown.digest, settings.since, settings.until);
        let mut window = build_report(&shown, signatures, settings, run.clone(), lang);
        window.diagnostics = std::mem::take(&mut report.diagnostics);
        window.summary.by_state.clear();
        for incident in &mut window.incidents {
            if let Some(whole) = report.incidents.iter().find(|whole| whole.id == incident.id) {
                incident.state.clone_from(&whole.state);
                incident.history.clone_from(&whole.history);
            }
            *window.summary.by_state.entry(incident.state.clone()).or_default() += 1;
        }
        (window, lived)
    }

    /// What later runs are told: of an interrupted run, only that there was one.
    pub(crate) fn progress(
        &self,
        told: Option<(&Report, LifecycleOutcome)>,
        (started, finished): (String, String),
    ) -> RunRecord {
        let mut about = RunAbout {
            version: env!("CARGO_PKG_VERSION").to_string(),
            signatures: self.signatures.hash(),
            roots: roots(self.settings),
            ..RunAbout::default()
        };
        let interrupted = told.is_none();
        let mut kept = LifecycleOutcome::default();
        if let Some((report, lived)) = told {
            kept = lived;
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
            about.incidents = kept.known.len() as u64;
            about.occurrences = kept.known.iter().map(|known| known.occurrences).sum();
        }
        let LifecycleOutcome { known: incidents, aliases } = kept;
        RunRecord { run: self.run, interrupted, started, finished, about, incidents, aliases }
    }
}

/// What is scanned, as later runs compare it.
pub(crate) fn roots(settings: &Settings) -> Vec<String> {
    let roots = &settings.selection.roots;
    let real = |root: &PathBuf| root.canonicalize().unwrap_or_else(|_| root.clone());
    let shown = |root| settings.redaction.name(&real(root).display().to_string());
    roots.iter().map(shown).collect()
}
