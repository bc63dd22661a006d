//! Joins log rows without a job key to the job that wrote them: by the key in the name of the file,
//! by the job's own text and span, by process, host and time, or by directory and time. A row joins
//! only where exactly one job fits; this step never guesses. `copies` needs the result.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::correlate::joining::copies::{is_same_text, text_key, text_starts};
use crate::correlate::joining::job_index::{JobIndex, spans};
use crate::correlate::naming::names::only_distinct;
use crate::correlate::naming::scope::{nearest, nearness};
use crate::correlate::record::MergedRecord;
use crate::model::{Digest, Guid, Hit, JobFact, Witness};

/// Sets the job of the log rows that lack one, and completes every record from its job.
pub fn join_jobs(records: &mut [MergedRecord], digest: &Digest) {
    let texts = JobTexts::new(records, digest);
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
    for record in records {
        if record.job.is_none() && record.hit.witness.is_log() {
            record.job = job_in_file_name(record, digest)
                .or_else(|| texts.find_job(record, digest))
                .or_else(|| job_of_process(record, &by_process, digest))
                .or_else(|| job_in_directory(record, &by_directory, digest));
        }
        if let Some(job) = record.job.and_then(|key| digest.jobs.get(&key)) {
            complete_hit(&mut record.hit, job);
            // A job key is unique: what is stated next to the job's row holds for its records
            // wherever their logs are.
            record.add_directories(&job.directories);
        }
    }
}

/// Fills in process, host and robot from the job.
fn complete_hit(hit: &mut Arc<Hit>, job: &JobFact) {
    let lacks =
        |value: &Option<Arc<str>>, other: &Option<String>| value.is_none() && other.is_some();
    // An unchanged hit stays shared.
    if !lacks(&hit.process, &job.process)
        && !lacks(&hit.machine, &job.machine)
        && !lacks(&hit.robot, &job.robot)
    {
        return;
    }
    let hit = Arc::make_mut(hit);
    let fill = |value: &mut Option<Arc<str>>, other: &Option<String>| {
        if value.is_none() {
            *value = other.as_deref().map(Arc::from);
        }
    };
    fill(&mut hit.process, &job.process);
    fill(&mut hit.machine, &job.machine);
    fill(&mut hit.robot, &job.robot);
}

/// A log list of a client names its job only in the query, which users put into the file name. The
/// key counts if the input has a job of that key.
fn job_in_file_name(record: &MergedRecord, digest: &Digest) -> Option<Guid> {
    const GUID: usize = 36;
    let keys = record.locations.sources().flat_map(|source| {
        let name = source.file_name();
        (0..name.len().saturating_sub(GUID - 1))
            .filter_map(|start| Guid::parse(name.get(start..start + GUID)?))
            .collect::<Vec<_>>()
    });
    only_distinct(keys.filter(|key| digest.jobs.contains_key(key)))
}

/// A row that names neither process nor host joins a job that is listed in its own directory, if
/// its time is in the span of exactly one.
fn job_in_directory(
    record: &MergedRecord,
    by_directory: &JobIndex<&str>,
    digest: &Digest,
) -> Option<Guid> {
    let time = record.time()?;
    if record.hit.process.is_some() || record.hit.machine.is_some() {
        return None;
    }
    let listed = record.directories.iter().flat_map(|d| by_directory.near(d.as_str(), time));
    only_distinct(listed.filter(|key| digest.jobs.get(key).is_some_and(|job| spans(job, time))))
}

/// Headlines of the jobs' own rows.
struct JobTexts {
    /// Jobs by the beginning of their headlines.
    jobs: JobIndex<String>,
    headlines: BTreeMap<Guid, BTreeSet<Arc<str>>>,
}

impl JobTexts {
    fn new(records: &[MergedRecord], digest: &Digest) -> JobTexts {
        let mut texts = JobTexts { jobs: JobIndex::new(), headlines: BTreeMap::new() };
        for record in records.iter().filter(|r| r.hit.witness == Witness::Info) {
            if let Some(key) = record.job
                && let Some(job) = digest.jobs.get(&key)
                && texts.headlines.entry(key).or_default().insert(record.hit.headline.clone())
            {
                texts.jobs.add(text_key(&record.hit.headline), key, job);
            }
        }
        texts
    }

    /// The job whose text the row repeats within the span of the job.
    fn find_job(&self, record: &MergedRecord, digest: &Digest) -> Option<Guid> {
        let time = record.time()?;
        let headline: &str = &record.hit.headline;
        let fits = |key: &Guid| {
            let infos = self.headlines.get(key);
            infos.is_some_and(|infos| infos.iter().any(|info| is_same_text(headline, info)))
                && digest.jobs.get(key).is_some_and(|job| spans(job, time))
        };
        let fitting: BTreeSet<Guid> = text_starts(headline)
            .flat_map(|start| self.jobs.near(text_key(&headline[start..]), time).filter(fits))
            .collect();
        only_nearest(record, fitting, digest)
    }
}

/// The job of the row's process and host whose span contains the time of the row.
fn job_of_process(
    record: &MergedRecord,
    by_process: &JobIndex<String>,
    digest: &Digest,
) -> Option<Guid> {
    let time = record.time()?;
    let process = record.hit.process.as_ref()?.to_lowercase();
    let machine = record.hit.machine.as_ref()?;
    let fits = |job: &JobFact| {
        job.machine.as_ref().is_some_and(|m| m.eq_ignore_ascii_case(machine)) && spans(job, time)
    };
    let fitting = by_process
        .near(process, time)
        .filter(|key| digest.jobs.get(key).is_some_and(fits))
        .collect();
    only_nearest(record, fitting, digest)
}

/// The job whose directories are nearest to those of the record; `None` on a tie.
fn only_nearest(record: &MergedRecord, jobs: BTreeSet<Guid>, digest: &Digest) -> Option<Guid> {
    let ranked = jobs
        .into_iter()
        .map(|job| {
            let directories = digest.jobs.get(&job).map_or(&[][..], |job| &job.directories);
            let shared = directories
                .iter()
                .flat_map(|theirs| record.directories.iter().map(|own| nearness(own, theirs)))
                .max();
            (shared.unwrap_or(0), job)
        })
        .collect();
    match nearest(ranked).as_slice() {
        [job] => Some(*job),
        _ => None,
    }
}
