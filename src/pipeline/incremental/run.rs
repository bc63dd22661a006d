//! An incremental run: decides which sources are read, how sources that moved, grew or were removed
//! are treated, and in which order the state, the reports and the note of their publication are
//! written. docs/adr/0020-state.md gives the reasons. `state` decides how a source is stored.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::model::{
    Diagnostic, DiagnosticCode, DiagnosticSeverity, Digest, Instant, Lang, Mute, Report, Run,
    SourceItem, SourceKey, SourceStatus, count,
};
use crate::pipeline::incremental::known_sources::{
    TaskPath, file_stamps, match_known_sources, source_path, task_path,
};
use crate::pipeline::incremental::reading_key::ReadingKey;
use crate::pipeline::incremental::recorder::Recorder;
use crate::pipeline::incremental::report_builder::{ReportBuilder, roots};
use crate::pipeline::incremental::retired;
use crate::pipeline::incremental::retired::RetiredSources;
use crate::pipeline::plan::ScanPlan;
use crate::pipeline::run::{FinishedRun, stage_reports};
use crate::pipeline::settings::{Output, PipelineError, Settings};
use crate::pipeline::steps::{ReadOptions, ScanOutcome, apply_strict, read_sources};
use crate::read::{Observer, Task};
use crate::report::{StagedFiles, encode_report};
use crate::rules::RuleSet;
use crate::scan::estimated_bytes;
use crate::state;
use crate::state::{
    ArchivedReport, Changes, DeltaBase, EncodedDigest, FileStamp, RunRecord, Source, StateError,
    StateStore,
};

/// The reason in coverage for a source that is not read.
const UNCHANGED: &str = "nothing changed since it was read";

/// Maximum number of incidents and occurrences of a report that the state archives: this many take
/// some hundred MiB as text.
const MAX_ARCHIVED_ROWS: usize = 100_000;

pub struct IncrementalRun {
    state: StateStore,
    now: Instant,
    mutes: Vec<Mute>,
    run: i64,
    changes: Changes,
    interrupted: bool,
    retired: RetiredSources,
}

impl IncrementalRun {
    /// Opens and locks the state for a run that begins at `now`.
    pub fn open(
        file: &Path,
        now: Instant,
        mutes: Vec<Mute>,
    ) -> Result<IncrementalRun, PipelineError> {
        let state = StateStore::open(file, now)?;
        let run = state.next_run();
        let retired = RetiredSources::default();
        let changes = Changes::default();
        Ok(IncrementalRun { state, now, mutes, run, changes, interrupted: false, retired })
    }

    /// The number of this run.
    pub fn run(&self) -> i64 {
        self.run
    }

    /// True when the observer stopped the scan: finished sources are committed, without a report.
    pub fn interrupted(&self) -> bool {
        self.interrupted
    }

    /// Reads new and changed sources and merges their digests with the stored ones.
    pub fn scan(
        &mut self,
        mut planned: ScanPlan,
        signatures: &RuleSet,
        settings: &Settings,
        observer: &dyn Observer,
    ) -> Result<ScanOutcome, PipelineError> {
        let state_files = state_files(self.state.path());
        planned.tasks.retain(|task| state_files.iter().all(|file| file != task.path.as_os_str()));
        self.report_emptied_root(&mut planned, settings);
        let key = ReadingKey::new(signatures, settings);
        let key = key.as_str();
        let stamps = file_stamps(self.state.sources(), &planned.tasks, settings.threads);
        let known = match_known_sources(self.state.sources(), &planned.tasks, &stamps, key);

        let mut indexes = 0..;
        let is_known =
            |_: &mut Task| indexes.next().is_some_and(|index| known.contains_key(&index));
        let stored = planned.tasks.extract_if(.., is_known).zip(known.values().copied());
        let stored: Vec<(Task, usize)> = stored.collect();
        for (number, task) in planned.tasks.iter_mut().enumerate() {
            task.number = number;
        }
        // Reserved for the encoded copies of digests and reports, and for the next run, which holds
        // the incidents of this one in addition to its own.
        let reserved = settings.memory / 5;
        let memory_in_use = self.memory_in_use().saturating_add(reserved);
        let recorder = Recorder::new(observer, planned.tasks.len(), (key, self.run), reserved);
        let options = ReadOptions { window: (None, None), defers_cut_record: true, memory_in_use };
        let (mut digest, interrupted) =
            read_sources(planned, signatures, settings, &options, &recorder)?;
        self.interrupted = interrupted;
        let mut fresh = recorder.into_rows();

        let mut rows: BTreeSet<usize> = (0..self.state.sources().len()).collect();
        for (task, row) in stored {
            rows.remove(&row);
            digest.merge(self.load_unchanged(row, &task)?);
        }
        let replaced = self.replaced_rows(&fresh, &rows);
        fresh.append(&mut self.changes.added);
        self.changes.added = fresh;
        self.merge_retired(&mut digest, &rows, &replaced, key)?;
        if let Some(before) = self.state.history().pruned_before {
            retired::drop_before(&mut digest, before);
        }
        apply_strict(&mut digest, settings);
        Ok(ScanOutcome { digest })
    }

    /// Estimated bytes that the incidents of the last published run take.
    fn memory_in_use(&self) -> u64 {
        let known = &self.state.history().known;
        let failures = known.values().map(|known| known.occurrences).sum();
        estimated_bytes(failures, known.len() as u64)
    }

    /// The stored digest of a source, under the key that the source has in this run.
    fn load_unchanged(&mut self, row: usize, task: &Task) -> Result<Digest, PipelineError> {
        let source = self.state.sources()[row].clone();
        let mut digest = self.state.digest(&source)?;
        let (path, purpose) = task_path(task);
        if source.key != task.key || source.path != path || source.generation != 0 {
            digest = digest.renamed(&source.key, &task.key);
            self.changes.removed.push(source.id);
            self.changes.added.push(Source {
                id: 0,
                path,
                purpose,
                generation: 0,
                key: task.key.clone(),
                digest: EncodedDigest::of(&digest),
                ..source.clone()
            });
        }
        // A source that no published report includes counts as read in this run.
        let is_published = self.state.history().published.is_some_and(|run| source.read_run <= run);
        for item in digest.coverage.values_mut().filter(|_| is_published) {
            if item.status == SourceStatus::Complete {
                item.status = SourceStatus::Unchanged;
                item.reason = UNCHANGED.to_string();
            }
        }
        Ok(digest)
    }

    /// Rows of `rows` whose path another source has now: one that was read in this run, or a known
    /// one that moved there.
    fn replaced_rows(&self, fresh: &[Source], rows: &BTreeSet<usize>) -> BTreeSet<usize> {
        if rows.is_empty() {
            return BTreeSet::new();
        }
        let moved = &self.changes.added;
        let taken: HashSet<TaskPath> = fresh.iter().chain(moved).map(source_path).collect();
        let is_replaced = |row: &&usize| {
            let source = &self.state.sources()[**row];
            source.generation == 0 && taken.contains(&source_path(source))
        };
        rows.iter().filter(is_replaced).copied().collect()
    }

    /// Merges the digests of retired sources, the latest first, and deletes the rows of those that
    /// present sources cover.
    fn merge_retired(
        &mut self,
        digest: &mut Digest,
        rows: &BTreeSet<usize>,
        replaced: &BTreeSet<usize>,
        reading_key: &str,
    ) -> Result<(), PipelineError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut order: Vec<usize> = rows.iter().copied().collect();
        order.sort_by_key(|row| {
            let source = &self.state.sources()[*row];
            (std::cmp::Reverse(source.read_run), source_path(source), source.generation)
        });
        let superseded = self.superseded_rows(replaced);
        let mut taken: BTreeSet<SourceKey> = digest.coverage.keys().map(retired::file_of).collect();
        let mut generations = self.generations();
        let (mut outdated, mut retired) = (0_u64, Vec::new());
        for row in order {
            let source = self.state.sources()[row].clone();
            let stored = self.state.digest(&source)?;
            if superseded.contains(&row) || retired::is_covered_by(&stored, digest) {
                self.changes.removed.push(source.id);
                continue;
            }
            let mut generation = source.generation;
            if replaced.contains(&row) {
                let next = generations.entry(source_path(&source)).or_default();
                *next += 1;
                generation = *next;
                self.changes.removed.push(source.id);
                self.changes.added.push(Source { id: 0, generation, ..source.clone() });
            }
            outdated += u64::from(*source.settings != *reading_key);
            let name = retired::retired_name(&source.key, generation, &taken);
            taken.insert(name.clone());
            retired.push(stored.renamed(&source.key, &name));
        }
        for stored in retired {
            retired::add_retired(digest, stored, &mut self.retired);
        }
        if outdated > 0 {
            let verb = if outdated == 1 { "keeps" } else { "keep" };
            let message = format!(
                "{} {verb} results that were read with other signatures or settings",
                count(outdated, "removed source")
            );
            add_note(digest, DiagnosticCode::StateOtherSettings, message);
        }
        Ok(())
    }

    /// Replaced rows whose file still begins with their bytes, and may have grown: the row of this
    /// run supersedes them, even if a cut record or other settings gave them other content.
    fn superseded_rows(&self, replaced: &BTreeSet<usize>) -> BTreeSet<usize> {
        if replaced.is_empty() {
            return BTreeSet::new();
        }
        let final_paths: BTreeSet<TaskPath> = self
            .changes
            .added
            .iter()
            .filter(|added| added.is_final && added.generation == 0)
            .map(source_path)
            .collect();
        let is_superseded = |row: &usize| {
            let source = &self.state.sources()[*row];
            let is_beginning = |content: FileStamp| {
                let path = state::path_of(&source.path);
                path.is_some_and(|path| content.begins(&path).unwrap_or(false))
            };
            final_paths.contains(&source_path(source)) && source.stamp.is_some_and(is_beginning)
        };
        replaced.iter().copied().filter(is_superseded).collect()
    }

    /// The highest generation of each path.
    fn generations(&self) -> BTreeMap<TaskPath, i64> {
        let mut latest = BTreeMap::new();
        for source in self.state.sources() {
            let known: &mut i64 = latest.entry(source_path(source)).or_default();
            *known = (*known).max(source.generation);
        }
        latest
    }

    /// Reports a root that held sources in the last published run and is empty now.
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
        let emptied =
            Diagnostic::new(DiagnosticCode::WalkEmptied, severity, key.as_str(), "", why.clone());
        planned.digest.diagnostics.add(emptied);
        planned.digest.coverage.insert(key, SourceItem::unread(SourceStatus::Failed, 0, why));
    }

    /// Builds the report and commits the run with all rows in one transaction. The report files are
    /// rendered while the transaction is written.
    pub fn finish(
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
        let build = |builder: &ReportBuilder<'_>| {
            let (report, lifecycle) = builder.build(scanned, run, settings.lang);
            let shown = shown.map(|lang| builder.build(scanned, run, lang).0);
            (builder.run_record(Some((&report, lifecycle)), times), (report, shown))
        };
        let render = |(report, shown)| {
            let archived = OnceLock::new();
            let archive = || {
                // `stage_reports` calls this once, so the cell is empty.
                let _ = archived.set(archived_report(&report, &base)?);
                Ok(())
            };
            let files = stage_reports(&report, output, &archive)?;
            Ok(FinishedRun {
                report,
                translated: shown,
                files,
                archived: archived.into_inner().flatten(),
            })
        };
        self.commit(signatures, settings, build, render)?
    }

    /// Commits the sources that an interrupted run finished.
    pub fn commit_interrupted(
        &mut self,
        signatures: &RuleSet,
        settings: &Settings,
        times: (String, String),
    ) -> Result<(), PipelineError> {
        self.commit(signatures, settings, |builder| (builder.run_record(None, times), ()), |()| ())
    }

    fn commit<A, B>(
        &mut self,
        signatures: &RuleSet,
        settings: &Settings,
        build: impl FnOnce(&ReportBuilder<'_>) -> (RunRecord, A),
        meanwhile: impl FnOnce(A) -> B,
    ) -> Result<B, PipelineError> {
        let changes = std::mem::take(&mut self.changes);
        let history = Arc::clone(self.state.history());
        let builder = ReportBuilder {
            run: self.run,
            now: self.now,
            history: &history,
            mutes: &self.mutes,
            retired_coverage: &self.retired.coverage,
            signatures,
            settings,
        };
        Ok(self.state.commit(changes, || build(&builder), meanwhile)?)
    }

    /// Renames the staged files to their final names, then marks the run as published in the state.
    /// Returns the names.
    pub fn publish(
        &mut self,
        files: StagedFiles,
        archive: Option<ArchivedReport>,
    ) -> Result<Vec<String>, PipelineError> {
        let names = files.replace()?;
        self.state.mark_published(self.run, archive).map_err(|error| match error {
            StateError::NotWritten { path, why } => StateError::NotMarked { path, why },
            other => other,
        })?;
        Ok(names)
    }
}

/// The report as the state archives it; `None` beyond [`MAX_ARCHIVED_ROWS`].
fn archived_report(
    report: &Report,
    base: &DeltaBase,
) -> Result<Option<ArchivedReport>, PipelineError> {
    if report.incidents.len() + report.occurrences.len() > MAX_ARCHIVED_ROWS {
        return Ok(None);
    }
    Ok(Some(base.compress_report(&encode_report(report)?)?))
}

fn add_note(digest: &mut Digest, code: DiagnosticCode, message: String) {
    let severity = DiagnosticSeverity::Note;
    digest.diagnostics.add(Diagnostic::new(code, severity, "", "", message));
}

/// The files of the state itself, which are not sources, as canonical paths like those of the plan.
fn state_files(state: &Path) -> Vec<OsString> {
    let real = state.canonicalize().unwrap_or_else(|_| state.to_path_buf());
    state::files(&real).into_iter().map(PathBuf::into_os_string).collect()
}
