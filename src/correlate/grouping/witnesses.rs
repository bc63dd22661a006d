//! Finds the occurrence of which a row is a witness, among those of one job and signature. A lookup
//! costs the same however many occurrences are open. Knows nothing of jobs; `occurrences` calls it
//! with the rows in order of time.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::correlate::joining::compatible::{
    FieldsKey, Mask, Numbering, PartialFields, agree, lookup_keys, storage_key,
};
use crate::correlate::joining::same_text::{TextMap, is_equal_or_cut, text_starts};
use crate::correlate::occurrence::{FailureEvidence, OccurrenceGroup};
use crate::correlate::record::MergedRecord;
use crate::model::{Guid, Instant};

/// A longer gap between rows begins a new occurrence.
const GAP_MICROS: u64 = 2_000_000;

/// Open occurrences of equal evidence or text that are considered for one row, the latest first.
/// More at a time are failures of loops that run in parallel.
const CONSIDERED: usize = 16;

/// Rows of one job and signature that are compared one by one.
const FEW: usize = 16;

/// Connection, connection folder, activity and connector.
const FIELDS: usize = 4;
const ACTIVITY: usize = 2;
const CONNECTOR: usize = 3;
const ALL_MASKS: Mask = 1 << FIELDS;

/// What a row says, and what is known of the connection that it names: two rows that differ in one
/// of these are not of one failure.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stated {
    pub connection: Option<Guid>,
    pub connection_folder: Option<Guid>,
    pub activity: Option<String>,
    pub connector: Option<String>,
}

#[derive(PartialEq, Eq, Hash)]
enum Value {
    Id(Guid),
    Text(String),
}

/// The occurrences of one job and signature.
pub struct OccurrenceBuilder {
    occurrences: Vec<OpenOccurrence>,
    /// Occurrences by what they say in the fields that a row knows, the one with the latest row
    /// last. An entry whose occurrence has learned more since is ignored.
    by_evidence: HashMap<FieldsKey<FIELDS>, Vec<usize>>,
    by_text: TextMap<Vec<usize>>,
    numbers: Numbering<Value>,
    /// Few rows are compared with each other; building an index would cost more.
    is_indexed: bool,
}

struct OpenOccurrence {
    records: Vec<MergedRecord>,
    evidence: FailureEvidence,
    fields: PartialFields<FIELDS>,
    last: Option<Instant>,
}

impl OccurrenceBuilder {
    pub fn new(rows: usize) -> OccurrenceBuilder {
        OccurrenceBuilder {
            occurrences: Vec::new(),
            by_evidence: HashMap::new(),
            by_text: TextMap::default(),
            numbers: Numbering::default(),
            is_indexed: rows > FEW,
        }
    }

    /// Adds a row that has a time of its own to an occurrence whose last row is at most two seconds
    /// before it: one whose text it repeats, otherwise the only one that it does not contradict.
    pub fn add_row(&mut self, record: MergedRecord, stated: Stated) {
        let fields = self.fields(stated);
        let occurrence = self.repeated(&record, &fields).or_else(|| {
            let time = record.time();
            let mut fitting = self.fitting(&fields, |o| continues(o.last, time)).into_iter();
            fitting.next().filter(|_| fitting.next().is_none())
        });
        self.add(occurrence, record, fields);
    }

    /// Adds the text of the job to the last occurrence that it does not contradict.
    pub fn add_job_text(&mut self, record: MergedRecord, stated: Stated) {
        let fields = self.fields(stated);
        let fitting = self.fitting(&fields, |_| true).into_iter();
        let last = fitting.max_by_key(|n| (self.occurrences[*n].last, *n));
        self.add(last, record, fields);
    }

    pub fn finish(self, recovered: bool) -> Vec<OccurrenceGroup> {
        let groups = self.occurrences.into_iter();
        groups.map(|o| OccurrenceGroup::new(o.records, o.evidence, recovered)).collect()
    }

    fn fields(&mut self, stated: Stated) -> PartialFields<FIELDS> {
        let mut number = |value: Option<Value>| value.map(|value| self.numbers.number(value));
        [
            number(stated.connection.map(Value::Id)),
            number(stated.connection_folder.map(Value::Id)),
            number(stated.activity.map(Value::Text)),
            number(stated.connector.map(Value::Text)),
        ]
    }

    /// Occurrences that pass `is_open` and do not contradict the fields, the latest first.
    fn fitting(
        &mut self,
        fields: &PartialFields<FIELDS>,
        is_open: impl Fn(&OpenOccurrence) -> bool,
    ) -> Vec<usize> {
        if !self.is_indexed {
            let occurrences = self.occurrences.iter().enumerate();
            let fitting = occurrences.filter(|(_, o)| agree(&o.fields, fields) && is_open(o));
            return fitting.map(|(n, _)| n).collect();
        }
        let mut found = Vec::new();
        for key in lookup_keys(fields) {
            let Some(list) = self.by_evidence.get_mut(&key) else { continue };
            // An occurrence never forgets what it learned, so an outdated entry stays outdated.
            while let Some(last) = list.last()
                && storage_key(&self.occurrences[*last].fields, key.1) != key
            {
                list.pop();
            }
            let current = list.iter().rev().take(CONSIDERED).copied().filter(|n| {
                let occurrence = &self.occurrences[*n];
                storage_key(&occurrence.fields, key.1) == key && is_open(occurrence)
            });
            found.extend(current);
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The latest open occurrence of which the row repeats a text. Such a row names no activity of
    /// its own: it is of the activity around the one that failed.
    fn repeated(&self, record: &MergedRecord, fields: &PartialFields<FIELDS>) -> Option<usize> {
        let headline = &record.hit.headline;
        let mut best: Option<(bool, usize)> = None;
        for start in text_starts(headline) {
            let text = &headline[start..];
            let mut consider = |n: usize| {
                best = best
                    .max(self.repeats(record, fields, start > 0, n).map(|is_same| (is_same, n)));
            };
            if self.is_indexed {
                let _ = self.by_text.equal_or_cut(text, &mut |occurrences| {
                    occurrences.iter().rev().take(CONSIDERED).copied().for_each(&mut consider);
                    ControlFlow::Continue(())
                });
                continue;
            }
            for (n, occurrence) in self.occurrences.iter().enumerate() {
                if occurrence.records.iter().any(|r| is_equal_or_cut(text, &r.hit.headline)) {
                    consider(n);
                }
            }
        }
        best.map(|(_, n)| n)
    }

    /// Whether a row that has a text of an occurrence is a witness of it: not if the occurrence is
    /// closed or contradicts it in more than the activity. True if it contradicts in nothing.
    fn repeats(
        &self,
        record: &MergedRecord,
        fields: &PartialFields<FIELDS>,
        has_prefix: bool,
        n: usize,
    ) -> Option<bool> {
        let occurrence = &self.occurrences[n];
        let mut without_activity = *fields;
        (without_activity[ACTIVITY], without_activity[CONNECTOR]) = (None, None);
        let is_same = agree(&occurrence.fields, fields);
        // Two activities of one class may fail with one text.
        let class = occurrence.records.iter().find_map(|r| r.details.activity_class.as_ref());
        let is_around = has_prefix || class != record.details.activity_class.as_ref();
        let fits = is_same || is_around && agree(&occurrence.fields, &without_activity);
        (continues(occurrence.last, record.time()) && fits).then_some(is_same)
    }

    fn add(
        &mut self,
        occurrence: Option<usize>,
        record: MergedRecord,
        fields: PartialFields<FIELDS>,
    ) {
        let n = occurrence.unwrap_or_else(|| {
            self.occurrences.push(OpenOccurrence {
                records: Vec::new(),
                evidence: FailureEvidence::default(),
                fields: [None; FIELDS],
                last: None,
            });
            self.occurrences.len() - 1
        });
        let occurrence = &mut self.occurrences[n];
        let (known, details) = (&mut occurrence.evidence, &record.details);
        known.connection = known.connection.or(details.connection);
        known.connection_folder = known.connection_folder.or(details.connection_folder);
        known.activity = known.activity.take().or_else(|| details.activity.clone());
        known.connector = known.connector.take().or_else(|| details.connector.clone());
        for (known, own) in occurrence.fields.iter_mut().zip(fields) {
            *known = known.or(own);
        }
        occurrence.last = occurrence.last.max(record.time());
        let fields = occurrence.fields;
        let headline = Arc::clone(&record.hit.headline);
        occurrence.records.push(record);
        if self.is_indexed {
            for mask in 0..ALL_MASKS {
                push_last(self.by_evidence.entry(storage_key(&fields, mask)).or_default(), n);
            }
            push_last(self.by_text.entry(&headline), n);
        }
    }
}

fn push_last(list: &mut Vec<usize>, n: usize) {
    if list.last() != Some(&n) {
        list.push(n);
    }
}

fn continues(last: Option<Instant>, time: Option<Instant>) -> bool {
    match (last, time) {
        (Some(last), Some(time)) => last.distance(time) <= GAP_MICROS,
        (None, None) => true,
        _ => false,
    }
}
