//! A hand-written report for the tests of the renderers: Japanese names, hostile text, an ambiguous
//! connection, missing times, incomplete coverage. Every name and id is invented.

use std::collections::BTreeMap;

use crate::model::report::*;
use crate::model::{
    Attribution, Candidate, Category, Cause, Confidence, ConnectionFolder, ConnectionFolderSource,
    ConnectionRef, Counts, DiagnosticCode, DiagnosticSeverity, FolderSource, GroupKey, Guid,
    Incident, IncidentState, Instant, JobFolder, Lang, NamedJobs, Occurrence, Owner, Remediation,
    Sample, Severity, SignatureRef, SourceItem, SourceStatus, Surface, Why, WhyData,
};

/// Tries to break out of every output format.
pub const HOSTILE: &str = "=cmd|'/c calc'!A1 </pre></textarea><script>alert(1)</script>\n\
    | cell | @everyone [click](https://evil.example) ````\n\x1b[2J\u{202e}gpj.exe\u{7}";

/// Compares a text with its golden file under tests/golden/report. With `BLESS=1` it writes the file
/// first, to be reviewed like code.
pub fn assert_golden(name: &str, text: &str) {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/report");
    let normalized = |text: &str| text.replace("\r\n", "\n");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(dir.join(name), normalized(text)).unwrap();
    }
    let golden = std::fs::read_to_string(dir.join(name)).unwrap();
    assert!(normalized(text) == normalized(&golden), "{name} differs, it is now:\n{text}");
}

/// 2026-03-14T07:14:09Z plus days.
fn time(days: i64) -> Option<Instant> {
    Some(Instant::from_unix(1_773_472_449 + days * 86_400, 0))
}

pub fn guid(byte: u8) -> Guid {
    Guid(u128::from_be_bytes([byte; 16]))
}

/// A run that read a little and found nothing.
pub fn empty() -> Report {
    Report {
        schema_version: SCHEMA_VERSION.to_string(),
        lang: Some(Lang::En),
        run: Run {
            id: "run-1".to_string(),
            started_at: "2026-03-17T02:30:00.000Z".to_string(),
            finished_at: "2026-03-17T02:30:01.000Z".to_string(),
            duration_ms: 1000,
            tool_version: "0.1.0".to_string(),
            threads: 2,
            command: "faultline scan night".to_string(),
            paths: Vec::new(),
        },
        signatures: SignatureSet {
            version: "1".to_string(),
            hash: "0123456789abcdef".to_string(),
            count: 42,
        },
        window: Window { since: None, until: None, timezone_assumed: "Asia/Tokyo".to_string() },
        coverage: Coverage {
            sources: SourceCounts { found: 1, complete: 1, ..SourceCounts::default() },
            bytes: ByteCounts { read: 2048, decoded: 4096 },
            records: RecordCounts { total: 1204, matched: 0, rejected: 0 },
            first_time: time(0),
            last_time: time(0),
            items: vec![coverage_item("night/a.log", "execution-log", SourceStatus::Complete, "")],
        },
        summary: Summary::default(),
        incidents: vec![],
        connections: vec![],
        neighbours: vec![],
        mentions: vec![],
        unmatched: vec![],
        unmatched_rest: None,
        diagnostics: vec![],
        occurrences: vec![],
    }
}

/// A run with three incidents and a damaged source.
pub fn rich() -> Report {
    let incidents = vec![expired(), denied(), outage()];
    let one_each = |keys: &[&str]| keys.iter().map(|key| (key.to_string(), 1)).collect();
    Report {
        coverage: coverage(),
        summary: Summary {
            incidents: 3,
            occurrences: 305,
            jobs: 214,
            by_category: one_each(&["auth-expired", "permission", "provider-outage"]),
            by_severity: one_each(&["critical", "high", "medium"]),
            by_owner: one_each(&["connection-owner", "folder-admin", "provider"]),
            by_state: BTreeMap::from([("new".to_string(), 2), ("regressed".to_string(), 1)]),
        },
        connections: connections(&incidents),
        neighbours: vec![Neighbour {
            category: Category::NeighbourFolder,
            signature: "orch-folder-1101".to_string(),
            title: "An organization unit is required".to_string(),
            records: 12,
            jobs: 4,
            first_seen: time(0),
            last_seen: time(1),
            samples: vec![record_sample(HOSTILE)],
        }],
        mentions: vec![Mention { signature: "conn-view-denied".to_string(), records: 7 }],
        unmatched: vec![Unmatched {
            template: "Odd failure <n> of <name>".to_string(),
            records: 5,
            jobs: 2,
            codes: vec!["DAP-RT-9999".to_string()],
            sample: Some(record_sample("Odd failure 3 of Ledger")),
            command: Some(
                "faultline signatures new own.dap-rt-9999 --from \"night/a.log:7\"".to_string(),
            ),
        }],
        unmatched_rest: Some(UnmatchedRest { templates: 3, records: 4, jobs: 2 }),
        diagnostics: vec![DiagnosticRow {
            code: DiagnosticCode::OpenTruncatedStream.to_string(),
            stage: "open".to_string(),
            severity: DiagnosticSeverity::Warning,
            source: "night/robots.zip » b.log".to_string(),
            location: "byte 81920".to_string(),
            message: "ends early; 1,204 records before it are counted".to_string(),
            count: 1,
        }],
        occurrences: occurrences(),
        incidents,
        ..empty()
    }
}

fn coverage_item(source: &str, kind: &str, status: SourceStatus, reason: &str) -> CoverageItem {
    let unread = SourceItem::unread(status, 2048, reason);
    let item = match status {
        SourceStatus::Complete | SourceStatus::Partial => SourceItem {
            kind: kind.to_string(),
            encoding: if kind == "logs-csv" { "shift_jis" } else { "utf-8" }.to_string(),
            decoded: 4096,
            records: 1204,
            matched: 3,
            first_time: time(0),
            last_time: time(1),
            ..unread
        },
        _ => unread,
    };
    CoverageItem { source: source.to_string(), item }
}

fn coverage() -> Coverage {
    Coverage {
        sources: SourceCounts {
            found: 5,
            complete: 2,
            partial: 1,
            unchanged: 0,
            skipped: 1,
            failed: 1,
        },
        bytes: ByteCounts { read: 10_240, decoded: 12_288 },
        records: RecordCounts { total: 3612, matched: 9, rejected: 1 },
        first_time: time(0),
        last_time: time(1),
        items: vec![
            coverage_item("night/a.log", "execution-log", SourceStatus::Complete, ""),
            coverage_item("night/notes|x.pdf", "", SourceStatus::Skipped, "not an export"),
            coverage_item(
                "night/robots.zip » b.log",
                "execution-log",
                SourceStatus::Partial,
                "ended early",
            ),
            coverage_item("night/secret\x1b[2J.csv", "", SourceStatus::Failed, "permission denied"),
            coverage_item("night/ログ.csv", "logs-csv", SourceStatus::Complete, ""),
        ],
    }
}

fn record_sample(message: &str) -> Sample {
    Sample {
        time: time(0),
        level: Some("Error".to_string()),
        message: message.to_string(),
        source: "night/a.log".to_string(),
        line: 41,
        record: 40,
        offset: 9001,
        job_key: Some(guid(0x11)),
        process: Some("請求書処理".to_string()),
    }
}

fn one_name(name: &str, jobs: u64) -> Vec<NamedJobs> {
    vec![NamedJobs { name: name.to_string(), jobs }]
}

fn job_folder(id: Option<i64>, path: Option<&str>, jobs: u64) -> JobFolder {
    let source = FolderSource::Record;
    JobFolder { id, key: None, path: path.map(String::from), source, jobs }
}

fn expired() -> Incident {
    Incident {
        id: "FL-7K3F9Q".to_string(),
        fingerprint: "fp1:00aa".to_string(),
        signature: SignatureRef {
            id: "provider-401".to_string(),
            title: "The provider refused the token".to_string(),
            confidence: Confidence::High,
        },
        category: Category::AuthExpired,
        severity: Severity::Critical,
        owner: Owner::ConnectionOwner,
        surface: Surface::Runtime,
        codes: vec!["AADSTS700082".to_string(), "DAP-RT-1101".to_string()],
        provider_status: Some(401),
        cause: Some(Cause {
            category: Category::AuthExpired,
            code: "invalid_grant".to_string(),
            text: "The refresh token has expired".to_string(),
        }),
        state: IncidentState::Regressed,
        connection: ConnectionRef {
            id: Some(guid(0xc1)),
            name: Some("営業部メール".to_string()),
            connector: Some("uipath-microsoft-outlook365".to_string()),
            attribution: Attribution::Exact,
            candidates: vec![],
            candidates_total: 0,
            rungs: BTreeMap::from([(Attribution::Exact, 250), (Attribution::Learned, 10)]),
        },
        connection_folder: ConnectionFolder {
            key: Some(guid(0x0a)),
            id: Some(12),
            path: Some("Shared/Mail".to_string()),
            source: ConnectionFolderSource::Inventory,
        },
        job_folders: vec![
            job_folder(Some(31), Some("Finance/日次"), 170),
            job_folder(Some(12), Some("Shared/Mail"), 6),
            job_folder(Some(32), Some("HR"), 4),
        ],
        counts: Counts { occurrences: 260, records: 700, jobs: 180, recovered: 3 },
        first_seen: time(0),
        last_seen: time(3),
        by_day: BTreeMap::from([("2026-03-14".to_string(), 200), ("2026-03-17".to_string(), 60)]),
        processes: one_name("請求書処理", 180),
        activities: one_name("Send Mail | v2", 180),
        machines: one_name("ROBOT-07", 180),
        robots: one_name("robot.finance", 180),
        remediation: Remediation {
            summary: "Sign in again on the connection.".to_string(),
            steps: vec![
                "Open Integration Service, connection 営業部メール.".to_string(),
                "- Reconnect as the owner.".to_string(),
            ],
            verify: vec!["Run `ping` on the connection.".to_string()],
            url: "https://docs.uipath.com/integration-service".to_string(),
            values: BTreeMap::new(),
        },
        why: Why {
            matched: "AADSTS700082 in a DAP-RT-1101 record".to_string(),
            grouped: "same signature and connection; the id stands in the record".to_string(),
            data: Some(WhyData {
                anchor: "AADSTS700082".to_string(),
                codes: vec!["AADSTS700082".to_string(), "DAP-RT-1101".to_string()],
                status: Some(400),
                key: Some(GroupKey::Connection),
                witnesses: BTreeMap::from([("info".to_string(), 2), ("robot-log".to_string(), 3)]),
            }),
        },
        samples: vec![record_sample(HOSTILE), record_sample("二番目の証跡")],
        history: None,
    }
}

fn denied() -> Incident {
    Incident {
        id: "FL-2BCD3F".to_string(),
        fingerprint: "fp1:00bb".to_string(),
        signature: SignatureRef {
            id: "conn-view-denied".to_string(),
            title: "Robot lacks Connections.View <on> the folder".to_string(),
            confidence: Confidence::High,
        },
        category: Category::Permission,
        severity: Severity::High,
        owner: Owner::FolderAdmin,
        codes: vec!["DAP-GE-3000".to_string()],
        provider_status: Some(403),
        cause: None,
        state: IncidentState::New,
        connection: ConnectionRef {
            id: Some(guid(0x5a)),
            name: None,
            connector: None,
            attribution: Attribution::JobBinding,
            candidates: vec![],
            candidates_total: 0,
            rungs: BTreeMap::from([(Attribution::JobBinding, 40)]),
        },
        connection_folder: ConnectionFolder {
            key: Some(guid(0x0b)),
            id: None,
            path: None,
            source: ConnectionFolderSource::Message,
        },
        job_folders: vec![job_folder(Some(77), None, 34)],
        counts: Counts { occurrences: 40, records: 81, jobs: 34, recovered: 0 },
        last_seen: time(0),
        by_day: BTreeMap::from([("2026-03-14".to_string(), 40)]),
        processes: one_name("=HYPERLINK(\"x\")", 34),
        samples: vec![record_sample("The robot does not have the Connections.View permission")],
        history: None,
        ..expired()
    }
}

fn outage() -> Incident {
    let candidate =
        |byte, name: Option<&str>| Candidate { id: guid(byte), name: name.map(String::from) };
    Incident {
        id: "FL-Z9Z9Z9".to_string(),
        fingerprint: "fp1:00cc".to_string(),
        signature: SignatureRef {
            id: "provider-503".to_string(),
            title: "サービス提供元が応答しません".to_string(),
            confidence: Confidence::Low,
        },
        category: Category::ProviderOutage,
        severity: Severity::Medium,
        owner: Owner::Provider,
        surface: Surface::Admin,
        codes: vec![],
        provider_status: None,
        cause: None,
        state: IncidentState::New,
        connection: ConnectionRef {
            id: None,
            name: None,
            connector: Some("uipath-workday".to_string()),
            attribution: Attribution::Ambiguous,
            candidates: vec![candidate(0x61, Some("Workday A")), candidate(0x62, None)],
            candidates_total: 2,
            rungs: BTreeMap::from([(Attribution::Ambiguous, 5)]),
        },
        connection_folder: ConnectionFolder {
            source: ConnectionFolderSource::Unknown,
            key: None,
            id: None,
            path: None,
        },
        job_folders: vec![],
        counts: Counts { occurrences: 5, records: 5, jobs: 0, recovered: 0 },
        first_seen: None,
        last_seen: None,
        by_day: BTreeMap::new(),
        processes: vec![],
        activities: vec![],
        machines: vec![],
        robots: vec![],
        remediation: Remediation::default(),
        samples: vec![],
        history: None,
        ..expired()
    }
}

fn connections(incidents: &[Incident]) -> Vec<ConnectionRow> {
    let row = |i: &Incident| ConnectionRow {
        connection: i.connection.clone(),
        connection_folder: i.connection_folder.clone(),
        incidents: vec![i.id.clone()],
        signatures: vec![i.signature.id.clone()],
        occurrences: i.counts.occurrences,
        jobs: i.counts.jobs,
        first_seen: i.first_seen,
        last_seen: i.last_seen,
        worst_severity: i.severity,
        owner: i.owner,
    };
    incidents.iter().map(row).collect()
}

fn occurrences() -> Vec<Occurrence> {
    let known = Occurrence {
        incident_id: "FL-7K3F9Q".to_string(),
        time: time(0),
        time_quality: "assumed".to_string(),
        job_key: Some(guid(0x11)),
        job_state: Some("Faulted".to_string()),
        process: Some("請求書処理".to_string()),
        process_version: Some("1.0.3".to_string()),
        activity: Some("Send Mail | v2".to_string()),
        workflow_file: Some("Main.xaml".to_string()),
        robot: Some("robot.finance".to_string()),
        machine: Some("ROBOT-07".to_string()),
        job_folder: Some("Finance/日次".to_string()),
        connection_id: Some(guid(0xc1)),
        codes: vec!["AADSTS700082".to_string(), "DAP-RT-1101".to_string()],
        provider_status: Some(401),
        request_id: Some("req-0001".to_string()),
        level: Some("Error".to_string()),
        witnesses: vec!["info".to_string(), "robot-log".to_string()],
        source: "night/a.log".to_string(),
        line: 41,
        offset: 9001,
        message: HOSTILE.to_string(),
        attribution: Some(Attribution::Exact),
    };
    let unknown = Occurrence {
        incident_id: "FL-Z9Z9Z9".to_string(),
        time: None,
        time_quality: String::new(),
        job_key: None,
        job_state: None,
        process: None,
        process_version: None,
        activity: None,
        workflow_file: None,
        robot: None,
        machine: None,
        job_folder: None,
        connection_id: None,
        codes: vec![],
        provider_status: None,
        request_id: None,
        level: None,
        witnesses: vec!["reply".to_string()],
        message: "503 \"Service Unavailable\", try later".to_string(),
        attribution: Some(Attribution::Ambiguous),
        ..known.clone()
    };
    vec![known, unknown]
}
