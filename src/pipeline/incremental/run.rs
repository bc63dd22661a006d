//! A run with a past: what is read, what becomes of sources that moved, grew or are gone, and the
//! order in which the state, the reports and the mark that they are in place are written.
//! docs/adr/0020-state.md has the reasons.
//!
//! What a source is worth is decided here; how it is kept is the state's business.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::model::{
    Diagnostic, DiagnosticSeverity, Digest, Instant, Lang, Mute, Report, Run, SourceItem,
    SourceKey, SourceStatus,
};
use crate::pipeline::incremental::known_sources::{
    TaskPath, file_stamps, match_known_sources, place, place_of,
};
use crate::pipeline::incremental::reading_key::ReadingKey;
use crate::pipeline::incremental::recorder::Recorder;
use crate::pipeline::incremental::report_builder::{ReportBuilder, roots};
use crate::pipeline::incremental::retired;
use crate::pipeline::incremental::retired::RetiredSources;
use crate::pipeline::plan::ScanPlan;
use crate::pipeline::run::{FinishedRun, make};
use crate::pipeline::settings::{Output, PipelineError, Settings};
use crate::pipeline::steps::{ReadOptions, ScanOutcome, apply_strict, read_sources};
use crate::read::{Observer, Task};
use crate::report::{StagedFiles, keep};
use crate::rules::RuleSet;
use crate::scan::estimated_bytes;
use crate::state;
use crate::state::{
    ArchivedReport, Changes, DeltaBase, EncodedDigest, FileStamp, RunRecord, Source, StateError,
    StateStore,
};

/// Why an unchanged source is not read.
const UNCHANGED: &str = "nothing changed since it was read";

/// Incidents and failures of a report that a state keeps; as a text they are some hundred MiB.
const KEPT_ROWS: usize = 100_000;

/// A run with a state.
pub struct IncrementalRun {
    state: StateStore,
    now: Instant,
    mutes: Vec<Mute>,
    run: i64,
    changes: Changes,
    interrupted: bool,
    earlier: RetiredSources,
}

impl IncrementalRun {
    /// Opens the state for a run that begins now.
    pub fn open(
        file: &Path,
        now: Instant,
        mutes: Vec<Mute>,
    ) -> Result<IncrementalRun, PipelineError> {
        let state = StateStore::open(file, now)?;
        let run = state.next_run();
        let earlier = RetiredSources::default();
        let changes = Changes::default();
        Ok(IncrementalRun { state, now, mutes, run, changes, interrupted: false, earlier })
    }

    /// The number of this run.
    pub fn run(&self) -> i64 {
        self.run
    }

    /// True when the run was told to stop: what it finished is committed, and nothing is told.
    pub fn interrupted(&self) -> bool {
        self.interrupted
    }

    /// Reads what has to be read, and joins it with what is known.
    pub fn scan(
        &mut self,
        mut planned: ScanPlan,
        signatures: &RuleSet,
        settings: &Settings,
        observer: &dyn Observer,
    ) -> Result<ScanOutcome, PipelineError> {
        let own = own_files(self.state.path());
        planned.tasks.retain(|task| own.iter().all(|own| own != task.path.as_os_str()));
        self.report_emptied_root(&mut planned, settings);
        let key = ReadingKey::new(signatures, settings);
        let reader = key.as_str();
        let contents = file_stamps(self.state.sources(), &planned.tasks, settings.threads);
        let known = match_known_sources(self.state.sources(), &planned.tasks, &contents, reader);

        let mut at = 0..;
        let is_known = |_: &mut Task| at.next().is_some_and(|at| known.contains_key(&at));
        let stored = planned.tasks.extract_if(.., is_known).zip(known.values().copied());
        let stored: Vec<(Task, usize)> = stored.collect();
        for (number, task) in planned.tasks.iter_mut().enumerate() {
            task.number = number;
        }
        // What is read is packed once more to be kept, as are the reports, and the next run holds
        // what this one told beside what it tells itself.
        let own = settings.memory / 5;
        let held = self.memory_in_use().saturating_add(own);
        let recorder = Recorder::new(observer, planned.tasks.len(), (reader, self.run), own);
        let reading = ReadOptions { window: (None, None), waits: true, held };
        let (mut digest, not_read) =
            read_sources(planned, signatures, settings, &reading, &recorder)?;
        self.interrupted = not_read;
        let mut fresh = recorder.into_rows();

        let mut rows: BTreeSet<usize> = (0..self.state.sources().len()).collect();
        for (task, row) in stored {
            rows.remove(&row);
            digest.merge(self.load_unchanged(row, &task)?);
        }
        let displaced = self.replaced_rows(&fresh, &rows);
        fresh.append(&mut self.changes.added);
        self.changes.added = fresh;
        self.merge_retired(&mut digest, &rows, &displaced, reader)?;
        if let Some(before) = self.state.history().pruned_before {
            retired::drop_before(&mut digest, before);
        }
        apply_strict(&mut digest, settings);
        Ok(ScanOutcome { digest })
    }

    /// Memory that is taken by what the last published run told of.
    fn memory_in_use(&self) -> u64 {
        let known = &self.state.history().known;
        let failures = known.values().map(|known| known.occurrences).sum();
        estimated_bytes(failures, known.len() as u64)
    }

    /// The digest of a source that is not read, under the name it has now.
    fn load_unchanged(&mut self, row: usize, task: &Task) -> Result<Digest, PipelineError> {
        let source = self.state.sources()[row].clone();
        let mut digest = self.state.digest(&source)?;
        let (path, named) = place(task);
        if source.key != task.key || source.path != path || source.generation != 0 {
            digest = digest.renamed(&source.key, &task.key);
            self.changes.removed.push(source.id);
            self.changes.added.push(Source {
                id: 0,
                path,
                named,
                generation: 0,
                key: task.key.clone(),
                digest: EncodedDigest::of(&digest),
                ..source.clone()
            });
        }
        // What no published report has told yet counts as read for this one.
        let told = self.state.history().published.is_some_and(|run| source.read_run <= run);
        for item in digest.coverage.values_mut().filter(|_| told) {
            if item.status == SourceStatus::Complete {
                item.status = SourceStatus::Unchanged;
                item.reason = UNCHANGED.to_string();
            }
        }
        Ok(digest)
    }

    /// Rows whose path something else has taken: what was read there now, or a known source that
    /// moved there.
    fn replaced_rows(&self, fresh: &[Source], rows: &BTreeSet<usize>) -> BTreeSet<usize> {
        if rows.is_empty() {
            return BTreeSet::new();
        }
        let moved = &self.changes.added;
        let taken: HashSet<TaskPath> = fresh.iter().chain(moved).map(place_of).collect();
        let displaced = |row: &&usize| {
            let source = &self.state.sources()[**row];
            source.generation == 0 && taken.contains(&place_of(source))
        };
        rows.iter().filter(displaced).copied().collect()
    }

    /// Adds what sources told that are not there any more, the latest first, and forgets those of
    /// which everything is told again.
    fn merge_retired(
        &mut self,
        digest: &mut Digest,
        rows: &BTreeSet<usize>,
        displaced: &BTreeSet<usize>,
        reader: &str,
    ) -> Result<(), PipelineError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut order: Vec<usize> = rows.iter().copied().collect();
        order.sort_by_key(|row| {
            let source = &self.state.sources()[*row];
            (std::cmp::Reverse(source.read_run), place_of(source), source.generation)
        });
        let reread = self.superseded_rows(displaced);
        let mut taken: BTreeSet<SourceKey> = digest.coverage.keys().map(retired::file_of).collect();
        let mut generations = self.generations();
        let (mut outdated, mut gone) = (0_u64, Vec::new());
        for row in order {
            let source = self.state.sources()[row].clone();
            let told = self.state.digest(&source)?;
            if reread.contains(&row) || retired::is_covered_by(&told, digest) {
                self.changes.removed.push(source.id);
                continue;
            }
            let mut generation = source.generation;
            if displaced.contains(&row) {
                let next = generations.entry(place_of(&source)).or_default();
                *next += 1;
                generation = *next;
                self.changes.removed.push(source.id);
                self.changes.added.push(Source { id: 0, generation, ..source.clone() });
            }
            outdated += u64::from(*source.settings != *reader);
            let name = retired::free_name(&source.key, generation, &taken);
            taken.insert(name.clone());
            gone.push(told.renamed(&source.key, &name));
        }
        for told in gone {
            retired::add(digest, told, &mut self.earlier);
        }
        if outdated > 0 {
            let message = format!(
                "{outdated} sources that are gone keep what was read from them with other \
                 signatures or settings"
            );
            note(digest, "state.other-settings", message);
        }
        Ok(())
    }

    /// Rows whose path still holds their bytes, and perhaps more behind them: what was read there
    /// now takes their place, whatever a record that was cut then or other settings made of them.
    fn superseded_rows(&self, displaced: &BTreeSet<usize>) -> BTreeSet<usize> {
        if displaced.is_empty() {
            return BTreeSet::new();
        }
        let settled: BTreeSet<TaskPath> = self
            .changes
            .added
            .iter()
            .filter(|added| added.settled && added.generation == 0)
            .map(place_of)
            .collect();
        let reread = |row: &usize| {
            let source = &self.state.sources()[*row];
            let begins = |content: FileStamp| {
                let path = state::path_of(&source.path);
                path.is_some_and(|path| content.begins(&path).unwrap_or(false))
            };
            settled.contains(&place_of(source)) && source.content.is_some_and(begins)
        };
        displaced.iter().copied().filter(reread).collect()
    }

    fn generations(&self) -> BTreeMap<TaskPath, i64> {
        let mut latest = BTreeMap::new();
        for source in self.state.sources() {
            let known: &mut i64 = latest.entry(place_of(source)).or_default();
            *known = (*known).max(source.generation);
        }
        latest
    }

    /// A tree that held sources and holds none now is no calm night.
    fn report_emptied_root(&self, planned: &mut ScanPlan, settings: &Settings) {
        let history = self.state.history();
        let last = history.runs.iter().rfind(|run| Some(run.id) == history.published);
        let Some(last) = last.filter(|last| last.about.found > 0) else { return };
        let nothing = planned.tasks.is_empty() && planned.digest.coverage.is_empty();
        if !nothing || last.about.roots != roots(settings) {
            return;
        }
        let root =
            settings.selection.roots.first().map_or(String::new(), |p| p.display().to_string());
        let key = SourceKey::new(&root);
        let why = format!("empty, and run {} found {} sources here", last.id, last.about.found);
        let severity = DiagnosticSeverity::Error;
        let emptied = Diagnostic::new("walk.emptied", severity, key.as_str(), "", why.clone());
        planned.digest.diagnostics.add(emptied);
        planned.digest.coverage.insert(key, SourceItem::unread(SourceStatus::Failed, 0, why));
    }

    /// Tells what was learned, beside what earlier runs told, and writes it down with everything
    /// that was read, all or nothing. The files that tell it are made meanwhile.
    pub fn conclude(
        &mut self,
        scanned: &ScanOutcome,
        signatures: &RuleSet,
        settings: &Settings,
        run: &Run,
        shown: Option<Lang>,
        output: &Output,
    ) -> Result<FinishedRun, PipelineError> {
        let times = (run.started_at.clone(), run.finished_at.clone());
        let base = self.state.base(self.run)?;
        let tell = |telling: &ReportBuilder<'_>| {
            let (report, lived) = telling.tell(scanned, run, settings.lang);
            let shown = shown.map(|lang| telling.tell(scanned, run, lang).0);
            (telling.progress(Some((&report, lived)), times), (report, shown))
        };
        let conclude = |(report, shown)| {
            let told = OnceLock::new();
            let keep = || {
                // It is done once.
                let _ = told.set(kept(&report, &base)?);
                Ok(())
            };
            let files = make(&report, output, &keep)?;
            Ok(FinishedRun { report, shown, files, kept: told.into_inner().flatten() })
        };
        self.commit(signatures, settings, tell, conclude)?
    }

    /// Writes down the sources that an interrupted run finished.
    pub fn commit_interrupted(
        &mut self,
        signatures: &RuleSet,
        settings: &Settings,
        times: (String, String),
    ) -> Result<(), PipelineError> {
        self.commit(signatures, settings, |telling| (telling.progress(None, times), ()), |()| ())
    }

    fn commit<A, B>(
        &mut self,
        signatures: &RuleSet,
        settings: &Settings,
        tell: impl FnOnce(&ReportBuilder<'_>) -> (RunRecord, A),
        meanwhile: impl FnOnce(A) -> B,
    ) -> Result<B, PipelineError> {
        let changes = std::mem::take(&mut self.changes);
        let history = Arc::clone(self.state.history());
        let telling = ReportBuilder {
            run: self.run,
            now: self.now,
            history: &history,
            mutes: &self.mutes,
            earlier: &self.earlier.books,
            signatures,
            settings,
        };
        Ok(self.state.commit(changes, || tell(&telling), meanwhile)?)
    }

    /// Puts the files of a run in place, and notes that they are. Returns their names.
    pub fn publish(
        &mut self,
        files: StagedFiles,
        kept: Option<ArchivedReport>,
    ) -> Result<Vec<String>, PipelineError> {
        let names = files.replace()?;
        self.state.mark_published(self.run, kept).map_err(|error| match error {
            StateError::NotWritten { path, why } => StateError::NotMarked { path, why },
            other => other,
        })?;
        Ok(names)
    }
}

/// What a report says, as it is kept; nothing where that is beyond all measure.
fn kept(report: &Report, base: &DeltaBase) -> Result<Option<ArchivedReport>, PipelineError> {
    if report.incidents.len() + report.occurrences.len() > KEPT_ROWS {
        return Ok(None);
    }
    Ok(Some(base.pack(&keep(report)?)?))
}

fn note(digest: &mut Digest, code: &str, message: String) {
    let severity = DiagnosticSeverity::Note;
    digest.diagnostics.add(Diagnostic::new(code, severity, "", "", message));
}

/// Files of the state itself, which are no input: as the system knows them, like what was planned.
fn own_files(state: &Path) -> Vec<OsString> {
    let real = state.canonicalize().unwrap_or_else(|_| state.to_path_buf());
    state::files(&real).into_iter().map(PathBuf::into_os_string).collect()
}
