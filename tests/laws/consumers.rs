//! Every consumer of the record loop sees the same records: what `scan` counts and matches is what a
//! visit of all records shows, with and without the prefilter, and what `show --job` lists.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use faultline::discover::{SourcePlan, SourceSelection, plan};
use faultline::inspect::{VisitedRecord, job_records, visit};
use faultline::model::{Guid, SourceKey, SourceUse, UNMATCHED};
use faultline::read::{NoObserver, Task};
use faultline::rules::Judgement;
use proptest::prelude::*;

use super::reading::sources;
use super::{cases, rows};
use crate::support::{Env, scanner, shared_rule_set};

/// Rows of one source that a consumer matched, and its rows by job.
#[derive(Default, PartialEq, Debug)]
struct Seen {
    matched: u64,
    by_job: BTreeMap<Guid, u64>,
}

fn tasks(plan: &SourcePlan) -> Vec<Task> {
    let task = |(number, found): (usize, &faultline::discover::FoundSource)| Task {
        number,
        key: found.key.clone(),
        path: found.path.clone(),
        size: found.size,
        purpose: SourceUse::Records,
        stdin: false,
        pipe: false,
    };
    plan.sources.iter().enumerate().map(task).collect()
}

/// What a visit of all records, or of those the prefilter lets through, shows of each source.
fn visited(tasks: &[Task], prefiltered: bool) -> BTreeMap<SourceKey, Seen> {
    let scanner = scanner();
    let mut all: BTreeMap<SourceKey, Seen> = BTreeMap::new();
    let mut show = |visited: VisitedRecord<'_>| {
        let seen = all.entry(visited.source.clone()).or_default();
        if let Judgement::Hit(details) = shared_rule_set().judge(visited.record) {
            seen.matched += u64::from(details.signature.as_ref() != UNMATCHED);
        }
        if let Some(job) = visited.record.job {
            *seen.by_job.entry(job).or_default() += 1;
        }
    };
    for task in tasks {
        let search: Option<&dyn faultline::search::BlockSearch> =
            if prefiltered { Some(&scanner.prefilter) } else { None };
        visit(task, search, &scanner.settings.read, &mut show);
    }
    all
}

fn check(root: &Path) {
    let selection = SourceSelection { roots: vec![root.into()], ..SourceSelection::default() };
    let plan = plan(&selection).unwrap();
    let tasks = tasks(&plan);
    let (all, prefiltered) = (visited(&tasks, false), visited(&tasks, true));
    let scanner = scanner();
    let mut digest = faultline::model::Digest::default();
    for task in &tasks {
        digest.merge(scanner.file(task, &NoObserver));
    }
    let matched = |seen: &BTreeMap<SourceKey, Seen>, key: &SourceKey| {
        seen.get(key).map_or(0, |seen| seen.matched)
    };
    for (key, item) in &digest.coverage {
        assert_eq!(matched(&all, key), item.matched, "{key}: all records against the scan");
        assert_eq!(matched(&prefiltered, key), item.matched, "{key}: prefiltered records");
    }
    let mut jobs: BTreeMap<Guid, u64> = BTreeMap::new();
    for seen in all.values() {
        for (job, count) in &seen.by_job {
            *jobs.entry(*job).or_default() += count;
        }
    }
    // More than a handful of jobs proves nothing new.
    for (job, count) in jobs.iter().take(6) {
        let listed = job_records(&plan, *job, &scanner.settings.read);
        let copies: u64 = listed.records.iter().map(|record| record.copies).sum();
        let total = listed.records.len() as u64 + copies + listed.beyond;
        // A file that is named after a job also lists rows without a job.
        assert!(total >= *count, "{job}: {total} listed, {count} visited");
    }
}

#[test]
fn on_every_fixture() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut checked = 0;
    for group in ["corpora", "formats"] {
        let mut cases: Vec<PathBuf> =
            fs::read_dir(fixtures.join(group)).unwrap().map(|e| e.unwrap().path()).collect();
        cases.sort();
        for case in cases.iter().filter(|path| path.is_dir()) {
            check(case);
            checked += 1;
        }
    }
    assert!(checked > 10, "{checked} fixtures");
}

proptest! {
    #![proptest_config(cases(6))]

    #[test]
    fn on_every_form(rows in rows(), joined: bool) {
        let env = Env::new();
        for (name, mut bytes) in sources(&rows) {
            if joined && name.ends_with(".log") {
                // The line end of every fourth row was never written.
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let mut count = 0;
                bytes = text.split_inclusive('\n').fold(Vec::new(), |mut out, line| {
                    count += 1;
                    let line = if count % 4 == 0 { line.trim_end() } else { line };
                    out.extend_from_slice(line.as_bytes());
                    out
                });
            }
            env.write(&format!("logs/{name}"), bytes);
        }
        check(&env.path("logs"));
    }
}
