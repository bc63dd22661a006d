//! Collects every record of one job from all sources of a plan, in the order of time. A record belongs
//! to the job if it names the job, or if it names no job and its file has the job key in its name.

use std::collections::BTreeMap;
use std::io;

use regex::bytes::{Regex, RegexBuilder};

use crate::discover::{FoundSource, SourceOrigin, SourcePlan};
use crate::inspect::source_summary::{ReadPart, read_source};
use crate::model::{Guid, Location, Record, SourceItem, SourceKey, SourceStatus};
use crate::open::{Fault, OpenInput, open};
use crate::read::{ReadItem, ReadSettings, RecordSink, RowFilter};
use crate::search::BlockSearch;

/// Characters of the job key that raw blocks are searched for: the first group of the GUID.
const KEY_START_LENGTH: usize = 8;

/// Records of one job that are returned: more than a user reads, and few enough for memory.
const MAX_RECORDS: usize = 100_000;

pub struct JobRecord {
    pub record: Record,
    pub source: SourceKey,
    pub location: Location,
    /// Number of further sources that contain the same row.
    pub copies: u64,
}

pub struct JobRecords {
    /// In the order of time; records without a time come last.
    pub records: Vec<JobRecord>,
    /// Number of records that were left out because there were too many.
    pub beyond: u64,
    /// Sources that were not read to their end, with the reason.
    pub unread: Vec<(SourceKey, String)>,
}

pub fn job_records(plan: &SourcePlan, job: Guid, settings: &ReadSettings) -> JobRecords {
    let mut search =
        JobSearch { job, key_start: KeyStart::new(job), records: Vec::new(), beyond: 0 };
    let mut unread: Vec<(SourceKey, String)> = plan
        .unread
        .iter()
        .filter(|(_, item)| has_failed(item))
        .map(|(key, item)| (key.clone(), item.reason.clone()))
        .collect();
    for found in &plan.sources {
        search.search_file(found, settings, &mut unread);
    }
    let mut records = without_copies(search.records);
    records.sort_by(|a, b| {
        let order = |job_record: &JobRecord| {
            let time = job_record.record.time;
            (time.is_none(), time.map(|time| time.at), job_record.location)
        };
        order(a).cmp(&order(b)).then_with(|| a.source.cmp(&b.source))
    });
    JobRecords { records, beyond: search.beyond, unread }
}

fn has_failed(item: &SourceItem) -> bool {
    item.status == SourceStatus::Failed
}

struct JobSearch {
    job: Guid,
    key_start: Option<KeyStart>,
    records: Vec<JobRecord>,
    beyond: u64,
}

impl JobSearch {
    fn search_file(
        &mut self,
        found: &FoundSource,
        settings: &ReadSettings,
        unread: &mut Vec<(SourceKey, String)>,
    ) {
        let mut stdin;
        let input = match found.origin {
            SourceOrigin::File => OpenInput::File(&found.path),
            SourceOrigin::Pipe => OpenInput::Pipe(&found.path),
            SourceOrigin::Stdin => {
                stdin = io::stdin().lock();
                OpenInput::Stream(&mut stdin)
            }
        };
        let report = open(&found.key, input, &settings.limits, &mut |opened| {
            let key = opened.key.clone();
            if let Some(why) = self.search_source(&key, opened.reader, settings) {
                unread.push((key, why));
            }
        });
        let items = report.unread.into_iter().filter(|(_, item)| has_failed(item));
        unread.extend(items.map(|(key, item)| (key, item.reason)));
    }

    /// Returns the reason if the source was not read to its end.
    fn search_source(
        &mut self,
        key: &SourceKey,
        bytes: &mut dyn io::Read,
        settings: &ReadSettings,
    ) -> Option<String> {
        let named = is_named_after(key.file_name(), self.job);
        let pattern = self.key_start.clone().filter(|_| !named);
        let wanted =
            pattern.as_ref().map_or(RowFilter::All, |pattern| RowFilter::Matching(pattern));
        let mut sink = JobSink { search: self, source: key, named };
        let summary = read_source(key, bytes, settings, wanted, ReadPart::Whole, &mut sink);
        summary.error.map(|error| Fault::from_error(&error).message)
    }
}

/// Finds the first characters of a job key in a raw block, in upper or lower case. The record decides
/// whether the whole key follows.
#[derive(Clone)]
struct KeyStart(Regex);

impl KeyStart {
    fn new(job: Guid) -> Option<KeyStart> {
        let start = &job.to_string()[..KEY_START_LENGTH];
        RegexBuilder::new(start).case_insensitive(true).build().ok().map(KeyStart)
    }
}

impl BlockSearch for KeyStart {
    fn find(&self, block: &[u8], matches: &mut Vec<u32>) {
        // A block is far smaller than 4 GiB.
        matches.extend(self.0.find_iter(block).map(|matched| matched.start() as u32));
    }

    fn longest(&self) -> usize {
        KEY_START_LENGTH
    }
}

struct JobSink<'s> {
    search: &'s mut JobSearch,
    source: &'s SourceKey,
    /// The name of the file contains the job key.
    named: bool,
}

impl RecordSink for JobSink<'_> {
    fn take(&mut self, item: ReadItem, location: Location, _text: &str) {
        let Some(record) = item.into_record() else { return };
        let search = &mut *self.search;
        if record.job != Some(search.job) && !(self.named && record.job.is_none()) {
            return;
        }
        if search.records.len() < MAX_RECORDS {
            let source = self.source.clone();
            search.records.push(JobRecord { record, source, location, copies: 0 });
        } else {
            search.beyond += 1;
        }
    }
}

/// A log list that a client saves has the key of its job in its file name.
fn is_named_after(name: &str, job: Guid) -> bool {
    name.to_ascii_lowercase().contains(&job.to_string())
}

/// Counts rows of different sources with the same text and time as copies of one row.
fn without_copies(records: Vec<JobRecord>) -> Vec<JobRecord> {
    let mut distinct: Vec<JobRecord> = Vec::new();
    let mut by_content: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for job_record in records {
        let record = &job_record.record;
        let content = match record.fingerprint {
            Some(fingerprint) => (Some(fingerprint), None, None, String::new()),
            None => (None, record.time.map(|time| time.at), record.level, record.message.clone()),
        };
        let same = by_content.entry(content).or_default();
        match same.iter().find(|index| distinct[**index].source != job_record.source) {
            Some(index) => distinct[*index].copies += 1,
            None => {
                same.push(distinct.len());
                distinct.push(job_record);
            }
        }
    }
    distinct
}
