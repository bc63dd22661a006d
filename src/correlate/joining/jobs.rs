//! Joins log rows without a job key to the job that wrote them: by the key in the name of the file,
//! by the job's own text and span, or by process, host, robot and span. A row joins only where
//! exactly one job fits; this step never guesses. `copies` needs the result.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::correlate::joining::compatible::{Mask, Numbering, PartialFields, known};
use crate::correlate::joining::job_index::{Fitting, JobIndex};
use crate::correlate::joining::same_text::{TextMap, text_starts};
use crate::correlate::naming::names::only_distinct;
use crate::correlate::naming::scope::Scope;
use crate::correlate::record::MergedRecord;
use crate::model::{Digest, Guid, Hit, JobFact, JobSpan, SourceKey, Witness};

/// Seconds by which the first and last rows of a job may lie outside its recorded times.
const MARGIN: i64 = 2;

/// Process, host, robot and tenant.
const FIELDS: usize = 4;

/// Sets the job of the log rows that lack one and whose file is named after a job.
pub fn join_by_file_name(records: &mut [MergedRecord], digest: &Digest) {
    let file_names = FileNames::new(records, digest);
    for record in records.iter_mut().filter(|record| lacks_job(record)) {
        record.job = file_names.job(record);
    }
}

/// Sets the job of the log rows that lack one and that exactly one job fits. False if there are none.
pub fn join_by_span(records: &mut [MergedRecord], digest: &Digest, scope: &Scope<'_>) -> bool {
    let mut fields = FieldNumbers::default();
    let rows: Vec<(usize, PartialFields<FIELDS>)> = records
        .iter()
        .enumerate()
        .filter(|(_, record)| lacks_job(record))
        .map(|(n, record)| (n, fields.of_row(record)))
        .collect();
    if rows.is_empty() {
        return false;
    }
    let candidates = JobCandidates::new(records, &rows, digest, scope, &mut fields);
    let mut is_any_joined = false;
    for (n, fields) in rows {
        records[n].job = candidates.find(&records[n], &fields);
        is_any_joined |= records[n].job.is_some();
    }
    is_any_joined
}

fn lacks_job(record: &MergedRecord) -> bool {
    record.job.is_none() && record.hit.witness.is_log()
}

/// Completes every record from its job.
pub fn complete_from_jobs(records: &mut [MergedRecord], digest: &Digest, scope: &Scope<'_>) {
    for record in records.iter_mut() {
        if let Some(job) = record.job.and_then(|key| digest.jobs.get(&key)) {
            complete_hit(&mut record.hit, job);
            // A job key is unique: what is stated next to the job's row holds for its records
            // wherever their logs are.
            record.add_directories(&job.directories);
        }
    }
    share_tenants(records, scope);
}

/// Gives all rows of a source the directories that describe its known jobs, unless these belong to
/// several tenants: a log file belongs to one tenant.
fn share_tenants(records: &mut [MergedRecord], scope: &Scope<'_>) {
    let mut by_source: BTreeMap<SourceKey, BTreeSet<Arc<[String]>>> = BTreeMap::new();
    for record in records.iter().filter(|record| record.job.is_some()) {
        for source in record.locations.sources() {
            by_source.entry(source.clone()).or_default().insert(Arc::clone(&record.directories));
        }
    }
    let shared: BTreeMap<SourceKey, Vec<String>> = by_source
        .into_iter()
        .filter(|(_, jobs)| {
            let tenants: BTreeSet<_> = jobs.iter().filter_map(|d| scope.tenant(d)).collect();
            tenants.len() < 2
        })
        .map(|(source, jobs)| {
            let all: BTreeSet<&String> =
                jobs.iter().flat_map(|directories| &**directories).collect();
            (source, all.into_iter().cloned().collect())
        })
        .collect();
    let mut tenants: BTreeMap<Arc<[String]>, Option<Arc<str>>> = BTreeMap::new();
    for record in records {
        let sources: Vec<SourceKey> = record.locations.sources().cloned().collect();
        for directories in sources.iter().filter_map(|source| shared.get(source)) {
            record.add_directories(directories);
        }
        record.tenant = tenants
            .entry(Arc::clone(&record.directories))
            .or_insert_with_key(|directories| scope.tenant(directories).map(Arc::from))
            .clone();
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

/// The job keys in the names of files. A log list of a client names its job only in the query, which
/// users put into the file name; the rows are that job's and no other's, whether another export
/// describes it or not.
struct FileNames(BTreeMap<SourceKey, Guid>);

impl FileNames {
    fn new(records: &[MergedRecord], digest: &Digest) -> FileNames {
        // Files may be named after a folder or a connection as well, or after their own export: its
        // rows are of several processes, those of a job are of one.
        let folders = digest.folders.iter().filter_map(|fact| fact.folder.key);
        let others: BTreeSet<Guid> =
            folders.chain(digest.connections.iter().map(|fact| fact.connection)).collect();
        let mut processes: BTreeMap<&SourceKey, BTreeSet<String>> = BTreeMap::new();
        for record in records.iter().filter(|record| lacks_job(record)) {
            for source in record.locations.sources() {
                let named = processes.entry(source).or_default();
                named.extend(record.hit.process.as_ref().map(|process| process.to_lowercase()));
            }
        }
        let key = |source: &SourceKey, named: &BTreeSet<String>| {
            let key = guid_in(source.file_name())?;
            let known = digest.jobs.get(&key);
            let process = known.and_then(|job| job.process.as_ref()).map(|p| p.to_lowercase());
            let fits = match process {
                Some(process) => named.iter().all(|name| *name == process),
                None => named.len() < 2,
            };
            (fits && (known.is_some() || !others.contains(&key))).then_some(key)
        };
        let keys = processes.into_iter();
        FileNames(keys.filter_map(|(s, named)| Some((s.clone(), key(s, &named)?))).collect())
    }

    fn job(&self, record: &MergedRecord) -> Option<Guid> {
        only_distinct(record.locations.sources().filter_map(|source| self.0.get(source).copied()))
    }
}

/// The GUID in a text, if it holds exactly one.
fn guid_in(name: &str) -> Option<Guid> {
    const GUID: usize = 36;
    let starts = 0..name.len().saturating_sub(GUID - 1);
    only_distinct(starts.filter_map(|start| Guid::parse(name.get(start..start + GUID)?)))
}

/// Gives the fields of rows and jobs numbers, so that they can be compared.
#[derive(Default)]
struct FieldNumbers(Numbering<(usize, String)>);

impl FieldNumbers {
    fn numbers(&mut self, values: [Option<&str>; FIELDS]) -> PartialFields<FIELDS> {
        let mut fields = [None; FIELDS];
        for (n, value) in values.into_iter().enumerate() {
            fields[n] = value.map(|value| self.0.number((n, value.to_lowercase())));
        }
        fields
    }

    fn of_row(&mut self, record: &MergedRecord) -> PartialFields<FIELDS> {
        let hit = &record.hit;
        self.numbers([
            hit.process.as_deref(),
            hit.machine.as_deref(),
            hit.robot.as_deref(),
            record.tenant.as_deref(),
        ])
    }

    fn of_job(&mut self, job: &JobFact, scope: &Scope<'_>) -> PartialFields<FIELDS> {
        self.numbers([
            job.process.as_deref(),
            job.machine.as_deref(),
            job.robot.as_deref(),
            scope.tenant(&job.directories),
        ])
    }
}

/// The jobs that rows without a job may have been written by.
struct JobCandidates {
    by_fields: JobIndex<FIELDS>,
    /// By the headlines of the jobs' own rows.
    by_text: TextMap<JobIndex<FIELDS>>,
}

impl JobCandidates {
    fn new(
        records: &[MergedRecord],
        rows: &[(usize, PartialFields<FIELDS>)],
        digest: &Digest,
        scope: &Scope<'_>,
        fields: &mut FieldNumbers,
    ) -> JobCandidates {
        type Job = (JobSpan, Guid, PartialFields<FIELDS>);
        let masks: BTreeSet<Mask> = rows.iter().map(|(_, fields)| known(fields)).collect();
        let mut job = |key: Guid, job: &JobFact| -> Job {
            (job.known_span(), key, fields.of_job(job, scope))
        };
        let jobs: Vec<Job> = digest.jobs.iter().map(|(key, fact)| job(*key, fact)).collect();
        let mut by_text: TextMap<BTreeSet<Job>> = TextMap::default();
        for record in records.iter().filter(|r| r.hit.witness == Witness::Info) {
            if let Some(key) = record.job
                && let Some(fact) = digest.jobs.get(&key)
            {
                by_text.entry(&record.hit.headline).insert(job(key, fact));
            }
        }
        JobCandidates {
            by_fields: JobIndex::new(&jobs, masks.iter().copied()),
            by_text: by_text.map(|jobs| {
                JobIndex::new(&jobs.into_iter().collect::<Vec<_>>(), masks.iter().copied())
            }),
        }
    }

    /// The job by the first rule that leaves exactly one.
    fn find(&self, record: &MergedRecord, fields: &PartialFields<FIELDS>) -> Option<Guid> {
        let time = record.time()?;
        let of_text = || {
            let mut fitting = Fitting::default();
            let headline: &str = &record.hit.headline;
            for start in text_starts(headline) {
                let _ = self.by_text.equal_or_cut(&headline[start..], &mut |jobs| {
                    fitting.merge(jobs.at(fields, time, MARGIN))
                });
            }
            fitting.only()
        };
        of_text()
            .or_else(|| self.by_fields.at(fields, time, 0).only())
            .or_else(|| self.by_fields.at(fields, time, MARGIN).only())
    }
}
