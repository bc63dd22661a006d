//! Merges records that are copies of one row, so that a row counts once however often it was
//! exported. Two rows of one source are never copies unless they share a fingerprint. Also decides
//! when two texts are the same, which `jobs` and `agreement` ask too.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::correlate::record::MergedRecord;
use crate::model::{Guid, MatchDetails, Witness, cut};

/// Times of one row differ by at most this between its forms.
const SAME_ROW_MICROS: u64 = 1_000_000;

/// Bytes that two texts must have in common when one of them is cut; less proves nothing.
const CUT_MIN: usize = 60;

/// `<activity>: ` prefixes that are skipped to find a text; activities are not nested more deeply.
const PREFIXES: usize = 6;

/// Merges the copies; the records stay in order of time and key.
pub fn fold_copies(records: &mut Vec<MergedRecord>) {
    let mut merged: Vec<MergedRecord> = Vec::with_capacity(records.len());
    let mut by_fingerprint: BTreeMap<Guid, usize> = BTreeMap::new();
    let mut infos: BTreeMap<(Guid, Arc<str>), usize> = BTreeMap::new();
    // Rows with a job come first: a row without one is a copy of them, never the reverse.
    let jobless: Vec<MergedRecord> =
        records.extract_if(.., |record| record.job.is_none()).collect();
    let mut by_job: BTreeMap<Guid, Vec<usize>> = BTreeMap::new();
    for record in std::mem::take(records) {
        let original = match (record.hit.witness, record.job) {
            (Witness::Info, Some(job)) => {
                infos.get(&(job, Arc::clone(&record.details.signature))).copied()
            }
            (witness, Some(job)) if witness.is_log() => {
                by_known_fingerprint(&record, &by_fingerprint).or_else(|| {
                    let rows = by_job.get(&job).map_or(&[][..], Vec::as_slice);
                    nearest_original(&record, rows, &merged)
                })
            }
            _ => None,
        };
        match original {
            Some(index) => merge_copy(&mut merged[index], record),
            None => {
                let index = merged.len();
                if let Some(job) = record.job {
                    by_job.entry(job).or_default().push(index);
                    if record.hit.witness == Witness::Info {
                        infos.insert((job, Arc::clone(&record.details.signature)), index);
                    }
                }
                if let Some(fingerprint) = record.hit.fingerprint {
                    by_fingerprint.insert(fingerprint, index);
                }
                merged.push(record);
            }
        }
    }
    fold_jobless(jobless, &mut merged, &mut by_fingerprint);
    merged.sort_by_cached_key(|record| (record.time(), record.key));
    *records = merged;
}

/// Merges rows without a job. Such a row is a copy of the row with the same process, host, level
/// and message within a second, if only rows of one job fit. The rows of a client name neither
/// process nor host.
fn fold_jobless(
    rows: Vec<MergedRecord>,
    merged: &mut Vec<MergedRecord>,
    by_fingerprint: &mut BTreeMap<Guid, usize>,
) {
    if rows.is_empty() {
        return;
    }
    let mut by_text: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, record) in merged.iter().enumerate() {
        by_text.entry(text_key(&record.hit.headline)).or_default().push(index);
    }
    for record in rows {
        let similar = by_text.entry(text_key(&record.hit.headline)).or_default();
        let original = by_known_fingerprint(&record, by_fingerprint)
            .or_else(|| original_of_one_job(&record, similar, merged));
        match original {
            Some(index) => merge_copy(&mut merged[index], record),
            None => {
                let index = merged.len();
                similar.push(index);
                if let Some(fingerprint) = record.hit.fingerprint {
                    by_fingerprint.insert(fingerprint, index);
                }
                merged.push(record);
            }
        }
    }
}

/// The beginning of a text, by which rows are indexed: the forms of one row agree in it, even if
/// one of them is cut.
pub fn text_key(text: &str) -> String {
    cut(text, CUT_MIN).to_string()
}

fn by_known_fingerprint(
    record: &MergedRecord,
    by_fingerprint: &BTreeMap<Guid, usize>,
) -> Option<usize> {
    by_fingerprint.get(&record.hit.fingerprint?).copied()
}

/// The record among `similar` nearest in time of which this row is a copy; `None` where records of
/// several jobs fit.
fn original_of_one_job(
    record: &MergedRecord,
    similar: &[usize],
    merged: &[MergedRecord],
) -> Option<usize> {
    let fits = |index: &usize| {
        let other = &merged[*index];
        record.hit.witness.is_log()
            && can_be_copies(record, other)
            && is_compatible(&record.hit.process, &other.hit.process)
            && is_compatible(&record.hit.machine, &other.hit.machine)
    };
    let fitting: Vec<usize> = similar.iter().copied().filter(fits).collect();
    let job = merged[*fitting.first()?].job;
    if fitting.iter().any(|index| merged[*index].job != job) {
        return None;
    }
    fitting.into_iter().min_by_key(|index| {
        let other = &merged[*index];
        (record.time().zip(other.time()).map(|(x, y)| x.distance(y)), other.key)
    })
}

/// The record among `rows` nearest in time of which this row is a copy in another source. Rows are
/// in order of time.
fn nearest_original(
    record: &MergedRecord,
    rows: &[usize],
    merged: &[MergedRecord],
) -> Option<usize> {
    let distance = |index: usize| match (record.time(), merged[index].time()) {
        (Some(own), Some(other)) => own.distance(other),
        _ => 0,
    };
    rows.iter()
        .rev()
        .copied()
        // All rows before one that is too early are too early as well.
        .take_while(|index| distance(*index) <= SAME_ROW_MICROS)
        .filter(|index| can_be_copies(record, &merged[*index]))
        .min_by_key(|index| (distance(*index), merged[*index].key))
}

/// True for two rows of different sources with the same level and text within a second.
fn can_be_copies(a: &MergedRecord, b: &MergedRecord) -> bool {
    let same_time = match (a.time(), b.time()) {
        (Some(x), Some(y)) => x.distance(y) <= SAME_ROW_MICROS,
        (None, None) => true,
        _ => false,
    };
    same_time
        && b.hit.witness.is_log()
        && a.hit.level == b.hit.level
        && !(a.hit.fingerprint.is_some()
            && b.hit.fingerprint.is_some()
            && a.hit.fingerprint != b.hit.fingerprint)
        && is_equal_or_cut(&a.hit.headline, &b.hit.headline)
        && !a.locations.sources().any(|source| b.locations.contains(source))
}

fn is_equal_or_cut(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    short == long || short.len() >= CUT_MIN && long.starts_with(short.trim_end_matches(['.', '…']))
}

/// True when the headline of a log row is the text of a job, with or without `<activity>: ` before
/// it.
pub fn is_same_text(log: &str, info: &str) -> bool {
    text_starts(log).any(|start| is_equal_or_cut(&log[start..], info))
}

/// Where the text of a log row may start: at its beginning, or after an `<activity>: `.
pub fn text_starts(log: &str) -> impl Iterator<Item = usize> {
    const SEPARATOR: &str = ": ";
    let separators = log.match_indices(SEPARATOR).take(PREFIXES);
    std::iter::once(0).chain(separators.map(|(start, _)| start + SEPARATOR.len()))
}

/// True unless both sides are known and differ.
fn is_compatible(a: &Option<Arc<str>>, b: &Option<Arc<str>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        _ => true,
    }
}

/// Adds a copy to a record: its locations, its witness, and what only the copy contains.
fn merge_copy(into: &mut MergedRecord, mut copy: MergedRecord) {
    // The best witness gives the text, whichever of the two came first.
    if (copy.hit.witness, copy.key) < (into.hit.witness, into.key) {
        std::mem::swap(into, &mut copy);
    }
    let hit = Arc::make_mut(&mut into.hit);
    into.job = into.job.or(copy.job);
    fill(&mut hit.time, &copy.hit.time);
    fill(&mut hit.process, &copy.hit.process);
    fill(&mut hit.process_version, &copy.hit.process_version);
    fill(&mut hit.robot, &copy.hit.robot);
    fill(&mut hit.machine, &copy.hit.machine);
    fill(&mut hit.fingerprint, &copy.hit.fingerprint);
    fill(&mut hit.folder.id, &copy.hit.folder.id);
    fill(&mut hit.folder.key, &copy.hit.folder.key);
    fill(&mut hit.folder.path, &copy.hit.folder.path);
    into.other_witnesses.push(copy.hit.witness);
    into.other_witnesses.append(&mut copy.other_witnesses);
    for (source, location) in copy.locations {
        into.locations.add(&source, location);
    }
    into.add_directories(&copy.directories);
    if copy.details.rank > into.details.rank {
        adopt_details(into.details_mut(), &copy.details);
    } else {
        adopt_details(Arc::make_mut(&mut copy.details), &into.details);
        into.details = copy.details;
    }
}

/// Replaces details by better ones and retains what only the replaced ones contain.
pub fn adopt_details(details: &mut MatchDetails, better: &MatchDetails) {
    let replaced = std::mem::replace(details, better.clone());
    details.codes.extend(replaced.codes);
    details.codes.sort();
    details.codes.dedup();
    fill(&mut details.provider_status, &replaced.provider_status);
    fill(&mut details.connection, &replaced.connection);
    fill(&mut details.connection_folder, &replaced.connection_folder);
    fill(&mut details.connector, &replaced.connector);
    fill(&mut details.host, &replaced.host);
    fill(&mut details.request_id, &replaced.request_id);
    fill(&mut details.activity, &replaced.activity);
    fill(&mut details.activity_class, &replaced.activity_class);
    fill(&mut details.workflow, &replaced.workflow);
    for (name, value) in replaced.named {
        details.named.entry(name).or_insert(value);
    }
    details.in_context |= replaced.in_context;
}

fn fill<T: Clone>(value: &mut Option<T>, other: &Option<T>) {
    if value.is_none() {
        value.clone_from(other);
    }
}
