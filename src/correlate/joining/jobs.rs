//! Log rows without a job key join the job that wrote them: by the job's own text and span, else
//! by process, host and time, and only where exactly one job fits. Never guessed.

use crate::correlate::joining::job_index::{JobIndex, spans};
use crate::correlate::joining::records::is_same_text;
use crate::correlate::naming::scope::{nearest, nearness};
use crate::correlate::record::MergedRecord;
use crate::model::{Digest, Guid, Hit, JobFact, Witness};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
/// Texts are looked up by their beginning, because one of two forms may be cut.
const LOOKUP: usize = 60;

/// Joins what can be joined.
pub fn join(records: &mut [MergedRecord], digest: &Digest) {
    let told = JobTexts::new(records, digest);
    let mut by_process = JobIndex::new();
    let mut by_directory = JobIndex::new();
    for (key, job) in &digest.jobs {
        if let Some(process) = &job.process {
            by_process.add(process.to_lowercase(), *key, job);
        }
        for directory in &job.directories {
            by_directory.add(directory.as_str(), *key, job);
        }
    }
    let joined: Vec<Option<Guid>> = records
        .iter()
        .map(|record| {
            if record.job.is_some() || !record.hit.witness.is_log() {
                return None;
            }
            by_file_name(record, digest)
                .or_else(|| told.job_of(record, digest))
                .or_else(|| by_place(record, &by_process, digest))
                .or_else(|| alone_beside(record, &by_directory, digest))
        })
        .collect();
    for (record, job) in records.iter_mut().zip(joined) {
        record.job = record.job.or(job);
        if let Some(job) = record.job.and_then(|key| digest.jobs.get(&key)) {
            complete(&mut record.hit, job);
            // A job key is unique by itself: what is told beside the job's row holds for its records,
            // wherever their logs lie.
            record.add_directories(&job.directories);
        }
    }
}

/// What the job knows and the row does not say.
fn complete(hit: &mut Arc<Hit>, job: &JobFact) {
    let known =
        |mine: &Option<Arc<str>>, theirs: &Option<String>| mine.is_some() || theirs.is_none();
    if known(&hit.process, &job.process)
        && known(&hit.machine, &job.machine)
        && known(&hit.robot, &job.robot)
    {
        return;
    }
    let hit = Arc::make_mut(hit);
    let fill = |mine: &mut Option<Arc<str>>, theirs: &Option<String>| {
        if mine.is_none() {
            *mine = theirs.as_deref().map(Arc::from);
        }
    };
    fill(&mut hit.process, &job.process);
    fill(&mut hit.machine, &job.machine);
    fill(&mut hit.robot, &job.robot);
}

/// A client's log list names its job only as the argument it was asked with, which people keep in
/// the file's name. Counts where the input knows a job of that key.
fn by_file_name(record: &MergedRecord, digest: &Digest) -> Option<Guid> {
    const GUID: usize = 36;
    let keys: BTreeSet<Guid> = record
        .places
        .sources()
        .flat_map(|source| {
            let name = source.file_name();
            (0..name.len().saturating_sub(GUID - 1))
                .filter_map(|at| Guid::parse(name.get(at..at + GUID)?))
                .collect::<Vec<_>>()
        })
        .filter(|key| digest.jobs.contains_key(key))
        .collect();
    crate::correlate::naming::names::one(keys.into_iter())
}

/// A row that names neither process nor host joins the job listed beside it, in its own directory,
/// if the span of exactly one holds it.
fn alone_beside(
    record: &MergedRecord,
    by_directory: &JobIndex<&str>,
    digest: &Digest,
) -> Option<Guid> {
    let at = record.at()?;
    if record.hit.process.is_some() || record.hit.machine.is_some() {
        return None;
    }
    let beside = record.directories.iter().flat_map(|d| by_directory.near(d.as_str(), at));
    let fitting = beside.filter(|key| digest.jobs.get(key).is_some_and(|job| spans(job, at)));
    crate::correlate::naming::names::one(fitting)
}

/// What jobs' own rows say, by the beginning of the text.
struct JobTexts {
    jobs: JobIndex<String>,
    cores: BTreeMap<Guid, BTreeSet<Arc<str>>>,
}

impl JobTexts {
    fn new(records: &[MergedRecord], digest: &Digest) -> JobTexts {
        let mut told = JobTexts { jobs: JobIndex::new(), cores: BTreeMap::new() };
        for record in records.iter().filter(|r| r.hit.witness == Witness::Info) {
            if let Some(key) = record.job
                && let Some(job) = digest.jobs.get(&key)
                && told.cores.entry(key).or_default().insert(record.hit.core.clone())
            {
                told.jobs.add(lookup(&record.hit.core), key, job);
            }
        }
        told
    }

    fn job_of(&self, record: &MergedRecord, digest: &Digest) -> Option<Guid> {
        let at = record.at()?;
        let core: &str = &record.hit.core;
        let starts = std::iter::once(0).chain(core.match_indices(": ").take(6).map(|(i, _)| i + 2));
        let tells = |key: &Guid| {
            let texts = self.cores.get(key);
            texts.is_some_and(|texts| texts.iter().any(|info| is_same_text(core, info)))
                && digest.jobs.get(key).is_some_and(|job| spans(job, at))
        };
        let fitting: BTreeSet<Guid> = starts
            .flat_map(|start| self.jobs.near(lookup(&core[start..]), at).filter(tells))
            .collect();
        only_nearest(record, fitting, digest)
    }
}

fn lookup(text: &str) -> String {
    crate::model::cut(text, LOOKUP).to_string()
}

/// The one job of this process on this host at this time.
fn by_place(record: &MergedRecord, by_process: &JobIndex<String>, digest: &Digest) -> Option<Guid> {
    let at = record.at()?;
    let process = record.hit.process.as_ref()?.to_lowercase();
    let machine = record.hit.machine.as_ref()?;
    let fitting = by_process
        .near(process, at)
        .filter(|key| {
            digest.jobs.get(key).is_some_and(|job| {
                let here = job.machine.as_ref().is_some_and(|m| m.eq_ignore_ascii_case(machine));
                here && spans(job, at)
            })
        })
        .collect();
    only_nearest(record, fitting, digest)
}

/// Exactly one job among those told of nearest to the record.
fn only_nearest(record: &MergedRecord, jobs: BTreeSet<Guid>, digest: &Digest) -> Option<Guid> {
    let ranked = jobs
        .into_iter()
        .map(|job| {
            let told_in = digest.jobs.get(&job).map(|j| j.directories.as_slice()).unwrap_or(&[]);
            let near = told_in
                .iter()
                .flat_map(|theirs| record.directories.iter().map(|mine| nearness(mine, theirs)))
                .max();
            (near.unwrap_or(0), job)
        })
        .collect();
    match nearest(ranked).as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}
