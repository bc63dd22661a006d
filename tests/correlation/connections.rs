//! Which connection is blamed, and by which rung.

use serde_json::{Value, json};

use super::{
    connection_row, disabled, disabled_id, execution_log, folder, folder_row, incident, job,
    job_row, not_found, page, reply, report, robot_row, scan, time,
};
use crate::support::{Env, connection};

/// The job is bound to these connections.
fn bound(number: u64, connections: &[u64]) -> Value {
    let mut row = job_row(number, 0.0, 900.0, "Job faulted");
    let bindings: serde_json::Map<String, Value> = connections
        .iter()
        .map(|n| {
            let id = connection(*n);
            let binding = json!({ "Properties": { "connectionId": id, "folderKey": folder(1) } });
            (format!("Connection.{id}"), binding)
        })
        .collect();
    row["ResourceOverwrites"] = Value::Object(bindings).to_string().into();
    row
}

#[test]
fn an_id_is_lent_only_within_its_occurrence() {
    for (gap, activity, lent) in
        [(1.0, "Get mail", true), (3.0, "Get mail", false), (1.0, "Put lead", false)]
    {
        let env = Env::new();
        let rows = [
            robot_row(0.0, 1, &disabled_id("Get mail", 1)),
            robot_row(gap, 1, &disabled(activity)),
        ];
        env.write("in/a.log", execution_log(&rows));
        let found = scan(&env);
        let occurrences = found.iter().map(|f| f.occurrences).sum::<u64>();
        assert_eq!(occurrences, if lent { 1 } else { 2 }, "{gap} {activity}: {found:?}");
        if activity == "Put lead" {
            let unnamed = incident("conn-disabled", None, "unattributed", (1, 1), &["100"]);
            assert!(found.contains(&unnamed), "{found:?}");
        }
    }
}

#[test]
fn an_id_of_another_connector_is_not_lent() {
    let env = Env::new();
    let mut named = robot_row(0.0, 1, &disabled_id("Slack: Send", 1));
    named["message"] = named["message"].as_str().unwrap().replace("Slack: Send: ", "").into();
    named["message"] =
        named["message"].as_str().unwrap().lines().next().unwrap().to_string().into();
    env.write("in/a.log", execution_log(&[named, robot_row(1.0, 1, &disabled("Workday: Pay"))]));
    let tools = json!([connection_row(1, "slack", 1), connection_row(2, "workday", 1)]);
    env.write("in/connections.json", reply("ConnectionList", tools));
    let expected = [
        incident("conn-disabled", 1, "exact", (1, 1), &["100"]),
        incident("conn-disabled", 2, "inventory", (1, 1), &["100"]),
    ];
    assert_eq!(scan(&env), expected);
}

#[test]
fn a_candidate_of_another_connector_is_none_on_any_rung() {
    let env = Env::new();
    env.write("in/a.log", execution_log(&[robot_row(5.0, 1, &disabled("Workday: Pay"))]));
    env.write("in/jobs.json", page("Jobs", "o/t", &[bound(1, &[1])]));
    let tools = json!([connection_row(1, "slack", 1), connection_row(2, "workday", 1)]);
    env.write("in/connections.json", reply("ConnectionList", tools));
    assert_eq!(scan(&env), [incident("conn-disabled", 2, "inventory", (1, 1), &["100"])]);
}

#[test]
fn a_text_that_says_that_no_connection_is_bound_gets_none() {
    let env = Env::new();
    let message = "Get mail: Connection ID is empty. Error code: DAP-RT-1002.\r\nin Main.xaml\r\n    \
                   at ConnectorActivity \"Get mail\"";
    env.write("in/a.log", execution_log(&[robot_row(5.0, 1, message)]));
    env.write("in/jobs.json", page("Jobs", "o/t", &[bound(1, &[1])]));
    assert_eq!(scan(&env), [incident("conn-not-bound", None, "unattributed", (1, 1), &["100"])]);
}

#[test]
fn a_span_names_connection_and_folder_in_any_spelling() {
    for (member, as_text) in [("connectionid", true), ("Public.CONNECTIONID", false)] {
        let env = Env::new();
        let mut row = robot_row(5.0, 1, &disabled("Get mail"));
        row.as_object_mut().unwrap().remove("organizationUnitId");
        env.write("in/a.log", execution_log(&[row]));
        let attributes = json!({ member: connection(3), "Private.DisplayName": "Get mail" });
        let attributes = if as_text { attributes.to_string().into() } else { attributes };
        let span = json!({
            "TraceId": job(9), "Name": "Get mail", "StartTime": time(1.0), "EndTime": time(2.0),
            "Attributes": attributes, "Status": 1, "FolderKey": folder(1), "JobKey": job(1),
        });
        env.write("in/traces.json", reply("JobTraces", json!([span])));
        env.write("in/folders.json", page("Folders", "o/t", &[folder_row(100, 1, "Home")]));
        assert_eq!(scan(&env), [incident("conn-disabled", 3, "trace", (1, 1), &["Home"])]);
    }
}

#[test]
fn steps_are_learned_within_a_tenant_and_not_across() {
    for (tenant, rung, learned) in [("o/a", "learned", Some(1)), ("o/b", "unattributed", None)] {
        let env = Env::new();
        // The exact failure has another signature: incidents of one are never joined.
        env.write(
            "in/x/robots/a.log",
            execution_log(&[robot_row(0.0, 1, &not_found("Get mail", 1))]),
        );
        env.write("in/y/robots/a.log", execution_log(&[robot_row(9.0, 2, &disabled("Get mail"))]));
        env.write("in/x/folders.json", page("Folders", "o/a", &[folder_row(100, 1, "Home")]));
        env.write("in/y/folders.json", page("Folders", tenant, &[folder_row(100, 1, "Home")]));
        let found = scan(&env);
        assert!(
            found.contains(&incident("conn-disabled", learned, rung, (1, 1), &["Home"])),
            "{tenant} {found:?}"
        );
    }
}

#[test]
fn the_rung_stands_per_occurrence() {
    let env = Env::new();
    let rows = [
        robot_row(0.0, 1, &disabled_id("Get mail", 1)),
        robot_row(60.0, 1, &disabled("Get mail")),
        robot_row(120.0, 2, &disabled("Get mail")),
    ];
    env.write("in/a.log", execution_log(&rows));
    let outcome = env.scan(&["in"]);
    let connection = &outcome.report["incidents"][0]["connection"];
    assert_eq!(connection["rungs"], json!({ "exact": 1, "learned": 2 }), "{}", outcome.report);
    let csv = String::from_utf8(outcome.files["occurrences.csv"].clone()).unwrap();
    assert_eq!(csv.matches(",learned\r\n").count(), 2, "{csv}");
    assert_eq!(csv.matches(",exact\r\n").count(), 1, "{csv}");
}

#[test]
fn candidates_are_bounded_and_the_nearest_come_first() {
    let env = Env::new();
    env.write("in/a.log", execution_log(&[robot_row(0.0, 1, &disabled("Workday: Pay"))]));
    let folders = [
        folder_row(100, 1, "Finance/Pay"),
        folder_row(101, 2, "Finance"),
        folder_row(102, 3, "Sales"),
    ];
    env.write("in/folders.json", page("Folders", "o/t", &folders));
    // Those in the folder above the job's have the highest ids.
    let tools: Vec<Value> =
        (0..40).map(|n| connection_row(n, "workday", if n < 30 { 3 } else { 2 })).collect();
    env.write("in/connections.json", reply("ConnectionList", Value::Array(tools)));
    let connection_of = &report(&env, &[])["incidents"][0]["connection"];
    assert_eq!(connection_of["candidates_total"], 40);
    let ids: Vec<&str> = connection_of["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|candidate| candidate["id"].as_str().unwrap())
        .collect();
    let expected: Vec<String> = (30..40).chain(0..10).map(connection).collect();
    assert_eq!(ids, expected);
}
