//! Properties that hold for every input: order, threads, copies, splits and block boundaries never
//! change the result, and the prefilter misses nothing.

mod consumers;
mod copies;
mod merging;
mod prefilter;
mod ranges;
mod reading;
mod runs;

use std::collections::BTreeMap;

use faultline::model::Digest;
use faultline::model::Report;
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::support::{
    Row, connection, digest_of, execution_log, guid, gzip, job_row, jobs_csv, logs_csv, missing,
    odata_page, provider_refused, scanner, view_denied, zip,
};

/// `count` cases, each with much content, or as many as `PROPTEST_CASES` says. A failing case is
/// printed and not stored in a file.
fn cases(count: u32) -> Config {
    let usual = Config { failure_persistence: None, ..Config::default() };
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    if asked { usual } else { Config { cases: count, ..usual } }
}

fn message(kind: u8) -> String {
    match kind {
        0 | 1 => missing(&connection(u64::from(kind) + 1)),
        2 => view_denied(&guid(0xf01d, 1)),
        3 => provider_refused(),
        4 => "ユーザーにコネクションがありません。コネクション フォルダーの権限を確認してください"
            .to_string(),
        _ => "A value could not be read, \"x\" is none".to_string(),
    }
}

/// Rows of three jobs in the order of their times; some have the same second, some are equal.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (1_u64..4, 0_u32..20, 0_u8..6, 0_u8..8, any::<bool>());
    (prop::collection::vec(row, 1..14), any::<bool>()).prop_map(|(rows, marked)| {
        let mut second = 0;
        let build =
            |(number, (job, step, kind, level, user)): (usize, (u64, u32, u8, u8, bool))| {
                second += step;
                let level = match level {
                    0 => "Info",
                    1 => "Warn",
                    2 => "Fatal",
                    _ => "Error",
                };
                let row = Row { user, ..Row::new(level, job, second, message(kind)) };
                if marked { row.marked(number as u64) } else { row }
            };
        rows.into_iter().enumerate().map(build).collect()
    })
}

/// Name and content of a source.
type Named = (String, Vec<u8>);

fn named(name: &str, bytes: Vec<u8>) -> Named {
    (name.to_string(), bytes)
}

/// The same rows in the forms a customer may have: robot log, page, grid, jobs, compressed.
fn forms(rows: &[Row]) -> Vec<Named> {
    let log = execution_log(rows);
    let api: Vec<_> = rows.iter().map(Row::api).collect();
    let last = rows.last().map_or(0, |row| row.second);
    let jobs: Vec<_> = (1..4).map(|job| job_row(job, "Faulted", last, &message(0))).collect();
    vec![
        named("robot/a.log", log.clone()),
        named("robot/a.log.gz", gzip(&log)),
        named("api/logs.json", odata_page("RobotLogs", &api, None)),
        named("grid/logs.csv", logs_csv(rows)),
        named("api/jobs.json", odata_page("Jobs", &jobs, None)),
        named("grid/jobs.csv", jobs_csv(&[(1, "Faulted"), (2, "Successful"), (3, "Faulted")])),
        named("all.zip", zip(&[("R1/a.log", &log), ("grid.csv", &logs_csv(rows))])),
    ]
}

fn digests(sources: &[Named]) -> Vec<Digest> {
    let scanner = scanner();
    sources.iter().map(|(name, bytes)| digest_of(&scanner, name, bytes)).collect()
}

fn merged(digests: impl IntoIterator<Item = Digest>) -> Digest {
    let mut whole = Digest::default();
    for digest in digests {
        whole.merge(digest);
    }
    whole
}

/// Incidents by id: signature, occurrences, records, jobs.
fn counted(report: &Report) -> BTreeMap<String, (String, u64, u64, u64)> {
    let row = |incident: &faultline::model::Incident| {
        let counts = &incident.counts;
        let signature = incident.signature.id.clone();
        (incident.id.clone(), (signature, counts.occurrences, counts.records, counts.jobs))
    };
    report.incidents.iter().map(row).collect()
}
