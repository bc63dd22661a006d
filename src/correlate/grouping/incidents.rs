//! Makes the incidents and occurrences of the report from groups of failures: all occurrences that
//! share signature, connection and folder are one incident. `identity` decides what belongs
//! together; `connections` and `lifecycle` come after.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::correlate::distinct::majority;
use crate::correlate::explain::{remediation, triage, why};
use crate::correlate::grouping::folders::Folders;
use crate::correlate::grouping::identity::{
    IncidentGroup, assign_ids, fingerprint, group_by_identity,
};
use crate::correlate::grouping::occurrences::Occurrences;
use crate::correlate::naming::names::only_distinct;
use crate::correlate::occurrence::OccurrenceGroup;
use crate::correlate::record::MergedRecord;
use crate::model::{
    Counts, Guid, Incident, IncidentState, Instant, JobFact, JobFolder, Lang, NamedJobs,
    Occurrence, Sample, Signature, SignatureRef, Surface, WhyData, Witness,
};

/// Records shown as evidence of an incident.
const SAMPLES: usize = 3;

/// Returns incidents, those with most jobs first, and occurrences in order of incident id and time.
pub fn incidents(
    occurrences: Occurrences,
    catalogue: &BTreeMap<&str, &Signature>,
    folders: &Folders<'_>,
    lang: Lang,
) -> (Vec<Incident>, Vec<Occurrence>) {
    let groups = group_by_identity(occurrences, folders);
    let ids = assign_ids(&groups);
    let mut incidents = Vec::new();
    let mut rows = Vec::new();
    for group in groups {
        let details = &group.failures[0].primary().details;
        let missing;
        let signature = match catalogue.get(&*details.signature) {
            Some(signature) => *signature,
            None => {
                missing = Signature::missing(&details.signature, details.category);
                &missing
            }
        };
        let id = ids.get(&group.identity).cloned().unwrap_or_default();
        let incident = incident(&group, &id, signature, folders, lang);
        rows.extend(occurrence_rows(&group, &incident, folders));
        incidents.push(incident);
    }
    incidents.sort_by(|a, b| incident_order(a).cmp(&incident_order(b)));
    rows.sort_by(|a, b| occurrence_order(a).cmp(&occurrence_order(b)));
    (incidents, rows)
}

fn incident_order(incident: &Incident) -> impl Ord + use<'_> {
    (Reverse((incident.counts.jobs, incident.counts.occurrences)), &incident.id)
}

fn occurrence_order(row: &Occurrence) -> impl Ord + use<'_> {
    (&row.incident_id, row.time, row.job_key, &row.source, row.offset)
}

fn job_folder_order(folder: &JobFolder) -> impl Ord + use<'_> {
    (Reverse(folder.jobs), &folder.path, folder.id, folder.key)
}

fn incident(
    group: &IncidentGroup,
    id: &str,
    signature: &Signature,
    folders: &Folders<'_>,
    lang: Lang,
) -> Incident {
    let records: Vec<&MergedRecord> =
        group.failures.iter().flat_map(|f| &f.records).chain(&group.replies).collect();
    let category =
        majority(records.iter().map(|r| r.details.category)).unwrap_or(signature.category);
    let codes: BTreeSet<String> =
        records.iter().flat_map(|r| r.details.codes.iter().cloned()).collect();
    let times: Vec<Instant> = group.failures.iter().filter_map(OccurrenceGroup::time).collect();
    let has_only_replies = group
        .failures
        .iter()
        .flat_map(|f| &f.records)
        .all(|record| record.hit.witness == Witness::Reply);
    let count_jobs = |name: fn(&MergedRecord, &Folders<'_>) -> Option<String>| {
        jobs_by_name(group.failures.iter().flat_map(|f| &f.records), |r| name(r, folders))
    };
    Incident {
        id: id.to_string(),
        fingerprint: fingerprint(&group.identity),
        signature: SignatureRef {
            id: signature.id.clone(),
            title: signature.title.get(lang).to_string(),
            confidence: signature.confidence,
        },
        category,
        severity: triage::severity(&group.failures, signature, category),
        owner: triage::owner(signature, category),
        surface: if has_only_replies { Surface::Admin } else { signature.surface },
        codes: codes.into_iter().collect(),
        provider_status: only_distinct(records.iter().filter_map(|r| r.details.provider_status)),
        cause: majority(records.iter().filter_map(|r| r.details.cause.clone())),
        state: IncidentState::New,
        connection: group.connection.clone(),
        connection_folder: group.connection_folder.clone(),
        job_folders: job_folders(group),
        counts: counts(group),
        first_seen: times.iter().min().copied(),
        last_seen: times.iter().max().copied(),
        by_day: failures_by_day(&times),
        processes: count_jobs(process),
        activities: activities(group),
        machines: count_jobs(|r, f| owned(&r.hit.machine).or_else(|| job(r, f)?.machine.clone())),
        robots: count_jobs(|r, f| owned(&r.hit.robot).or_else(|| job(r, f)?.robot.clone())),
        remediation: remediation::remedy(signature, &group.failures, &group.replies, lang),
        why: why::explain(why_data(group, &records), group.connection.attribution, lang),
        samples: samples(records.iter().copied(), folders),
        history: None,
    }
}

fn why_data(group: &IncidentGroup, records: &[&MergedRecord]) -> WhyData {
    let details = &group.failures[0].primary().details;
    let mut witnesses = BTreeMap::new();
    for witness in records.iter().flat_map(|record| record.witnesses()) {
        *witnesses.entry(witness.as_str().to_string()).or_default() += 1;
    }
    WhyData {
        anchor: details.matched.clone(),
        codes: details.codes.clone(),
        status: details.provider_status,
        key: group.key,
        witnesses,
    }
}

fn failures_by_day(times: &[Instant]) -> BTreeMap<String, u64> {
    let mut failures = BTreeMap::new();
    for time in times {
        *failures.entry(time.day()).or_default() += 1;
    }
    failures
}

fn owned(text: &Option<Arc<str>>) -> Option<String> {
    text.as_deref().map(str::to_string)
}

fn job<'f>(record: &MergedRecord, folders: &'f Folders<'_>) -> Option<&'f JobFact> {
    folders.digest.jobs.get(&record.job?)
}

/// The process of a record, otherwise of its job.
pub fn process(record: &MergedRecord, folders: &Folders<'_>) -> Option<String> {
    owned(&record.hit.process).or_else(|| job(record, folders)?.process.clone())
}

fn counts(group: &IncidentGroup) -> Counts {
    let jobs: BTreeSet<Guid> =
        group.failures.iter().flat_map(|f| &f.records).filter_map(|r| r.job).collect();
    let records: usize = group.failures.iter().map(|f| f.records.len()).sum();
    Counts {
        occurrences: group.failures.len() as u64,
        records: (records + group.replies.len()) as u64,
        jobs: jobs.len() as u64,
        recovered: group.failures.iter().filter(|f| f.recovered).count() as u64,
    }
}

/// Names with the number of their distinct jobs, most jobs first.
fn jobs_by_name<'r>(
    records: impl Iterator<Item = &'r MergedRecord>,
    name: impl Fn(&MergedRecord) -> Option<String>,
) -> Vec<NamedJobs> {
    let mut jobs: BTreeMap<String, BTreeSet<Guid>> = BTreeMap::new();
    for record in records {
        if let Some(name) = name(record) {
            jobs.entry(name).or_default().extend(record.job);
        }
    }
    named_jobs(jobs)
}

/// Activities with the number of their distinct jobs, most jobs first.
fn activities(group: &IncidentGroup) -> Vec<NamedJobs> {
    let mut jobs: BTreeMap<String, BTreeSet<Guid>> = BTreeMap::new();
    for failure in &group.failures {
        if let Some(activity) = &failure.evidence.activity {
            jobs.entry(activity.clone()).or_default().extend(failure.primary().job);
        }
    }
    named_jobs(jobs)
}

fn named_jobs(jobs: BTreeMap<String, BTreeSet<Guid>>) -> Vec<NamedJobs> {
    let mut named: Vec<NamedJobs> =
        jobs.into_iter().map(|(name, jobs)| NamedJobs { name, jobs: jobs.len() as u64 }).collect();
    named.sort_by(|a, b| b.jobs.cmp(&a.jobs).then_with(|| a.name.cmp(&b.name)));
    named
}

fn job_folders(group: &IncidentGroup) -> Vec<JobFolder> {
    let mut jobs: BTreeMap<JobFolder, BTreeSet<Guid>> = BTreeMap::new();
    for (failure, folder) in group.failures.iter().zip(&group.job_folders) {
        let known = folder.id.is_some() || folder.key.is_some() || folder.path.is_some();
        if known {
            jobs.entry(folder.clone()).or_default().extend(failure.primary().job);
        }
    }
    // A folder stated by a record and by a job is one folder and shows the better source.
    let mut merged: Vec<(JobFolder, BTreeSet<Guid>)> = Vec::new();
    for (folder, keys) in jobs {
        let existing = merged.iter_mut().find(|(known, _)| {
            (known.key.is_some() && known.key == folder.key)
                || (known.key, known.id, &known.path) == (folder.key, folder.id, &folder.path)
        });
        match existing {
            Some((known, known_keys)) => {
                known.id = known.id.or(folder.id);
                known.path = known.path.take().or(folder.path);
                known.source = known.source.min(folder.source);
                known_keys.extend(keys);
            }
            None => merged.push((folder, keys)),
        }
    }
    let mut folders: Vec<JobFolder> = merged
        .into_iter()
        .map(|(folder, keys)| JobFolder { jobs: keys.len() as u64, ..folder })
        .collect();
    folders.sort_by(|a, b| job_folder_order(a).cmp(&job_folder_order(b)));
    folders
}

/// FailureEvidence of an incident: its first record, its last, and one between them that differs from the
/// first in witness or headline.
pub fn samples<'r>(
    records: impl Iterator<Item = &'r MergedRecord>,
    folders: &Folders<'_>,
) -> Vec<Sample> {
    let mut all: Vec<&MergedRecord> = records.collect();
    let order = |r: &&MergedRecord| (r.time().is_none(), r.time(), r.key);
    all.sort_by_key(order);
    let mut chosen: Vec<&MergedRecord> = Vec::new();
    let ends = all.first().into_iter().chain(all.last());
    let others = all.iter().filter(|r| {
        all.first()
            .is_some_and(|f| f.hit.witness != r.hit.witness || f.hit.headline != r.hit.headline)
    });
    for record in ends.chain(others) {
        // Equal rows of one source have one stored location, so one of them represents all.
        let is_equal = |c: &&MergedRecord| c.key.0 == record.key.0;
        if chosen.len() < SAMPLES && !chosen.iter().any(is_equal) {
            chosen.push(record);
        }
    }
    chosen.sort_by_key(order);
    chosen.into_iter().map(|record| sample(record, process(record, folders))).collect()
}

pub fn sample(record: &MergedRecord, process: Option<String>) -> Sample {
    // The location of the text itself, not of a copy in another form.
    let of_text = record.locations.iter().find(|(source, _)| record.hit.locations.contains(source));
    let (source, location) = of_text
        .or_else(|| record.locations.iter().next())
        .map(|(source, location)| (source.to_string(), location.location))
        .unwrap_or_default();
    Sample {
        time: record.time(),
        level: record.hit.level.map(|level| level.as_str().to_string()),
        message: record.hit.text.to_string(),
        source,
        line: location.line,
        record: location.record,
        offset: location.offset,
        job_key: record.job,
        process,
    }
}

fn occurrence_rows(
    group: &IncidentGroup,
    incident: &Incident,
    folders: &Folders<'_>,
) -> Vec<Occurrence> {
    let failures = group.failures.iter().zip(&group.job_folders);
    failures.map(|(failure, folder)| occurrence_row(failure, folder, incident, folders)).collect()
}

fn occurrence_row(
    failure: &OccurrenceGroup,
    folder: &JobFolder,
    incident: &Incident,
    folders: &Folders<'_>,
) -> Occurrence {
    let primary = failure.primary();
    let sample = sample(primary, process(primary, folders));
    let witnesses: BTreeSet<&str> =
        failure.records.iter().flat_map(|r| r.witnesses().map(|w| w.as_str())).collect();
    let codes: BTreeSet<String> =
        failure.records.iter().flat_map(|r| r.details.codes.iter().cloned()).collect();
    let first = |value: fn(&MergedRecord) -> Option<String>| failure.records.iter().find_map(value);
    Occurrence {
        incident_id: incident.id.clone(),
        time: failure.time(),
        time_quality: primary.hit.time.map_or("", |time| time.quality.as_str()).to_string(),
        job_key: primary.job,
        job_state: job(primary, folders).and_then(|job| Some(job.state.clone()?.1)),
        process: sample.process,
        process_version: first(|r| owned(&r.hit.process_version)),
        activity: failure.evidence.activity.clone(),
        workflow_file: first(|r| r.details.workflow.clone()),
        robot: first(|r| owned(&r.hit.robot)),
        machine: first(|r| owned(&r.hit.machine)),
        job_folder: folder
            .path
            .clone()
            .or_else(|| folder.key.map(|key| key.to_string()))
            .or_else(|| folder.id.map(|id| id.to_string())),
        connection_id: failure.evidence.connection,
        codes: codes.into_iter().collect(),
        provider_status: primary.details.provider_status,
        request_id: first(|r| r.details.request_id.clone()),
        level: sample.level,
        witnesses: witnesses.into_iter().map(str::to_string).collect(),
        source: sample.source,
        line: sample.line,
        offset: sample.offset,
        message: sample.message,
        attribution: Some(failure.attribution),
    }
}
