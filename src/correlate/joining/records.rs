//! Rows that are copies of one record become one record. A record is counted once however often
//! it was exported; equal rows inside one source stay distinct unless they share a fingerprint.

use crate::correlate::record::MergedRecord;
use crate::model::cut;
use crate::model::{
    Attribution, Digest, Guid, HitLocation, HitLocations, MatchDetails, SourceKey, Witness,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
/// Times of one row differ by up to this between its forms.
const SAME_MICROS: u64 = 1_000_000;

/// Texts of one row may be cut; a shorter common part says nothing.
const CUT_MIN: usize = 60;

/// One record per row of the fullest source of each hit.
pub fn records(digest: &Digest) -> Vec<MergedRecord> {
    let mut records = Vec::with_capacity(digest.hits.len());
    let mut directories = Directories::default();
    for (key, hit) in &digest.hits {
        let rows = hit.places.iter().map(|(_, place)| place.count).max().unwrap_or(1);
        for nth in 0..rows {
            let places: HitLocations = hit
                .places
                .iter()
                .filter(|(_, place)| place.count > nth)
                .map(|(source, place)| (source.clone(), HitLocation { count: 1, ..*place }))
                .collect();
            let exact = hit.reading.connection.is_some();
            records.push(MergedRecord {
                hit: Arc::clone(hit),
                key: (*key, u32::try_from(nth).unwrap_or(u32::MAX)),
                reading: hit.reading.clone(),
                job: hit.job,
                also: Vec::new(),
                directories: directories.of(&places),
                places,
                attribution: if exact { Attribution::Exact } else { Attribution::Unattributed },
                candidates: Vec::new(),
            });
        }
    }
    records.sort_by_cached_key(|record| (record.at(), record.key));
    records
}

/// Directories of sources, each made once.
#[derive(Default)]
struct Directories(BTreeMap<SourceKey, Arc<[String]>>);

impl Directories {
    fn of(&mut self, places: &HitLocations) -> Arc<[String]> {
        let mut sources = places.sources();
        match (sources.next(), sources.next()) {
            (Some(one), None) => match self.0.get(one) {
                Some(known) => Arc::clone(known),
                None => {
                    let made: Arc<[String]> = [one.directory()].into();
                    self.0.insert(one.clone(), Arc::clone(&made));
                    made
                }
            },
            _ => {
                let all: BTreeSet<String> = places.sources().map(SourceKey::directory).collect();
                all.into_iter().collect()
            }
        }
    }
}

/// Folds copies into one record each.
pub fn fold_copies(records: &mut Vec<MergedRecord>) {
    let mut kept: Vec<MergedRecord> = Vec::with_capacity(records.len());
    let mut fingerprints: BTreeMap<Guid, usize> = BTreeMap::new();
    let mut infos: BTreeMap<(Guid, String), usize> = BTreeMap::new();
    // Rows with a job first: a row without one is a copy of theirs, never the other way round.
    let without: Vec<MergedRecord> =
        records.extract_if(.., |record| record.job.is_none()).collect();
    let mut recent: BTreeMap<Guid, Vec<usize>> = BTreeMap::new();
    for record in std::mem::take(records) {
        let slot = match (record.hit.witness, record.job) {
            (Witness::Info, Some(job)) => {
                infos.get(&(job, record.reading.signature.to_string())).copied()
            }
            (witness, Some(job)) if witness.is_log() => record
                .hit
                .fingerprint
                .and_then(|f| fingerprints.get(&f).copied())
                .or_else(|| copy_of(&record, recent.get(&job).map_or(&[][..], |v| v), &kept)),
            _ => None,
        };
        match slot {
            Some(at) => absorb(&mut kept[at], record),
            None => {
                let at = kept.len();
                if let Some(job) = record.job {
                    recent.entry(job).or_default().push(at);
                    if record.hit.witness == Witness::Info {
                        infos.insert((job, record.reading.signature.to_string()), at);
                    }
                }
                if let Some(fingerprint) = record.hit.fingerprint {
                    fingerprints.insert(fingerprint, at);
                }
                kept.push(record);
            }
        }
    }
    fold_jobless(without, &mut kept, &mut fingerprints);
    kept.sort_by_cached_key(|record| (record.at(), record.key));
    *records = kept;
}

/// A row without a job is a copy of the row with the same process, host, level and message within
/// a second, if the rows of exactly one job fit. A client's rows name neither process nor host.
fn fold_jobless(
    rows: Vec<MergedRecord>,
    kept: &mut Vec<MergedRecord>,
    fingerprints: &mut BTreeMap<Guid, usize>,
) {
    if rows.is_empty() {
        return;
    }
    let mut by_text: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, record) in kept.iter().enumerate() {
        by_text.entry(beginning(record)).or_default().push(at);
    }
    for record in rows {
        let near = by_text.get(&beginning(&record)).map_or(&[][..], Vec::as_slice);
        let known = record.hit.fingerprint.and_then(|f| fingerprints.get(&f).copied());
        match known.or_else(|| copy_of_one_job(&record, near, kept)) {
            Some(at) => absorb(&mut kept[at], record),
            None => {
                let at = kept.len();
                by_text.entry(beginning(&record)).or_default().push(at);
                if let Some(fingerprint) = record.hit.fingerprint {
                    fingerprints.insert(fingerprint, at);
                }
                kept.push(record);
            }
        }
    }
}

/// Texts of one row are looked up by their beginning, because one of them may be cut.
fn beginning(record: &MergedRecord) -> String {
    cut(&record.hit.core, CUT_MIN).to_string()
}

fn copy_of_one_job(record: &MergedRecord, near: &[usize], kept: &[MergedRecord]) -> Option<usize> {
    let fits = |at: &&usize| {
        let other = &kept[**at];
        record.hit.witness.is_log()
            && may_be_copies(record, other)
            && compatible(&record.hit.process, &other.hit.process)
            && compatible(&record.hit.machine, &other.hit.machine)
    };
    let fitting: Vec<usize> = near.iter().filter(fits).copied().collect();
    let job = kept[*fitting.first()?].job;
    // Rows of several jobs fit equally well: no one can say whose copy it is.
    let one_job = fitting.iter().all(|at| kept[*at].job == job);
    fitting.into_iter().filter(|_| one_job).min_by_key(|at| {
        let other = &kept[*at];
        (record.at().zip(other.at()).map(|(x, y)| x.distance(y)), other.key)
    })
}

/// The nearest record among `at` of which this one is a copy in another source.
fn copy_of(record: &MergedRecord, among: &[usize], kept: &[MergedRecord]) -> Option<usize> {
    among
        .iter()
        .rev()
        .copied()
        .take_while(|at| {
            // Records come in order of time, so older ones only get further away.
            match (record.at(), kept[*at].at()) {
                (Some(mine), Some(other)) => mine.distance(other) <= SAME_MICROS,
                _ => true,
            }
        })
        .filter(|at| may_be_copies(record, &kept[*at]))
        .min_by_key(|at| {
            let distance = match (record.at(), kept[*at].at()) {
                (Some(mine), Some(other)) => mine.distance(other),
                _ => 0,
            };
            (distance, kept[*at].key)
        })
}

/// Same level and text, within a second, and never two rows of one source.
fn may_be_copies(a: &MergedRecord, b: &MergedRecord) -> bool {
    let near = match (a.at(), b.at()) {
        (Some(x), Some(y)) => x.distance(y) <= SAME_MICROS,
        (None, None) => true,
        _ => false,
    };
    near && b.hit.witness.is_log()
        && a.hit.level == b.hit.level
        && !(a.hit.fingerprint.is_some()
            && b.hit.fingerprint.is_some()
            && a.hit.fingerprint != b.hit.fingerprint)
        && same_text(&a.hit.core, &b.hit.core)
        && !a.places.sources().any(|source| b.places.contains(source))
}

/// Equal, or one is the other cut.
pub fn same_text(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    short == long || short.len() >= CUT_MIN && long.starts_with(short.trim_end_matches(['.', '…']))
}

/// True when a log line's headline is the job's text, perhaps behind `<activity>: `.
pub fn is_same_text(log: &str, info: &str) -> bool {
    if same_text(log, info) {
        return true;
    }
    log.match_indices(": ").take(6).any(|(at, _)| same_text(&log[at + 2..], info))
}

fn compatible(a: &Option<Arc<str>>, b: &Option<Arc<str>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        _ => true,
    }
}

/// Adds a copy: its places, its form, and what only it says.
fn absorb(into: &mut MergedRecord, mut copy: MergedRecord) {
    // The robot's own line tells most and is told first, whichever came first.
    if (copy.hit.witness, copy.key) < (into.hit.witness, into.key) {
        std::mem::swap(into, &mut copy);
    }
    let hit = Arc::make_mut(&mut into.hit);
    into.job = into.job.or(copy.job);
    fn fill<T: Clone>(mine: &mut Option<T>, theirs: &Option<T>) {
        if mine.is_none() {
            mine.clone_from(theirs);
        }
    }
    fill(&mut hit.time, &copy.hit.time);
    fill(&mut hit.process, &copy.hit.process);
    fill(&mut hit.process_version, &copy.hit.process_version);
    fill(&mut hit.robot, &copy.hit.robot);
    fill(&mut hit.machine, &copy.hit.machine);
    fill(&mut hit.fingerprint, &copy.hit.fingerprint);
    fill(&mut hit.folder.id, &copy.hit.folder.id);
    fill(&mut hit.folder.key, &copy.hit.folder.key);
    fill(&mut hit.folder.path, &copy.hit.folder.path);
    into.also.push(copy.hit.witness);
    into.also.append(&mut copy.also);
    for (source, place) in copy.places {
        into.places.add(&source, place);
    }
    into.add_directories(&copy.directories);
    if copy.reading.rank > into.reading.rank {
        adopt(into.details_mut(), &copy.reading);
    } else {
        let own = into.reading.clone();
        let mut better = copy.reading;
        adopt(Arc::make_mut(&mut better), &own);
        into.reading = better;
    }
}

/// Takes over a better reading and keeps what only this one knows.
pub fn adopt(mine: &mut MatchDetails, better: &MatchDetails) {
    let own = std::mem::replace(mine, better.clone());
    fn keep<T>(mine: &mut Option<T>, own: Option<T>) {
        if mine.is_none() {
            *mine = own;
        }
    }
    mine.codes.extend(own.codes);
    mine.codes.sort();
    mine.codes.dedup();
    keep(&mut mine.provider_status, own.provider_status);
    keep(&mut mine.connection, own.connection);
    keep(&mut mine.connection_folder, own.connection_folder);
    keep(&mut mine.connector, own.connector);
    keep(&mut mine.host, own.host);
    keep(&mut mine.request_id, own.request_id);
    keep(&mut mine.activity, own.activity);
    keep(&mut mine.activity_class, own.activity_class);
    keep(&mut mine.workflow, own.workflow);
    for (name, value) in own.named {
        mine.named.entry(name).or_insert(value);
    }
    mine.in_context |= own.in_context;
}
