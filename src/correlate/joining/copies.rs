//! Merges records that are copies of one row, so that a row counts once however often it was
//! exported. Two rows of one source are never copies unless they share a fingerprint; across sources
//! a row counts as often as in the source that holds it most often. Each step takes the rows in
//! order of time and only moves forward, so that its cost grows with their number.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::correlate::joining::compatible::{
    FieldsKey, Mask, Numbering, PartialFields, known, lookup_keys, storage_key,
};
use crate::correlate::joining::same_text::TextMap;
use crate::correlate::record::MergedRecord;
use crate::model::{Guid, Instant, LogLevel, MatchDetails, SourceKey, Witness};

/// Times of one row differ by at most this between its forms.
const SAME_ROW_MICROS: u64 = 1_000_000;

/// Process and host.
const FIELDS: usize = 2;

/// Merges the copies; the records are in order of time and key before and after.
pub fn fold_copies(records: &mut Vec<MergedRecord>) {
    let mut rows = Rows::new(std::mem::take(records));
    rows.fold_infos();
    rows.fold_fingerprints();
    rows.fold_within_owners();
    rows.fold_jobless();
    records.extend(rows.slots.into_iter().flatten());
    records.sort_by_cached_key(|record| (record.time(), record.key));
}

/// Whose row a record is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Owner {
    Job(Guid),
    /// Process and host of a row without a job.
    Row(PartialFields<FIELDS>),
}

/// The records, each `None` once it is merged into another one.
struct Rows {
    slots: Vec<Option<MergedRecord>>,
    /// The times of the slots, which are in order of them.
    times: Vec<Option<Instant>>,
    fields: Vec<PartialFields<FIELDS>>,
}

/// Indices of slots, in order of time.
type Slots = Vec<usize>;

impl Rows {
    fn new(records: Vec<MergedRecord>) -> Rows {
        let mut numbers = Numbering::default();
        let mut number = |n: usize, value: &Option<Arc<str>>| {
            value.as_ref().map(|value| numbers.number((n, value.to_lowercase())))
        };
        let fields = records
            .iter()
            .map(|record| [number(0, &record.hit.process), number(1, &record.hit.machine)])
            .collect();
        let times = records.iter().map(MergedRecord::time).collect();
        Rows { slots: records.into_iter().map(Some).collect(), times, fields }
    }

    fn logs(&self) -> impl Iterator<Item = (usize, &MergedRecord)> {
        let records =
            self.slots.iter().enumerate().filter_map(|(n, slot)| Some((n, slot.as_ref()?)));
        records.filter(|(_, record)| record.hit.witness.is_log())
    }

    fn owner(&self, slot: usize, record: &MergedRecord) -> Owner {
        record.job.map_or(Owner::Row(self.fields[slot]), Owner::Job)
    }

    fn merge(&mut self, into: usize, copy: usize) {
        if let Some(copied) = self.slots[copy].take()
            && let Some(target) = &mut self.slots[into]
        {
            for field in 0..FIELDS {
                self.fields[into][field] = self.fields[into][field].or(self.fields[copy][field]);
            }
            merge_copy(target, copied);
        }
    }

    /// The texts of a job with one signature are one witness, however often they were exported.
    fn fold_infos(&mut self) {
        let mut first: HashMap<(Guid, Arc<str>), usize> = HashMap::new();
        for slot in 0..self.slots.len() {
            if let Some(record) = &self.slots[slot]
                && record.hit.witness == Witness::Info
                && let Some(job) = record.job
            {
                let original =
                    *first.entry((job, Arc::clone(&record.details.signature))).or_insert(slot);
                if original != slot {
                    self.merge(original, slot);
                }
            }
        }
    }

    fn fold_fingerprints(&mut self) {
        let mut first: HashMap<Guid, usize> = HashMap::new();
        let known: Vec<(usize, Guid)> = self
            .logs()
            .filter_map(|(slot, record)| Some((slot, record.hit.fingerprint?)))
            .collect();
        for (slot, fingerprint) in known {
            let original = *first.entry(fingerprint).or_insert(slot);
            if original != slot {
                self.merge(original, slot);
            }
        }
    }

    /// Merges rows of one job, or of one process and host, with the same level and text.
    fn fold_within_owners(&mut self) {
        let mut owners: BTreeMap<(Owner, Option<LogLevel>), TextMap<Slots>> = BTreeMap::new();
        for (slot, record) in self.logs() {
            let texts = owners.entry((self.owner(slot, record), record.hit.level)).or_default();
            texts.entry(&record.hit.headline).push(slot);
        }
        for texts in owners.values() {
            for (_, slots) in texts.iter() {
                self.fold_equal(slots);
            }
            for (text, slots) in texts.iter() {
                let mut continued: Slots = texts.continuations(text).flatten().copied().collect();
                continued.sort_unstable();
                self.fold_near(slots, &continued);
            }
        }
    }

    /// Merges rows of one owner, level and text: first those of one instant, then those within a
    /// second.
    fn fold_equal(&mut self, slots: &[usize]) {
        let times: Vec<_> = slots.iter().map(|slot| self.times[*slot]).collect();
        let mut start = 0;
        for now in times.chunk_by(|a, b| a == b) {
            let now = &slots[start..start + now.len()];
            start += now.len();
            self.fold_near(now, now);
        }
        let left: Slots =
            slots.iter().copied().filter(|slot| self.slots[*slot].is_some()).collect();
        self.fold_near(&left, &left);
    }

    /// Merges each of `copies` into the first of `originals` that holds none of its sources and is
    /// within a second. Both are in order of time and may be the same.
    fn fold_near(&mut self, copies: &[usize], originals: &[usize]) {
        if copies == originals && copies.len() < 2 {
            return;
        }
        let mut cursors: HashMap<CursorKey, usize> = HashMap::new();
        for copy in copies.iter().copied() {
            let Some(record) = &self.slots[copy] else { continue };
            let cursor = cursors.entry(cursor_key(record)).or_default();
            // What is no original of this row is none of a later row from the same sources.
            let is_none = |original: &usize| {
                let is_early = self.times[*original] < self.times[copy]
                    && !is_near(self.times[*original], self.times[copy]);
                let other = self.slots[*original].as_ref();
                *original == copy || is_early || !other.is_some_and(|o| may_be_one_row(record, o))
            };
            *cursor += originals[*cursor..].iter().take_while(|original| is_none(original)).count();
            if let Some(original) = originals.get(*cursor).copied()
                && is_near(self.times[original], self.times[copy])
            {
                self.merge(original, copy);
            }
        }
    }

    /// Merges rows without a job into the rows that they are copies of, if these are of one owner.
    /// Rows that know more come first: a row is never a copy of one that knows no more.
    fn fold_jobless(&mut self) {
        for count in (0..=FIELDS as u32).rev() {
            let rows: Vec<(usize, Mask)> = self
                .logs()
                .filter(|(_, record)| record.job.is_none())
                .map(|(slot, _)| (slot, known(&self.fields[slot])))
                .filter(|(_, mask)| mask.count_ones() == count)
                .collect();
            let masks: BTreeSet<Mask> = rows.iter().map(|(_, mask)| *mask).collect();
            if masks.is_empty() {
                continue;
            }
            let originals = Originals::new(self, &masks, count);
            let mut cursors = HashMap::new();
            for (slot, _) in rows {
                if let Some(original) = originals.find(self, slot, &mut cursors) {
                    self.merge(original, slot);
                }
            }
        }
    }
}

/// Rows of equal keys come from the same sources, and all or none of them have a fingerprint.
type CursorKey = (Vec<SourceKey>, bool);

fn cursor_key(record: &MergedRecord) -> CursorKey {
    (record.locations.sources().cloned().collect(), record.hit.fingerprint.is_some())
}

/// Rows by level, text, and the fields that a row without a job knows.
struct Originals(HashMap<Option<LogLevel>, TextMap<HashMap<FieldsKey<FIELDS>, OwnedSlots>>>);

/// Slots in order of time.
#[derive(Default)]
struct OwnedSlots {
    /// Different for each list.
    number: usize,
    slots: Vec<OwnedSlot>,
    /// For each slot, the index of the next one that has another owner.
    next_owner: Vec<usize>,
}

struct OwnedSlot {
    time: Option<Instant>,
    slot: usize,
    owner: Owner,
}

impl Originals {
    /// For rows that know the fields of one of `masks`, of which each has `count`.
    fn new(rows: &Rows, masks: &BTreeSet<Mask>, count: u32) -> Originals {
        let mut originals = Originals(HashMap::new());
        for (slot, record) in rows.logs() {
            let fields = &rows.fields[slot];
            if record.job.is_none() && known(fields).count_ones() <= count {
                continue;
            }
            let texts = originals.0.entry(record.hit.level).or_default();
            let by_fields = texts.entry(&record.hit.headline);
            let (time, owner) = (rows.times[slot], rows.owner(slot, record));
            for mask in masks {
                let owned = by_fields.entry(storage_key(fields, *mask)).or_default();
                owned.slots.push(OwnedSlot { time, slot, owner });
            }
        }
        let lists = originals.0.values_mut().flat_map(TextMap::values_mut);
        for (number, owned) in lists.flat_map(HashMap::values_mut).enumerate() {
            owned.number = number;
            owned.next_owner = next_owners(&owned.slots);
        }
        originals
    }

    /// The first row that `slot` may be a copy of, if all rows that it may be a copy of are of one
    /// owner.
    fn find(
        &self,
        rows: &Rows,
        slot: usize,
        cursors: &mut HashMap<(usize, CursorKey), usize>,
    ) -> Option<usize> {
        let record = rows.slots[slot].as_ref()?;
        let mut owner: Option<Owner> = None;
        let mut free: Option<usize> = None;
        let texts = self.0.get(&record.hit.level)?;
        let result = texts.equal_or_cut(&record.hit.headline, &mut |by_fields| {
            for owned in lookup_keys(&rows.fields[slot]).filter_map(|key| by_fields.get(&key)) {
                let (start, end) = owned.window(rows.times[slot]);
                if start == end {
                    continue;
                }
                let found = owned.slots[start].owner;
                if owned.next_owner[start] < end || *owner.get_or_insert(found) != found {
                    return ControlFlow::Break(());
                }
                let cursor = cursors.entry((owned.number, cursor_key(record))).or_insert(start);
                *cursor = start.max(*cursor).min(end);
                let is_taken = |original: &&OwnedSlot| {
                    let other = rows.slots[original.slot].as_ref();
                    !other.is_some_and(|other| may_be_one_row(record, other))
                };
                *cursor += owned.slots[*cursor..end].iter().take_while(is_taken).count();
                if *cursor < end {
                    let original = owned.slots[*cursor].slot;
                    free = Some(free.map_or(original, |known| known.min(original)));
                }
            }
            ControlFlow::Continue(())
        });
        free.filter(|_| result.is_continue())
    }
}

fn next_owners(slots: &[OwnedSlot]) -> Vec<usize> {
    let mut next = vec![slots.len(); slots.len()];
    for n in (0..slots.len().saturating_sub(1)).rev() {
        next[n] = if slots[n].owner == slots[n + 1].owner { next[n + 1] } else { n + 1 };
    }
    next
}

impl OwnedSlots {
    /// The range of the slots that are within a second of a time.
    fn window(&self, time: Option<Instant>) -> (usize, usize) {
        let start = self.slots.partition_point(|s| s.time < time && !is_near(s.time, time));
        let length = self.slots[start..].partition_point(|s| is_near(s.time, time));
        (start, start + length)
    }
}

fn is_near(a: Option<Instant>, b: Option<Instant>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.distance(b) <= SAME_ROW_MICROS,
        (None, None) => true,
        _ => false,
    }
}

/// False for rows of one source, and for rows with different fingerprints.
fn may_be_one_row(a: &MergedRecord, b: &MergedRecord) -> bool {
    let fingerprints = (a.hit.fingerprint, b.hit.fingerprint);
    !matches!(fingerprints, (Some(a), Some(b)) if a != b)
        && !a.locations.sources().any(|source| b.locations.contains(source))
}

/// Adds a copy to a record: its locations, its witness, and what only the copy contains.
fn merge_copy(into: &mut MergedRecord, mut copy: MergedRecord) {
    // The best witness gives the text, whichever of the two came first.
    if (copy.hit.witness, copy.key) < (into.hit.witness, into.key) {
        std::mem::swap(into, &mut copy);
    }
    let hit = Arc::make_mut(&mut into.hit);
    into.job = into.job.or(copy.job);
    into.tenant = into.tenant.take().or(copy.tenant.take());
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
