//! Occurrences become incidents: all that share signature, connection and folder.

use crate::correlate::distinct::majority;
use crate::correlate::explain::{remediation, triage, why};
use crate::correlate::grouping::folders::{Folders, better};
use crate::correlate::grouping::occurrences::Occurrences;
use crate::correlate::occurrence::OccurrenceGroup;
use crate::correlate::record::MergedRecord;
use crate::model::Signature;
use crate::model::{
    ConnectionFolder, ConnectionRef, Counts, Incident, JobFolder, Lang, NamedJobs, Occurrence,
    Sample, SignatureRef, Why,
};
use crate::model::{Guid, Instant, Surface};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use xxhash_rust::xxh3::xxh3_128;

/// Records shown as evidence.
const SAMPLES: usize = 3;

/// Letters of ids: no `I`, `L`, `O`, `U`, which are misread.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What is gathered for one incident.
struct IncidentGroup {
    identity: String,
    failures: Vec<OccurrenceGroup>,
    replies: Vec<MergedRecord>,
    connection: ConnectionRef,
    connection_folder: ConnectionFolder,
    job_folders: Vec<JobFolder>,
}

/// Groups failures; returns incidents in the order of the report and every occurrence.
pub fn incidents(
    occurrences: Occurrences,
    catalogue: &BTreeMap<&str, &Signature>,
    folders: &Folders<'_>,
    lang: Lang,
) -> (Vec<Incident>, Vec<Occurrence>) {
    let groups = group(occurrences, folders);
    let ids = ids(&groups);
    let mut incidents = Vec::new();
    let mut rows = Vec::new();
    for group in groups {
        let Some(signature) = catalogue.get(signature_of(&group)) else { continue };
        let id = ids.get(&group.identity).cloned().unwrap_or_default();
        let incident = incident(&group, &id, signature, folders, lang);
        rows.extend(occurrence_rows(&group, &incident, folders));
        incidents.push(incident);
    }
    incidents.sort_by(|a, b| in_report(a).cmp(&in_report(b)));
    rows.sort_by(|a, b| in_table(a).cmp(&in_table(b)));
    (incidents, rows)
}

/// What the order of incidents follows.
fn in_report(incident: &Incident) -> impl Ord + use<'_> {
    (Reverse((incident.counts.jobs, incident.counts.occurrences)), &incident.id)
}

/// What the order of occurrences follows.
fn in_table(row: &Occurrence) -> impl Ord + use<'_> {
    (&row.incident_id, row.time, row.job_key, &row.source, row.offset)
}

/// What the order of an incident's job folders follows.
fn among_folders(folder: &JobFolder) -> impl Ord + use<'_> {
    (Reverse(folder.jobs), &folder.path, folder.id, folder.key)
}

fn signature_of(group: &IncidentGroup) -> &str {
    &group.failures[0].lead().reading.signature
}

fn group(occurrences: Occurrences, folders: &Folders<'_>) -> Vec<IncidentGroup> {
    let mut groups: BTreeMap<String, IncidentGroup> = BTreeMap::new();
    for failure in occurrences.failures {
        add(&mut groups, failure, folders);
    }
    // A reply is a witness where the incident is known, and a failure of its own where not.
    for reply in occurrences.replies {
        let key = identity(&reply, None);
        match groups.get_mut(&key).filter(|_| reply.reading.connection.is_some()) {
            Some(group) => group.replies.push(reply),
            None => {
                let failure =
                    OccurrenceGroup { records: vec![reply], recovered: false, gathered: false };
                add(&mut groups, failure, folders);
            }
        }
    }
    groups.into_values().collect()
}

fn add(
    groups: &mut BTreeMap<String, IncidentGroup>,
    failure: OccurrenceGroup,
    folders: &Folders<'_>,
) {
    let job_folder = folders.job_folder(&failure);
    let identity = if failure.gathered {
        format!("{}|gathered", failure.lead().reading.signature)
    } else {
        identity(failure.lead(), Some(&job_folder))
    };
    let connection = folders.connection(&failure);
    let place = folders.connection_folder(&failure);
    match groups.get_mut(&identity) {
        Some(group) => {
            group.connection = better(group.connection.clone(), connection);
            if rank(&place) < rank(&group.connection_folder) {
                group.connection_folder = place;
            }
            group.failures.push(failure);
            group.job_folders.push(job_folder);
        }
        None => {
            groups.insert(
                identity.clone(),
                IncidentGroup {
                    identity,
                    failures: vec![failure],
                    replies: Vec::new(),
                    connection,
                    connection_folder: place,
                    job_folders: vec![job_folder],
                },
            );
        }
    }
}

fn rank(folder: &ConnectionFolder) -> (usize, bool, ConnectionFolder) {
    let sources = ["message", "inventory", "job-binding", "unknown"];
    let at = sources.iter().position(|s| *s == folder.source).unwrap_or(sources.len());
    (at, folder.path.is_none(), folder.clone())
}

/// What makes an incident itself: never a path, line, time, text or display name of a connection.
fn identity(record: &MergedRecord, job_folder: Option<&JobFolder>) -> String {
    let reading = &record.reading;
    let signature = &reading.signature;
    if let Some(connection) = reading.connection {
        return format!("{signature}|connection|{connection}");
    }
    if let Some(folder) = reading.connection_folder {
        return format!("{signature}|connection-folder|{folder}");
    }
    let folder = job_folder.map_or(String::new(), |folder| match (folder.key, folder.id) {
        (Some(key), _) => key.to_string(),
        (None, Some(id)) => id.to_string(),
        (None, None) => folder.path.clone().unwrap_or_default(),
    });
    let process = record.hit.process.as_deref().unwrap_or_default();
    let activity = reading.activity.as_deref().unwrap_or_default();
    format!("{signature}|step|{process}|{activity}|{folder}")
}

/// Short ids; two incidents of one report that would share one get longer ones.
fn ids(groups: &[IncidentGroup]) -> BTreeMap<String, String> {
    let short = |identity: &str, letters: usize| {
        let mut hash = xxh3_128(identity.as_bytes());
        let mut id = String::from("FL-");
        for _ in 0..letters {
            id.push(char::from(LETTERS[(hash & 31) as usize]));
            hash >>= 5;
        }
        id
    };
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for group in groups {
        *taken.entry(short(&group.identity, 6)).or_default() += 1;
    }
    groups
        .iter()
        .map(|group| {
            let id = short(&group.identity, 6);
            let unique = taken.get(&id) == Some(&1);
            let id = if unique { id } else { short(&group.identity, 12) };
            (group.identity.clone(), id)
        })
        .collect()
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
        majority(records.iter().map(|r| r.reading.category)).unwrap_or(signature.category);
    let codes: BTreeSet<String> =
        records.iter().flat_map(|r| r.reading.codes.iter().cloned()).collect();
    let times: Vec<Instant> = group.failures.iter().filter_map(OccurrenceGroup::at).collect();
    let mut by_day: BTreeMap<String, u64> = BTreeMap::new();
    for at in &times {
        *by_day.entry(at.day()).or_default() += 1;
    }
    let counts = counts(group);
    let only_replies = group.failures.iter().all(|f| !f.records.iter().any(in_a_job));
    let named = |name: fn(&MergedRecord, &Folders<'_>) -> Option<String>| {
        by_jobs(group.failures.iter().flat_map(|f| &f.records), |r| name(r, folders))
    };
    Incident {
        id: id.to_string(),
        fingerprint: format!("fp1:{:032x}", xxh3_128(group.identity.as_bytes())),
        signature: SignatureRef {
            id: signature.id.clone(),
            title: signature.title.get(lang).to_string(),
            confidence: signature.confidence,
        },
        category,
        severity: triage::severity(&group.failures, signature, category),
        owner: triage::owner(signature, category),
        surface: if only_replies { Surface::Admin } else { signature.surface },
        codes: codes.into_iter().collect(),
        provider_status: one_status(&records),
        cause: majority(records.iter().filter_map(|r| r.reading.cause.clone())),
        state: "new".to_string(),
        connection: group.connection.clone(),
        connection_folder: group.connection_folder.clone(),
        job_folders: job_folders(group),
        counts,
        first_seen: times.iter().min().copied(),
        last_seen: times.iter().max().copied(),
        by_day,
        processes: named(process),
        activities: named(|r, _| r.reading.activity.clone()),
        machines: named(|r, f| {
            r.hit.machine.as_deref().map(str::to_string).or_else(|| job(r, f)?.machine.clone())
        }),
        robots: named(|r, f| {
            r.hit.robot.as_deref().map(str::to_string).or_else(|| job(r, f)?.robot.clone())
        }),
        remediation: remediation::remedy(signature, &records, lang),
        why: Why {
            matched: why::matched(group.failures[0].lead(), lang),
            grouped: why::together(signature, &group.connection, &group.connection_folder, lang),
        },
        samples: samples(records.iter().copied(), folders),
        history: None,
    }
}

fn in_a_job(record: &MergedRecord) -> bool {
    record.hit.witness != crate::model::Witness::Reply
}

fn job<'f>(record: &MergedRecord, folders: &'f Folders<'_>) -> Option<&'f crate::model::JobFact> {
    folders.digest.jobs.get(&record.job?)
}

/// The process a record tells of, its own or its job's.
pub fn process(record: &MergedRecord, folders: &Folders<'_>) -> Option<String> {
    let own = record.hit.process.as_deref().map(str::to_string);
    own.or_else(|| job(record, folders)?.process.clone())
}

fn counts(group: &IncidentGroup) -> Counts {
    let jobs: BTreeSet<Guid> =
        group.failures.iter().flat_map(|f| &f.records).filter_map(|r| r.job).collect();
    let told: usize = group.failures.iter().map(|f| f.records.len()).sum();
    Counts {
        occurrences: group.failures.len() as u64,
        records: (told + group.replies.len()) as u64,
        jobs: jobs.len() as u64,
        recovered: group.failures.iter().filter(|f| f.recovered).count() as u64,
    }
}

fn one_status(records: &[&MergedRecord]) -> Option<u16> {
    crate::correlate::naming::names::one(records.iter().filter_map(|r| r.reading.provider_status))
}

/// Names with the distinct jobs behind them, most jobs first.
fn by_jobs<'r>(
    records: impl Iterator<Item = &'r MergedRecord>,
    name: impl Fn(&MergedRecord) -> Option<String>,
) -> Vec<NamedJobs> {
    let mut jobs: BTreeMap<String, BTreeSet<Guid>> = BTreeMap::new();
    for record in records {
        if let Some(name) = name(record) {
            jobs.entry(name).or_default().extend(record.job);
        }
    }
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
            jobs.entry(folder.clone()).or_default().extend(failure.lead().job);
        }
    }
    // The same folder told by a record and by a job is one folder; the better source is shown.
    let mut merged: Vec<(JobFolder, BTreeSet<Guid>)> = Vec::new();
    for (folder, keys) in jobs {
        let same = merged.iter_mut().find(|(known, _)| {
            (known.key.is_some() && known.key == folder.key)
                || (known.key, known.id, &known.path) == (folder.key, folder.id, &folder.path)
        });
        match same {
            Some((known, known_keys)) => {
                known.id = known.id.or(folder.id);
                known.path = known.path.take().or(folder.path);
                if known.source == "job" && folder.source == "record" {
                    known.source = folder.source;
                }
                known_keys.extend(keys);
            }
            None => merged.push((folder, keys)),
        }
    }
    let mut folders: Vec<JobFolder> = merged
        .into_iter()
        .map(|(folder, keys)| JobFolder { jobs: keys.len() as u64, ..folder })
        .collect();
    folders.sort_by(|a, b| among_folders(a).cmp(&among_folders(b)));
    folders
}

/// Evidence: the first record, the last, and one of another form or text between them.
pub fn samples<'r>(
    records: impl Iterator<Item = &'r MergedRecord>,
    folders: &Folders<'_>,
) -> Vec<Sample> {
    let mut all: Vec<&MergedRecord> = records.collect();
    all.sort_by_key(|r| (r.at().is_none(), r.at(), r.key));
    let mut chosen: Vec<&MergedRecord> = Vec::new();
    let ends = all.first().into_iter().chain(all.last());
    let others = all.iter().filter(|r| {
        all.first().is_some_and(|f| f.hit.witness != r.hit.witness || f.hit.core != r.hit.core)
    });
    for record in ends.chain(others) {
        // Equal rows of one source share the place that is kept of them: one shows all.
        let shown = |c: &&MergedRecord| c.key.0 == record.key.0;
        if chosen.len() < SAMPLES && !chosen.iter().any(shown) {
            chosen.push(record);
        }
    }
    chosen.sort_by_key(|r| (r.at().is_none(), r.at(), r.key));
    chosen.into_iter().map(|record| sample(record, process(record, folders))).collect()
}

/// One record as evidence.
pub fn sample(record: &MergedRecord, process: Option<String>) -> Sample {
    // Where the text shown stands, not where a copy in another form does.
    let own = record.places.iter().find(|(source, _)| record.hit.places.contains(source));
    let (source, location) = own
        .or_else(|| record.places.iter().next())
        .map(|(source, place)| (source.to_string(), place.location))
        .unwrap_or_default();
    Sample {
        time: record.at(),
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
    group
        .failures
        .iter()
        .zip(&group.job_folders)
        .map(|(failure, folder)| {
            let lead = failure.lead();
            let shown = sample(lead, process(lead, folders));
            let witnesses: BTreeSet<&str> =
                failure.records.iter().flat_map(|r| r.witnesses().map(|w| w.as_str())).collect();
            let codes: BTreeSet<String> =
                failure.records.iter().flat_map(|r| r.reading.codes.iter().cloned()).collect();
            let known = job(lead, folders);
            let find =
                |part: fn(&MergedRecord) -> Option<String>| failure.records.iter().find_map(part);
            Occurrence {
                incident_id: incident.id.clone(),
                time: failure.at(),
                time_quality: lead.hit.time.map_or("", |s| s.quality.as_str()).to_string(),
                job_key: lead.job,
                job_state: known.and_then(|j| j.state.clone()).map(|(_, state)| state),
                process: shown.process,
                process_version: find(|r| r.hit.process_version.as_deref().map(str::to_string)),
                activity: find(|r| r.reading.activity.clone()),
                workflow_file: find(|r| r.reading.workflow.clone()),
                robot: find(|r| r.hit.robot.as_deref().map(str::to_string)),
                machine: find(|r| r.hit.machine.as_deref().map(str::to_string)),
                job_folder: folder
                    .path
                    .clone()
                    .or_else(|| folder.key.map(|key| key.to_string()))
                    .or_else(|| folder.id.map(|id| id.to_string())),
                connection_id: lead.reading.connection,
                codes: codes.into_iter().collect(),
                provider_status: lead.reading.provider_status,
                request_id: find(|r| r.reading.request_id.clone()),
                level: shown.level,
                witnesses: witnesses.into_iter().map(str::to_string).collect(),
                source: shown.source,
                line: shown.line,
                offset: shown.offset,
                message: shown.message,
            }
        })
        .collect()
}
