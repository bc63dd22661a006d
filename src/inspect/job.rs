//! Every record of one job, in the order of time, wherever it stands. A row counts when it names
//! the job itself, or when its file is named after the job.

use regex::bytes::{Regex, RegexBuilder};

use crate::discover::{FoundSource, Plan, SourceOrigin};
use crate::inspect::record_reader::{Wanted, read};
use crate::inspect::settings::InspectSettings;
use crate::model::{Guid, Location, Record, SourceKey};
use crate::open::{Fault, OpenInput, open};

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
pub fn job_records(plan: &Plan, job: Guid, reading: &InspectSettings) -> JobRecords {
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
fn beginning(job: Guid) -> Option<Regex> {
    RegexBuilder::new(&job.to_string()[..8]).case_insensitive(true).build().ok()
}

struct Search {
    job: Guid,
    beginning: Option<Regex>,
    found: Vec<JobRecord>,
    beyond: u64,
}

impl Search {
    fn file(
        &mut self,
        found: &FoundSource,
        reading: &InspectSettings,
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
        reader: &mut dyn std::io::Read,
        reading: &InspectSettings,
    ) -> Option<String> {
        let named = named_after(key.file_name(), self.job);
        let pattern = self.beginning.clone();
        let marks = |text: &[u8], marks: &mut Vec<u32>| {
            if let Some(pattern) = &pattern {
                // A block is far below 4 GiB.
                marks.extend(pattern.find_iter(text).map(|found| found.start() as u32));
            }
        };
        let wanted = Wanted { marks: &marks, all: named || pattern.is_none(), head_only: false };
        let seen = read(key, reader, reading, &wanted, &mut |parsed, place| {
            let Some(record) = parsed.record else { return };
            if record.job == Some(self.job) || named && record.job.is_none() {
                if self.found.len() < MOST {
                    self.found.push(JobRecord { record, source: key.clone(), place, copies: 0 });
                } else {
                    self.beyond += 1;
                }
            }
        });
        seen.error.map(|error| Fault::from_error(&error).message)
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
