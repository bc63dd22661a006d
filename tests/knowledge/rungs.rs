//! A failure whose text names no connection gets its connection from other input, in every form in
//! which the failure is exported: a trace, a previous failure of the same step, the inventory. If
//! these name several connections or none, the report says so.

use serde_json::{Value, json};

use super::forms::Encoding;
use super::reported_failures::scan;
use crate::support::{
    Env, Row, connection, envelope, execution_log, guid, job_row, logs_csv, odata_page,
};

/// Jobs, and the rung by which the connection of each must be named.
const TRACED: u64 = 1;
const LEARNED: u64 = 2;
const LISTED: u64 = 3;
const LISTED_ELSEWHERE: u64 = 4;
const BETWEEN_TWO: u64 = 5;
const UNKNOWN: u64 = 6;
const CONTRADICTED: u64 = 7;

/// A message that says only that some connection is disabled.
fn disabled(activity: &str) -> String {
    format!(
        "{activity}: Connection is disabled. Please enable the connection to continue. Error \
         code: DAP-GE-3005.\r\nin Main.xaml\r\n    at ConnectorActivity \"{activity}\"\r\n    at \
         Main \"Main\""
    )
}

fn not_found(activity: &str, id: &str) -> String {
    format!(
        "{activity}: Failed to retrieve connection. Consider using a different connection. - \
         Connection [{id}] is invalid or you do not have access to it Error code: DAP-GE-3000.\
         \r\nin Main.xaml\r\n    at ConnectorActivity \"{activity}\"\r\n    at Main \"Main\""
    )
}

/// The failures, each of a job that ended at that time.
fn failures() -> Vec<Row> {
    [
        (TRACED, disabled("Post Result")),
        (LEARNED, disabled("Archive Sample")),
        (LISTED, disabled("Workday: New Invoice")),
        (LISTED_ELSEWHERE, disabled("Zendesk: Create Ticket")),
        (BETWEEN_TWO, disabled("Slack: Send Message")),
        (UNKNOWN, disabled("Copy Row")),
        (CONTRADICTED, disabled("Workday: Close Invoice")),
    ]
    .into_iter()
    .map(|(job, message)| Row::error(job, end(job), message).marked(job))
    .collect()
}

fn end(job: u64) -> u32 {
    u32::try_from(job).unwrap() * 120
}

/// The folder in which the jobs ran, and another one.
fn folders() -> (String, String) {
    (guid(0xf01d, 1), guid(0xf01d, 2))
}

/// Writes all other input: it contains no failure except the exact one of job 2.
fn write_other_input(env: &Env) {
    let (home, other) = folders();
    let tool = |number: u64, key: &str, name: &str, folder: &str| {
        json!({
            "Id": connection(number), "Name": format!("Tool {number}"), "ConnectorKey": key,
            "ConnectorName": name, "State": "Enabled", "Folder": "Any", "FolderKey": folder,
        })
    };
    let tools = json!([
        tool(3, "uipath-workday-workday", "Workday", &home),
        tool(30, "uipath-workday-workday", "Workday", &other),
        tool(4, "uipath-zendesk-zendesk", "Zendesk", &other),
        tool(5, "uipath-salesforce-slack", "Slack", &home),
        tool(50, "uipath-salesforce-slack", "Slack", &home),
    ]);
    env.write("night/connections.json", envelope("ConnectionList", tools));
    let folder = |key: &String, id: i64, path: &str| json!({ "Key": key, "Id": id, "DisplayName": path, "FullyQualifiedName": path });
    let list = [folder(&home, 218_844, "Finance/Invoices"), folder(&other, 7, "Elsewhere")];
    env.write("night/folders.json", odata_page("Folders", &list, None));

    let mut trace = Row::new("Trace", TRACED, end(TRACED) - 9, "").robot_object();
    trace["message"] = json!({
        "DisplayName": "Post Result", "State": "Executing",
        "Activity": "UiPath.IntegrationService.Activities.Runtime.Activities.ConnectorActivity",
        "Variables": {}, "Arguments": { "ConnectionId": connection(1) },
    });
    let failing_row =
        Row::error(LEARNED, end(LEARNED) - 60, not_found("Archive Sample", &connection(2)));
    let log = format!("{}\r\n08:01:51.2042 Trace {trace}\r\n", failing_row.marked(99).line());
    env.write("night/2026-03-13_Execution.log", log);
}

/// The jobs. The last one is bound to a connection of another connector than that of its activity.
fn jobs(info: impl Fn(u64) -> String) -> Vec<u8> {
    let row = |job: u64| {
        let mut row = job_row(job, "Faulted", end(job), &info(job));
        // The times of the jobs do not overlap, so that rows without a job can be assigned.
        row["StartTime"] = row["EndTime"].as_str().unwrap().replace(".53Z", ".01Z").into();
        if job == CONTRADICTED {
            let id = connection(4);
            let properties = json!({ "connectionId": id, "folderKey": folders().1 });
            let binding = json!({ "EntityDisplayName": "x", "Properties": properties });
            row["ResourceOverwrites"] =
                json!({ format!("Connection.{id}"): binding }).to_string().into();
        }
        row
    };
    let rows: Vec<Value> = (TRACED..=CONTRADICTED).map(row).collect();
    odata_page("Jobs", &rows, None)
}

/// Every form of the failures, by file name.
fn forms() -> Vec<(&'static str, String)> {
    let text = |bytes: Vec<u8>| {
        String::from_utf8(bytes).unwrap().trim_start_matches('\u{feff}').to_string()
    };
    let rows = failures();
    let api: Vec<Value> = rows.iter().map(Row::api).collect();
    let of_job = |job: u64| {
        let mine = rows.iter().find(|row| row.job == job);
        mine.map_or(String::new(), |row| row.message.clone())
    };
    vec![
        ("2026-03-14_Execution.log", text(execution_log(&rows))),
        ("logs.json", text(odata_page("RobotLogs", &api, None))),
        ("logs.csv", text(logs_csv(&rows))),
        ("info.json", text(jobs(of_job))),
    ]
}

/// The incident of a job, found by the name of the job's process.
fn incident(report: &Value, job: u64) -> Value {
    let process = format!("Process{job}");
    let of = |incident: &&Value| {
        incident["signature"]["id"] == "conn-disabled"
            && incident["processes"].as_array().unwrap().iter().any(|p| p["name"] == *process)
    };
    let all = report["incidents"].as_array().unwrap();
    all.iter().find(of).unwrap_or_else(|| panic!("nothing told of {process}: {all:#?}")).clone()
}

#[test]
fn what_names_a_connection_names_it_in_every_form_of_the_failure() {
    for (name, text) in forms() {
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let env = Env::new();
            write_other_input(&env);
            env.write("night/jobs.json", jobs(|_| String::new()));
            env.write(&format!("night/{name}"), encoding.encode(&text));
            let reported = scan(&env, &["night"]);
            for (job, rung, id) in [
                (TRACED, "trace", Some(1)),
                (LEARNED, "learned", Some(2)),
                (LISTED, "inventory", Some(3)),
                (LISTED_ELSEWHERE, "inventory", Some(4)),
                (BETWEEN_TWO, "ambiguous", None),
                (UNKNOWN, "unattributed", None),
                (CONTRADICTED, "inventory", Some(3)),
            ] {
                let incident = incident(&reported.report, job);
                let incident_connection = &incident["connection"];
                let what = format!("{name} {encoding:?}: job {job}: {incident_connection:#}");
                assert_eq!(incident_connection["attribution"], rung, "{what}");
                assert_eq!(incident_connection["id"], json!(id.map(connection)), "{what}");
                assert_eq!(incident["job_folders"][0]["path"], "Finance/Invoices", "{what}");
                if rung == "inventory" {
                    assert_eq!(
                        incident_connection["name"],
                        format!("Tool {}", id.unwrap()),
                        "{what}"
                    );
                }
                if rung == "ambiguous" {
                    let candidates = incident_connection["candidates"].as_array().unwrap();
                    let ids: Vec<&str> =
                        candidates.iter().map(|c| c["id"].as_str().unwrap()).collect();
                    assert_eq!(ids, [connection(5), connection(50)], "{what}");
                }
            }
        }
    }
}
