//! Measures correlation alone: from a merged digest to a report, in the shapes in which many failures
//! are alike. The counts of the report are compared with the expected ones before a time is printed.
//!
//! `cargo bench --bench correlate` prints the time of each shape at rising sizes. With `-- ROWS` it
//! correlates each shape once with so many rows and once with twice as many, and prints the names of
//! the shapes; `growth.sh` counts the instructions.

#![allow(clippy::print_stdout, reason = "a bench tells what it measured")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant as Clock;

use faultline::correlate::{CorrelateInput, correlate};
use faultline::model::{Digest, Guid, Instant, Lang, Report, Run, SignatureSet, SourceKey, Window};
use faultline::open::Limits;
use faultline::read::{BLOCK, NoObserver, ReadSettings};
use faultline::redact::Redaction;
use faultline::rules::RuleSet;
use faultline::scan::{RANGE, ScanSettings, SourceScanner};

const SIZES: [u64; 3] = [10_000, 40_000, 160_000];

/// Connections of most shapes, which is the number of incidents.
const CONNECTIONS: u64 = 50;

/// Connections of the job folder where incidents and connections are both many.
const LISTED: u64 = 2_000;

/// 2026-03-14T07:00:00Z in microseconds.
const START: i64 = 1_773_471_600_000_000;

const SECOND: i64 = 1_000_000;

/// One job of each kind of export, from which all rows are made.
const LOG: &str = r#"07:00:00.0000 Error {"message":"Send Mail: Failed to retrieve connection. Consider using a different connection. - Connection [0000c0c0-0000-4000-8000-000000000001] is invalid or you do not have access to it. Error code: DAP-GE-3000.\r\nin Main.xaml\r\n    at ConnectorActivity \"Send Mail\"","level":"Error","logType":"Default","timeStamp":"2026-03-14T07:00:00.0000000+00:00","fingerprint":"0000f1f1-0000-4000-8000-000000000001","machineName":"BOT-1","fileName":"Main","processName":"Orders","processVersion":"1.0.0","jobId":"0000e0e0-0000-4000-8000-000000000001","robotName":"r1","organizationUnitId":100}
"#;
const CSV: &str = "Time,Level,Process,Hostname,Host Identity,Message\r\n2026-03-14 07:00:00.000,Error,Orders,BOT-1,ACME\\r,\"Send Mail: Failed to retrieve connection. Consider using a different connection. - Connection [0000c0c0-0000-4000-8000-000000000001] is invalid or you do not have access to it. Error code: DAP-GE-3000.\r\nin Main.xaml\r\n    at ConnectorActivity \"\"Send Mail\"\"\"\r\n";
const UNNAMED: &str = r#"07:00:00.0000 Error {"message":"Workday: New Invoice: Connection is disabled. Please enable the connection to continue. Error code: DAP-GE-3005.\r\nin Main.xaml\r\n    at ConnectorActivity \"Workday: New Invoice\"","level":"Error","logType":"Default","timeStamp":"2026-03-14T07:00:00.0000000+00:00","fingerprint":"0000f1f1-0000-4000-8000-000000000001","machineName":"BOT-1","fileName":"Main","processName":"Orders","processVersion":"1.0.0","jobId":"0000e0e0-0000-4000-8000-000000000001","robotName":"r1","organizationUnitId":100}
"#;
const JOBS: &str = r##"{"@odata.context":"https://orchestrator.example/odata/$metadata#Jobs","value":[{"Key":"0000e0e0-0000-4000-8000-000000000001","StartTime":"2026-03-14T06:59:59Z","EndTime":"2026-03-14T07:00:00Z","State":"Faulted","Info":"Failed to retrieve connection. Consider using a different connection. - Connection [0000c0c0-0000-4000-8000-000000000001] is invalid or you do not have access to it. Error code: DAP-GE-3000.","CreationTime":"2026-03-14T06:59:58Z","ReleaseName":"Orders","HostMachineName":"BOT-1","OrganizationUnitId":100,"OrganizationUnitFullyQualifiedName":"Finance","Id":1}]}"##;
const CONNECTION: &str = r#"{"Result":"Success","Code":"ConnectionList","Data":[{"Id":"0000c0c0-0000-4000-8000-000000000001","Name":"invoices","ConnectorKey":"uipath-workday-workday","ConnectorName":"Workday","State":"Enabled","Folder":"Finance","FolderKey":"0000f0f0-0000-4000-8000-000000000001"}]}"#;

/// The digests of the rows above.
struct Templates {
    log: Digest,
    csv: Digest,
    unnamed: Digest,
    jobs: Digest,
    connection: Digest,
}

/// Incidents, occurrences and distinct jobs that a report must have.
type Expected = (u64, u64, u64);

/// A world of so many rows.
type Shape = fn(&Templates, u64) -> (Digest, Expected);

const SHAPES: &[(&str, Shape)] = &[
    ("one-process", |t, rows| {
        let mut world = World::default();
        for n in 0..rows / 2 {
            world.log(&t.log, n, n, n as i64 * 2 * SECOND);
            world.job(&t.jobs, n, n as i64 * 2 * SECOND, SECOND);
        }
        (world.digest, (CONNECTIONS, rows / 2, rows / 2))
    }),
    ("one-job", |t, rows| {
        let mut world = World::default();
        (0..rows).for_each(|n| world.log(&t.log, n, 1, n as i64 * 3 * SECOND));
        (world.digest, (CONNECTIONS, rows, 1))
    }),
    ("one-job-without-gaps", |t, rows| {
        let mut world = World::default();
        (0..rows).for_each(|n| world.log(&t.log, n, 1, n as i64 * SECOND / 100));
        (world.digest, (CONNECTIONS, CONNECTIONS, 1))
    }),
    ("one-instant", |t, rows| {
        let mut world = World::default();
        for n in 0..rows / 2 {
            world.log(&t.log, n, n, 0);
            world.job(&t.jobs, n, 0, SECOND);
        }
        (world.digest, (CONNECTIONS, rows / 2, rows / 2))
    }),
    ("one-job-one-instant", |t, rows| {
        let mut world = World::default();
        (0..rows).for_each(|n| world.log(&t.log, n, 1, 0));
        (world.digest, (CONNECTIONS, CONNECTIONS, 1))
    }),
    ("generic-beside-specific", |t, rows| {
        let mut world = World::default();
        for n in 0..rows / 2 {
            world.log(&t.log, n, 1, 0);
            world.generic(&t.log, rows + n);
        }
        // Each generic row tells of one of the failures beside it.
        (world.digest, (CONNECTIONS, CONNECTIONS, 1))
    }),
    ("distinct-connections", |t, rows| {
        let mut world = World { connections: rows, ..World::default() };
        (0..rows).for_each(|n| world.log(&t.log, n, 1, 0));
        (world.digest, (rows, rows, 1))
    }),
    ("overlapping-spans", |t, rows| {
        let mut world = World::default();
        for n in 0..rows / 2 {
            world.csv(&t.csv, n, n as i64 * SECOND);
            world.job(&t.jobs, n, rows as i64 * SECOND, rows as i64 * 2 * SECOND);
        }
        // Every row fits several jobs; each job is a failure by its own text.
        (world.digest, (CONNECTIONS, rows, rows / 2))
    }),
    ("back-to-back", |t, rows| {
        let mut world = World::default();
        for n in 0..rows / 2 {
            world.csv(&t.csv, n, (n as i64 * 10 + 5) * SECOND);
            world.job(&t.jobs, n, (n as i64 * 10 + 10) * SECOND, 10 * SECOND);
        }
        (world.digest, (CONNECTIONS, rows / 2, rows / 2))
    }),
    ("csv-and-log", |t, rows| {
        let mut world = World::default();
        for n in 0..rows / 2 {
            world.log(&t.log, n, n, n as i64 * 3 * SECOND);
            world.csv(&t.csv, n, n as i64 * 3 * SECOND);
        }
        (world.digest, (CONNECTIONS, rows / 2, rows / 2))
    }),
    ("incidents-by-connections", |t, rows| {
        let mut world = World::default();
        for n in 0..rows {
            world.unnamed(&t.unnamed, n);
        }
        for n in 0..LISTED {
            world.connection(&t.connection, n);
        }
        (world.digest, (rows, rows, rows))
    }),
];

/// A digest under construction.
struct World {
    digest: Digest,
    connections: u64,
}

impl Default for World {
    fn default() -> World {
        World { digest: Digest::default(), connections: CONNECTIONS }
    }
}

fn guid(kind: u32, number: u64) -> Guid {
    Guid(u128::from(kind) << 96 | 0x4000_8000_0000_0000_0000 | u128::from(number))
}

impl World {
    fn id(&self, n: u64) -> Guid {
        guid(0xc0c0, n % self.connections)
    }

    /// A copy of the only hit of a digest, for another connection, at another time.
    fn hit(&mut self, template: &Digest, n: u64, job: Option<Guid>, time: i64, marked: bool) {
        let Some(hit) = template.hits.values().next() else { return };
        let mut hit = (**hit).clone();
        let id = self.id(n);
        hit.job = job;
        if let Some(stamp) = &mut hit.time {
            stamp.at = Instant(START + time);
        }
        hit.fingerprint = marked.then(|| guid(0xf1f1, n));
        if hit.details.connection.is_some() {
            Arc::make_mut(&mut hit.details).connection = Some(id);
            let text = |text: &str| -> Arc<str> {
                text.replace("0000c0c0-0000-4000-8000-000000000001", &id.to_string()).into()
            };
            (hit.headline, hit.text) = (text(&hit.headline), text(&hit.text));
        }
        let key = self.digest.hits.len() as u128;
        self.digest.hits.insert(key, Arc::new(hit));
    }

    fn log(&mut self, template: &Digest, n: u64, job: u64, time: i64) {
        self.hit(template, n, Some(guid(0xe0e0, job)), time, true);
    }

    fn csv(&mut self, template: &Digest, n: u64, time: i64) {
        self.hit(template, n, None, time, false);
    }

    /// A row of the same job and time that names neither connection nor reason.
    fn generic(&mut self, template: &Digest, n: u64) {
        self.log(template, n, 1, 0);
        if let Some(mut last) = self.digest.hits.last_entry() {
            let hit = Arc::make_mut(last.get_mut());
            hit.headline = "Failed to retrieve connection.".into();
            let details = Arc::make_mut(&mut hit.details);
            (details.connection, details.rank) = (None, 1);
            details.signature = "conn-resolve-unknown".into();
        }
    }

    /// A failure of a process of its own, whose text names no connection.
    fn unnamed(&mut self, template: &Digest, n: u64) {
        self.log(template, n, n, n as i64 * SECOND);
        if let Some(mut last) = self.digest.hits.last_entry() {
            Arc::make_mut(last.get_mut()).process = Some(format!("Process {n}").into());
        }
    }

    /// A job with its own text, that ended at a time.
    fn job(&mut self, template: &Digest, n: u64, end: i64, length: i64) {
        let key = guid(0xe0e0, n);
        self.hit(template, n, Some(key), end, false);
        if let Some(job) = template.jobs.values().next() {
            let mut job = job.clone();
            job.span.start = Some(Instant(START + end - length));
            job.span.end = Some(Instant(START + end));
            self.digest.jobs.insert(key, job);
        }
    }

    fn connection(&mut self, template: &Digest, n: u64) {
        if let Some(fact) = template.connections.first() {
            let mut fact = fact.clone();
            fact.connection = guid(0xc0c0, n);
            self.digest.connections.insert(fact);
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rows = std::env::args().skip(1).find(|argument| argument != "--bench");
    let rules = RuleSet::builtin()?;
    let templates = Templates {
        log: scan(&rules, "robots/a.log", LOG),
        csv: scan(&rules, "grid/logs.csv", CSV),
        unnamed: scan(&rules, "robots/a.log", UNNAMED),
        jobs: scan(&rules, "orchestrator/jobs.json", JOBS),
        connection: scan(&rules, "orchestrator/connections.json", CONNECTION),
    };
    if let Some(rows) = rows {
        let rows: u64 = rows.parse()?;
        for (name, shape) in SHAPES {
            for rows in [rows, 2 * rows] {
                let (digest, expected) = shape(&templates, rows);
                check(name, &report(&rules, &digest), expected);
            }
            println!("{name}");
        }
        return Ok(());
    }
    for (name, shape) in SHAPES {
        let mut times = Vec::new();
        for rows in SIZES {
            let (digest, expected) = shape(&templates, rows);
            check(name, &report(&rules, &digest), expected);
            let start = Clock::now();
            black_box(report(&rules, black_box(&digest)));
            times.push(format!("{:.2}", start.elapsed().as_secs_f64() * 1e6 / rows as f64));
        }
        println!("{name}: {} µs a row at {SIZES:?} rows", times.join(", "));
    }
    Ok(())
}

fn check(name: &str, report: &Report, expected: Expected) {
    let summary = &report.summary;
    assert_eq!((summary.incidents, summary.occurrences, summary.jobs), expected, "{name}");
}

fn scan(rules: &RuleSet, name: &str, text: &str) -> Digest {
    let settings = ScanSettings {
        read: ReadSettings {
            zone: jiff::tz::TimeZone::UTC,
            encoding: None,
            limits: Limits::default(),
            block: BLOCK,
        },
        since: None,
        until: None,
        redaction: Redaction::default(),
        defers_cut_record: false,
        memory: u64::MAX,
        range: RANGE,
    };
    let scanner = SourceScanner::new(rules, settings);
    scanner.stream(&SourceKey::new(name), &mut text.as_bytes(), &NoObserver)
}

fn report(rules: &RuleSet, digest: &Digest) -> Report {
    let run = Run {
        id: String::new(),
        started_at: String::new(),
        finished_at: String::new(),
        duration_ms: 0,
        tool_version: String::new(),
        threads: 1,
        command: String::new(),
        paths: Vec::new(),
    };
    correlate(
        digest,
        CorrelateInput {
            signatures: rules.signatures(),
            lang: Lang::En,
            run,
            set: SignatureSet { version: String::new(), hash: String::new(), count: 0 },
            window: Window { since: None, until: None, timezone_assumed: "UTC".to_string() },
            folder_hint: &|_| None,
        },
    )
}
