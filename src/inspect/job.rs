//! Every record of one job, in the order of time, wherever it stands. A row counts when it names
//! the job itself, or when its file is named after the job.

use regex::bytes::{Regex, RegexBuilder};

use crate::discover::{FoundSource, Plan, SourceOrigin};
use crate::inspect::source_summary::{ReadPart, read_source};
use crate::model::{Guid, Location, Record, SourceKey};
use crate::open::{Fault, OpenInput, open};
use crate::read::{ReadItem, ReadSettings, RecordSink, Wanted};
use crate::search::BlockSearch;

/// Characters of a job key that blocks are searched for: the first group of the GUID.
const KEY_START: usize = 8;

/// Records kept of one job: more than anybody reads, and little enough to hold.
const MOST: usize = 100_000;

/// A record of the job.
pub struct JobRecord {
    /// What it says.
    pub record: Record,
    /// Where it stands.
    pub source: SourceKey,
    /// Where in it.
    pub place: Location,
    /// Further sources in which the same row stands.
    pub copies: u64,
}

/// What was found of a job.
pub struct JobRecords {
    /// In the order of time; those without a time last.
    pub records: Vec<JobRecord>,
    /// Records beyond the number that is kept.
    pub beyond: u64,
    /// Sources that were not read to their end, and why.
    pub unread: Vec<(SourceKey, String)>,
}

/// Reads everything in a plan for one job.
pub fn job_records(plan: &Plan, job: Guid, reading: &ReadSettings) -> JobRecords {
    let mut search = Search { job, beginning: beginning(job), found: Vec::new(), beyond: 0 };
    let mut unread: Vec<(SourceKey, String)> = plan
        .unread
        .iter()
        .filter(|(_, item)| item.status == crate::model::SourceStatus::Failed)
        .map(|(key, item)| (key.clone(), item.reason.clone()))
        .collect();
    for found in &plan.sources {
        search.file(found, reading, &mut unread);
    }
    let mut records = without_copies(search.found);
    records.sort_by(|a, b| {
        let order = |t: &JobRecord| (t.record.time.is_none(), t.record.time.map(|s| s.at), t.place);
        order(a).cmp(&order(b)).then_with(|| a.source.cmp(&b.source))
    });
    JobRecords { records, beyond: search.beyond, unread }
}

/// The first block of the key, in any case. What only looks like it is told by the record.
fn beginning(job: Guid) -> Option<KeyStart> {
    let start = &job.to_string()[..KEY_START];
    RegexBuilder::new(start).case_insensitive(true).build().ok().map(KeyStart)
}

struct Search {
    job: Guid,
    beginning: Option<KeyStart>,
    found: Vec<JobRecord>,
    beyond: u64,
}

impl Search {
    fn file(
        &mut self,
        found: &FoundSource,
        reading: &ReadSettings,
        unread: &mut Vec<(SourceKey, String)>,
    ) {
        let mut stdin;
        let input = match found.origin {
            SourceOrigin::File => OpenInput::File(&found.path),
            SourceOrigin::Pipe => OpenInput::Pipe(&found.path),
            SourceOrigin::Stdin => {
                stdin = std::io::stdin().lock();
                OpenInput::Stream(&mut stdin)
            }
        };
        let report = open(&found.key, input, &reading.limits, &mut |opened| {
            let key = opened.key.clone();
            if let Some(why) = self.source(&key, opened.reader, reading) {
                unread.push((key, why));
            }
        });
        let failed =
            |item: &crate::model::SourceItem| item.status == crate::model::SourceStatus::Failed;
        let items = report.unread.into_iter().filter(|(_, item)| failed(item));
        unread.extend(items.map(|(key, item)| (key, item.reason)));
    }

    /// Why the source was not read to its end, if it was not.
    fn source(
        &mut self,
        key: &SourceKey,
        bytes: &mut dyn std::io::Read,
        settings: &ReadSettings,
    ) -> Option<String> {
        let named = named_after(key.file_name(), self.job);
        let pattern = self.beginning.clone().filter(|_| !named);
        let wanted = pattern.as_ref().map_or(Wanted::All, |pattern| Wanted::Matching(pattern));
        let mut sink = JobSink { search: self, source: key, named };
        let summary = read_source(key, bytes, settings, wanted, ReadPart::Whole, &mut sink);
        summary.error.map(|error| Fault::from_error(&error).message)
    }
}

/// Finds the first characters of a job key in a raw block.
#[derive(Clone)]
struct KeyStart(Regex);

impl BlockSearch for KeyStart {
    fn find(&self, block: &[u8], matches: &mut Vec<u32>) {
        // A block is far below 4 GiB.
        matches.extend(self.0.find_iter(block).map(|found| found.start() as u32));
    }

    fn longest(&self) -> usize {
        KEY_START
    }
}

struct JobSink<'s> {
    search: &'s mut Search,
    source: &'s SourceKey,
    /// The file is named after the job.
    named: bool,
}

impl RecordSink for JobSink<'_> {
    fn take(&mut self, item: ReadItem, location: Location, _text: &str) {
        let record = match item {
            ReadItem::Row(parsed) => parsed.record,
            ReadItem::Oversize(head) => head,
            ReadItem::Rejected(_) | ReadItem::Damaged(_) => None,
        };
        let Some(record) = record else { return };
        let search = &mut *self.search;
        if record.job != Some(search.job) && !(self.named && record.job.is_none()) {
            return;
        }
        if search.found.len() < MOST {
            let source = self.source.clone();
            search.found.push(JobRecord { record, source, place: location, copies: 0 });
        } else {
            search.beyond += 1;
        }
    }
}

/// A client's list of logs is kept under the key of its job.
fn named_after(name: &str, job: Guid) -> bool {
    name.to_ascii_lowercase().contains(&job.to_string())
}

/// Rows of different sources with the same text and time are one row, exported twice.
fn without_copies(found: Vec<JobRecord>) -> Vec<JobRecord> {
    let mut kept: Vec<JobRecord> = Vec::new();
    let mut by_row: std::collections::BTreeMap<_, Vec<usize>> = std::collections::BTreeMap::new();
    for told in found {
        let record = &told.record;
        let row = match record.fingerprint {
            Some(fingerprint) => (Some(fingerprint), None, None, String::new()),
            None => (None, record.time.map(|s| s.at), record.level, record.message.clone()),
        };
        let same = by_row.entry(row).or_default();
        match same.iter().find(|at| kept[**at].source != told.source) {
            Some(at) => kept[*at].copies += 1,
            None => {
                same.push(kept.len());
                kept.push(told);
            }
        }
    }
    kept
}
