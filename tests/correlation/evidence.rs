//! More evidence never hurts: an export that adds no failure may name and merge, and changes no
//! connection that was known.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    connection_row, disabled, disabled_id, execution_log, folder, folder_row, job, job_row, page,
    reply, robot_row, time,
};
use crate::support::{Env, connection};

/// The failures of a file: job, second, activity, and the connection that the text names.
type Failure = (u64, u16, bool, Option<u64>);

const ACTIVITIES: [&str; 2] = ["Workday: Pay", "Slack: Send"];

fn log(failures: &[Failure], tenant: u64) -> String {
    let rows: Vec<Value> = failures
        .iter()
        .map(|(number, second, activity, id)| {
            let activity = ACTIVITIES[usize::from(*activity)];
            // A connection has one connector.
            let message = match id {
                Some(id) => {
                    let slot = id * 2 + u64::from(activity == ACTIVITIES[1]);
                    disabled_id(activity, tenant * 8 + slot)
                }
                None => disabled(activity),
            };
            robot_row(f64::from(*second), tenant * 100 + number, &message)
        })
        .collect();
    execution_log(&rows)
}

/// Exports that hold no failure, by the name of their file.
fn exports(tenant: u64) -> Vec<(&'static str, String)> {
    let name = ["o/prod", "o/test"][tenant as usize];
    let jobs = |numbers: std::ops::Range<u64>| -> Vec<Value> {
        let row = |n: u64| job_row(tenant * 100 + n, -10.0, 3000.0, "");
        numbers.map(row).collect()
    };
    let path = ["Home", "Other"][tenant as usize];
    let tools: Vec<Value> = (0..8)
        .map(|slot| {
            let connector = if slot % 2 == 0 { "workday" } else { "slack" };
            connection_row(tenant * 8 + slot, connector, tenant)
        })
        .collect();
    let span = json!({
        "TraceId": job(77), "Name": "Log", "StartTime": time(1.0), "EndTime": time(2.0), "Status": 1,
        "Attributes": json!({ "ConnectionId": connection(tenant * 8) }).to_string(),
        "FolderKey": folder(tenant), "JobKey": job(tenant * 100 + 1),
    });
    vec![
        ("folders.json", page("Folders", name, &[folder_row(100, tenant, path)])),
        ("jobs-1.json", page("Jobs", name, &jobs(0..2))),
        ("jobs-2.json", page("Jobs", name, &jobs(2..4))),
        ("connections.json", reply("ConnectionList", Value::Array(tools))),
        ("traces.json", reply("JobTraces", json!([span]))),
    ]
}

fn world(logs: &[(u64, &[Failure])], chosen: &BTreeSet<(u64, usize)>) -> Env {
    let env = Env::new();
    for (tenant, failures) in logs {
        env.write(&format!("in/t{tenant}/robots/a.log"), log(failures, *tenant));
        for (n, (name, text)) in exports(*tenant).into_iter().enumerate() {
            if chosen.contains(&(*tenant, n)) {
                env.write(&format!("in/t{tenant}/orch/{name}"), text);
            }
        }
    }
    env
}

/// Job, time and activity of an occurrence.
type Row = (String, String, String);

/// The number of incidents, the connection of each occurrence that has one, and the names of
/// connections and job folders.
fn blamed(env: &Env) -> (u64, BTreeMap<Row, String>, BTreeSet<String>) {
    let outcome = env.scan(&["in"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let bytes = &outcome.files["occurrences.csv"][3..];
    let mut reader = csv::Reader::from_reader(bytes);
    let head = reader.headers().unwrap().clone();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        let cell =
            |name: &str| row[head.iter().position(|column| column == name).unwrap()].to_string();
        ((cell("job_key"), cell("time"), cell("activity")), cell("connection_id"))
    });
    let blamed = rows.filter(|(_, connection)| !connection.is_empty()).collect();
    let names = outcome.report["incidents"].as_array().unwrap().iter().flat_map(|incident| {
        let folders = incident["job_folders"].as_array().unwrap().iter();
        let folders = folders.filter_map(|f| f["path"].as_str());
        folders
            .chain(incident["connection"]["name"].as_str())
            .map(str::to_string)
            .collect::<Vec<_>>()
    });
    (outcome.report["summary"]["incidents"].as_u64().unwrap(), blamed, names.collect())
}

fn failures() -> impl Strategy<Value = Vec<Failure>> {
    let failure = (0_u64..4, 0_u16..40, any::<bool>(), prop::option::weighted(0.3, 0_u64..2));
    prop::collection::vec(failure, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_further_export_moves_no_blame_and_removes_no_name(
        one in failures(),
        other in failures(),
        chosen in prop::collection::btree_set((0_u64..2, 0_usize..5), 0..8),
        added in (0_u64..2, 0_usize..5),
    ) {
        let mut chosen = chosen;
        // Each tenant says its name: the first statement of a second tenant speaks against what was
        // joined without it.
        chosen.extend([(0, 0), (1, 0)]);
        let logs: [(u64, &[Failure]); 2] = [(0, &one), (1, &other)];
        let less = blamed(&world(&logs, &chosen));
        let mut more = chosen.clone();
        more.insert(added);
        let more = blamed(&world(&logs, &more));
        for (row, connection) in &less.1 {
            prop_assert_eq!(more.1.get(row), Some(connection), "{:?}", row);
        }
        prop_assert!(less.2.is_subset(&more.2), "{:?} {:?}", less.2, more.2);
        // Connections and traces may prove that one incident has two connections.
        if added.1 < 3 {
            prop_assert!(more.0 <= less.0, "{} {}", more.0, less.0);
        }
    }

    #[test]
    fn two_tenants_never_mix(
        one in failures(),
        other in failures(),
        chosen in prop::collection::btree_set((0_u64..2, 1_usize..5), 0..8),
    ) {
        let mut chosen = chosen;
        // Each tenant says its name.
        chosen.extend([(0, 0), (1, 0)]);
        let logs: [(u64, &[Failure]); 2] = [(0, &one), (1, &other)];
        let both = blamed(&world(&logs, &chosen));
        let alone = [blamed(&world(&logs[..1], &chosen)), blamed(&world(&logs[1..], &chosen))];
        prop_assert_eq!(both.0, alone[0].0 + alone[1].0);
        let mut rows = alone[0].1.clone();
        rows.extend(alone[1].1.clone());
        prop_assert_eq!(both.1, rows);
    }
}
