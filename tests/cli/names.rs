//! `names check`: which ids have a name, which have none, and why.

use serde_json::{Value, json};

use crate::support::{
    Env, Row, connection, envelope, execution_log, guid, missing, odata_page, view_denied,
};

fn check(env: &Env, arguments: &[&str]) -> Value {
    let outcome = env.run(&[&["names", "check", "--format", "json"], arguments].concat());
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    serde_json::from_str(&outcome.stdout).unwrap()
}

/// The row of `kind` with this id.
fn row<'v>(answer: &'v Value, kind: &str, id: &str) -> &'v Value {
    let rows = answer[kind].as_array().unwrap();
    rows.iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("{id} is not in {answer:#}"))
}

fn folder(key: &str, path: &str, id: u64) -> Value {
    json!({ "Key": key, "DisplayName": path, "FullyQualifiedName": path, "Id": id })
}

/// The folder id in every row of a robot.
const NUMBER: &str = "218844";

#[test]
fn what_is_listed_has_a_name_and_the_rest_a_reason() {
    let env = Env::new();
    let home = guid(0xf01d, 7);
    env.write(
        "logs/a.log",
        execution_log(&[
            Row::error(1, 1, missing(&connection(1))),
            Row::error(2, 9, missing(&connection(2))),
            Row::error(3, 19, view_denied(&home)),
        ]),
    );
    let listed = json!([{
        "Id": connection(1), "Name": "Outlook – Nordwind", "State": "Enabled",
        "ConnectorKey": "uipath-microsoft-outlook365", "ConnectorName": "Outlook",
        "Folder": "Shared/Mail", "FolderKey": home,
    }]);
    env.write("connections.json", envelope("ConnectionList", listed));
    let answer = check(&env, &["."]);
    let first = row(&answer, "connections", &connection(1));
    assert_eq!(first["names"], json!(["Outlook – Nordwind"]));
    assert_eq!(first["folder"], "Shared/Mail");
    assert_eq!(row(&answer, "connections", &connection(2))["why_not"], json!(["unknown"]));
    assert_eq!(row(&answer, "folders", NUMBER)["why_not"], json!(["unknown"]));
    assert_eq!(answer["known"]["connections"], 1);

    let text = env.run(&["names", "check", "."]).stdout;
    assert!(text.contains("Connections: 1 of 2 that records name have a name"), "{text}");
    assert!(text.contains("no list of folders and no job names this number"), "{text}");
    assert!(env.run(&["names", "check", ".", "--lang", "ja"]).stdout.contains("名前なし"));

    // With a Folders export both ids have names, wherever the export is.
    let page = odata_page("Folders", &[folder(&home, "Shared/Mail", 218_844)], None);
    env.write("inventory/folders.json", page);
    let answer = check(&env, &["logs", "--names", "inventory"]);
    for id in [NUMBER, &home] {
        assert_eq!(row(&answer, "folders", id)["names"], json!(["Shared/Mail"]), "{id}");
        assert_eq!(row(&answer, "folders", id)["why_not"], json!([]), "{id}");
    }
}

#[test]
fn a_number_of_another_tenant_names_nothing() {
    let env = Env::new();
    let log = execution_log(&[Row::error(1, 1, missing(&connection(1)))]);
    let list =
        |key, path| odata_page("Folders", &[folder(&guid(0xf01d, key), path, 218_844)], None);
    env.write("a/logs/x.log", &log);
    env.write("b/logs/y.log", execution_log(&[Row::info(2, 5)]));
    env.write("b/folders.json", list(1, "Finance"));
    assert_eq!(row(&check(&env, &["."]), "folders", NUMBER)["why_not"], json!(["elsewhere"]));
    env.write("a/folders.json", list(2, "Sales"));
    assert_eq!(row(&check(&env, &["."]), "folders", NUMBER)["names"], json!(["Sales"]));
    env.write("a/old/folders.json", list(3, "Marketing"));
    assert_eq!(row(&check(&env, &["."]), "folders", NUMBER)["why_not"], json!(["disagree"]));
}

#[test]
fn what_was_not_read_may_hold_names() {
    let env = Env::new();
    env.write("a.log", execution_log(&[Row::info(1, 1)]));
    env.write("folders.zip", b"PK\x03\x04cut");
    let outcome = env.run(&["names", "check", "."]);
    assert_eq!(outcome.code, Some(3), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("folders.zip"), "{}", outcome.stderr);
    assert_eq!(env.run(&["names", "check", "gone"]).code, Some(2));
    assert_eq!(env.run(&["names", "check"]).code, Some(2));
}
