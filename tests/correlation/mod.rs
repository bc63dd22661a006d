//! Small worlds whose right answer follows from the rules of correlation: which job, which connection,
//! which folder and how many. Each is scanned by the built program.

mod connections;
mod evidence;
mod folders;
mod jobs;

use serde_json::{Value, json};

use crate::support::{Env, connection, guid};

/// The job of a number.
fn job(number: u64) -> String {
    guid(0xe0e0, number)
}

fn folder(number: u64) -> String {
    guid(0xf0f0, number)
}

/// A time on 2026-11-10, in seconds after 08:00 UTC.
fn time(second: f64) -> String {
    let millis = (second * 1000.0).round() as i64 + 8 * 3_600_000;
    let (h, m, s) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
    format!("2026-11-10T{h:02}:{m:02}:{s:02}.{:03}Z", millis % 1000)
}

/// A failure that names no connection.
fn disabled(activity: &str) -> String {
    format!(
        "{activity}: Connection is disabled. Please enable the connection to continue. Error code: \
         DAP-GE-3005.\r\nin Main.xaml\r\n    at ConnectorActivity \"{activity}\"\r\n    at Main \"Main\""
    )
}

/// A failure with the same signature as [`disabled`] that names its connection.
fn disabled_id(activity: &str, number: u64) -> String {
    let id = connection(number);
    disabled(activity)
        .replace(": Connection is", &format!(": Connection [{id}] failed. Connection is"))
}

fn not_found(activity: &str, number: u64) -> String {
    format!(
        "{activity}: Failed to retrieve connection. Consider using a different connection. - \
         Connection [{}] is invalid or you do not have access to it Error code: DAP-GE-3000.\r\n\
         in Main.xaml\r\n    at ConnectorActivity \"{activity}\"\r\n    at Main \"Main\"",
        connection(number)
    )
}

/// A row as a robot writes it, of process P on BOT1 in folder 100.
fn robot_row(second: f64, job_number: u64, message: &str) -> Value {
    json!({
        "message": message, "level": "Error", "logType": "Default", "timeStamp": time(second),
        "fingerprint": guid(0xf1f1, (second * 1000.0) as u64 * 1000 + job_number),
        "machineName": "BOT1", "fileName": "Main", "processName": "P", "processVersion": "1.0.0",
        "jobId": job(job_number), "robotName": "r1", "machineId": 1, "organizationUnitId": 100,
    })
}

fn execution_log(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("08:00:00.0000 Error {row}\r\n")).collect()
}

fn page(set: &str, tenant: &str, rows: &[Value]) -> String {
    let context = format!("https://cloud.example/{tenant}/orchestrator_/odata/$metadata#{set}");
    json!({ "@odata.context": context, "value": rows }).to_string()
}

fn reply(code: &str, data: Value) -> String {
    json!({ "Result": "Success", "Code": code, "Data": data }).to_string()
}

fn job_row(number: u64, start: f64, end: f64, info: &str) -> Value {
    json!({
        "Key": job(number), "StartTime": time(start), "EndTime": time(end), "State": "Faulted",
        "Info": info, "CreationTime": time(start), "ReleaseName": "P", "HostMachineName": "BOT1",
        "OrganizationUnitId": 100, "Id": number,
    })
}

fn folder_row(id: u64, key: u64, path: &str) -> Value {
    json!({ "Key": folder(key), "DisplayName": path, "FullyQualifiedName": path, "Id": id })
}

fn connection_row(number: u64, connector: &str, folder_key: u64) -> Value {
    json!({
        "Id": connection(number), "Name": format!("tool {number}"),
        "ConnectorKey": format!("uipath-{connector}-{connector}"), "ConnectorName": connector,
        "State": "Enabled", "Folder": "x", "FolderKey": folder(folder_key),
    })
}

/// What a report says of an incident.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Found {
    signature: String,
    connection: Option<u64>,
    attribution: String,
    occurrences: u64,
    jobs: u64,
    job_folders: Vec<String>,
}

/// The incidents of a scan of everything, sorted.
fn scan(env: &Env) -> Vec<Found> {
    found(&report(env, &[]))
}

fn report(env: &Env, more: &[&str]) -> Value {
    let arguments: Vec<&str> = ["in"].iter().chain(more).copied().collect();
    let outcome = env.scan(&arguments);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    outcome.report
}

fn found(report: &Value) -> Vec<Found> {
    let text = |value: &Value| value.as_str().map(str::to_string);
    let mut all: Vec<Found> = report["incidents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|incident| Found {
            signature: text(&incident["signature"]["id"]).unwrap(),
            connection: (0..50)
                .find(|n| text(&incident["connection"]["id"]) == Some(connection(*n))),
            attribution: text(&incident["connection"]["attribution"]).unwrap(),
            occurrences: incident["counts"]["occurrences"].as_u64().unwrap(),
            jobs: incident["counts"]["jobs"].as_u64().unwrap(),
            job_folders: incident["job_folders"]
                .as_array()
                .unwrap()
                .iter()
                .map(|f| {
                    text(&f["path"]).or(text(&f["key"])).unwrap_or_else(|| f["id"].to_string())
                })
                .collect(),
        })
        .collect();
    all.sort();
    all
}

fn incident(
    signature: &str,
    connection: impl Into<Option<u64>>,
    attribution: &str,
    (occurrences, jobs): (u64, u64),
    job_folders: &[&str],
) -> Found {
    Found {
        signature: signature.to_string(),
        connection: connection.into(),
        attribution: attribution.to_string(),
        occurrences,
        jobs,
        job_folders: job_folders.iter().map(|f| (*f).to_string()).collect(),
    }
}
