//! With an inventory, every connection and folder that a text names has its name, by the right
//! rung, and no other name is invented.

use std::collections::{BTreeMap, BTreeSet};

use faultline::model::Guid;
use serde_json::{Value, json};

use super::corpus::{Case, cases};
use super::reported_failures::{Occurrence, scan};
use crate::support::{Env, execution_log, guid, job_row, odata_page};

/// The folder in which all jobs ran: `organizationUnitId` of the rows.
const HOME: i64 = 218_844;

fn folder(key: &str, id: i64, path: &str) -> Value {
    let name = path.rsplit('/').next().unwrap();
    json!({
        "Key": key, "Id": id, "DisplayName": name, "FullyQualifiedName": path,
        "FolderType": "Standard", "IsPersonal": false, "ParentId": null,
    })
}

/// The folder of the connections of a case.
fn lives(case: &Case) -> String {
    case.guid("folder").map_or_else(|| guid(0xf01d, 1), |key| key.to_string())
}

fn tool(id: &str, case: &Case) -> Value {
    let connector = case.expect.get("connector").cloned().unwrap_or("acme-press".to_string());
    let folder = lives(case);
    json!({
        "id": id, "name": format!("Tool {id}"), "owner": "ops@larchmont.example", "state": "Enabled",
        "connector": { "key": connector, "name": format!("Acme {connector}"), "id": 7 },
        "folder": { "key": folder, "fullyQualifiedName": path_of(&folder), "personalWorkspace": false },
    })
}

fn path_of(key: &str) -> String {
    format!("Shared/Tools {}", &key[..8])
}

/// The inventory of these connections and their folders.
fn inventory(env: &Env, tools: &BTreeMap<String, &Case>) {
    let list: Vec<Value> = tools.iter().map(|(id, case)| tool(id, case)).collect();
    env.write("night/connections.json", serde_json::to_vec(&list).unwrap());
    let keys: BTreeSet<String> = tools.values().map(|case| lives(case)).collect();
    let mut folders = vec![folder(&guid(0xf01d, 9), HOME, "Finance/Invoices")];
    for (at, key) in (1_i64..).zip(&keys) {
        folders.push(folder(key, 700_000 + at, &path_of(key)));
    }
    env.write("night/folders.json", odata_page("Folders", &folders, None));
}

fn string<'v>(incident: &'v Value, pointer: &str) -> &'v str {
    incident.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Everything that the text itself names has its name.
fn names_match_the_text(case: &Case, occurrence: &Occurrence) {
    let incident = &occurrence.incident;
    let what = format!("{}: {}\n{:#}", case.signature, case.message, incident["connection"]);
    if let Some(id) = case.guid("connection") {
        assert_eq!(string(incident, "/connection/id"), id.to_string(), "{what}");
        assert_eq!(string(incident, "/connection/attribution"), "exact", "{what}");
        assert_eq!(string(incident, "/connection/name"), format!("Tool {id}"), "{what}");
        assert!(!string(incident, "/connection/connector").is_empty(), "{what}");
        let path = path_of(&lives(case));
        assert_eq!(string(incident, "/connection_folder/path"), path, "{what}");
    }
    if let Some(key) = case.guid("folder") {
        assert_eq!(string(incident, "/connection_folder/key"), key.to_string(), "{what}");
        assert_eq!(string(incident, "/connection_folder/source"), "message", "{what}");
        let path = path_of(&key.to_string());
        assert_eq!(string(incident, "/connection_folder/path"), path, "{what}");
    }
    let homes = incident["job_folders"].as_array().unwrap();
    assert!(homes.iter().all(|home| home["path"] == "Finance/Invoices"), "{what}: {homes:?}");
    assert!(!homes.is_empty(), "{what}");
}

#[test]
fn what_a_text_names_has_its_name() {
    let all = cases();
    let cases: Vec<&Case> = all.iter().collect();
    let mut tools: BTreeMap<String, &Case> = BTreeMap::new();
    for case in &cases {
        if let Some(id) = case.guid("connection") {
            tools.entry(id.to_string()).or_insert(case);
        }
        if let Some(key) = case.guid("folder") {
            // A connection in the folder that the message names, which may be another folder than
            // the job's.
            tools.insert(guid(0xc0c1, case.job), case);
            assert_ne!(Some(key), Guid::parse(&guid(0xf01d, 1)));
        }
    }
    let env = Env::new();
    inventory(&env, &tools);
    let rows: Vec<_> = cases.iter().map(|case| case.row()).collect();
    env.write("night/2026-03-14_Execution.log", execution_log(&rows));
    let reported = scan(&env, &["night"]);
    reported.is_exactly(&cases, "with an inventory");
    for (case, occurrence) in reported.by_job(&cases, "with an inventory") {
        names_match_the_text(case, occurrence);
        if case.guid("connection").is_none() {
            let rung = string(&occurrence.incident, "/connection/attribution");
            assert_eq!(rung, "unattributed", "{}: {}", case.signature, case.message);
            assert!(occurrence.incident["connection"]["id"].is_null());
        }
    }
}

#[test]
fn what_a_text_does_not_name_is_named_by_the_binding_of_its_job() {
    let all = cases();
    let cases: Vec<&Case> = all.iter().collect();
    let mut tools: BTreeMap<String, &Case> = BTreeMap::new();
    let mut jobs = Vec::new();
    for case in &cases {
        let id = match case.guid("connection") {
            Some(id) => id.to_string(),
            None => guid(0xc0c2, case.job),
        };
        tools.entry(id.clone()).or_insert(case);
        let mut row = job_row(case.job, "Faulted", case.second(), "");
        row["ResourceOverwrites"] = bound(&id, &lives(case));
        jobs.push(row);
    }
    let env = Env::new();
    inventory(&env, &tools);
    env.write("night/jobs.json", odata_page("Jobs", &jobs, None));
    let rows: Vec<_> = cases.iter().map(|case| case.row()).collect();
    env.write("night/2026-03-14_Execution.log", execution_log(&rows));
    let reported = scan(&env, &["night"]);
    reported.is_exactly(&cases, "with bindings");
    for (case, occurrence) in reported.by_job(&cases, "with bindings") {
        names_match_the_text(case, occurrence);
        let incident = &occurrence.incident;
        if string(incident, "/signature/id") == "conn-not-bound" {
            // The text says that there is no connection, so no binding can be the one.
            assert_eq!(string(incident, "/connection/attribution"), "unattributed");
        } else if case.guid("connection").is_none() {
            let id = guid(0xc0c2, case.job);
            assert_eq!(string(incident, "/connection/id"), id, "{}", case.message);
            assert_eq!(string(incident, "/connection/attribution"), "job-binding");
            assert_eq!(string(incident, "/connection/name"), format!("Tool {id}"));
        }
    }
}

/// The binding of a job as its row contains it: an object as text.
fn bound(id: &str, folder: &str) -> Value {
    let binding = json!({
        format!("Connection.{id}"): {
            "EntityDisplayName": "ops@larchmont.example", "Level": 0,
            "Properties": { "connectionId": id, "folderKey": folder },
        }
    });
    binding.to_string().into()
}
