//! Texts that only resemble a failed connection, and texts that report one in unusual wording. All
//! are in one run, each with a job of its own.

use std::collections::BTreeMap;

use serde_json::Value;

use super::reported_failures::{ReportedFailures, scan};
use crate::support::{Env, Row, execution_log, guid, job_row, odata_page};

/// What a text must be recognised as.
enum Is {
    Nothing,
    /// A mention of this signature.
    Mention(&'static str),
    /// A neighbour of this signature.
    Neighbour(&'static str),
    /// An incident of this signature with these match details.
    Incident(&'static str, &'static [(&'static str, &'static str)]),
}
use Is::{Incident, Mention, Neighbour, Nothing};

const ID: &str = "5f0e7d6c-1111-4222-8333-0123456789ab";

/// Level, whether the workflow itself wrote the row, text, and expected result.
type Guard = (&'static str, bool, &'static str, Is);

fn similar_texts() -> Vec<Guard> {
    vec![
        (
            "Error",
            false,
            "Role Viewer permissions: Assets.View, Connections.View, Jobs.View",
            Nothing,
        ),
        (
            "Error",
            false,
            "Audit: user ann@x granted Connections.View on folder Finance to robot R7",
            Nothing,
        ),
        (
            "Info",
            true,
            "Config ConnectionId=5f0e7d6c-1111-4222-8333-0123456789ab folder=Finance retry=3",
            Nothing,
        ),
        (
            "Info",
            true,
            "If you see \"Connection is disabled. Please enable the connection to continue.\" call IT",
            Mention("conn-disabled"),
        ),
        (
            "Error",
            false,
            "Either the path '/x' is invalid or you do not have access to it.",
            Nothing,
        ),
        ("Error", false, "D/Weibo-authorize: Failed to receive access token", Nothing),
        (
            "Error",
            false,
            "Your account has been temporarily disabled due to multiple unsuccessful login attempts",
            Nothing,
        ),
        ("Error", false, "Data Source=sql01;Initial Catalog=x;Connection Timeout=30", Nothing),
        ("Error", false, "Connection refused: localhost:9222 (chrome devtools)", Nothing),
        (
            "Error",
            false,
            "Access token refreshed successfully for connection 5f0e7d6c-1111-4222-8333-0123456789ab",
            Nothing,
        ),
        ("Warn", false, "Attempt 1/3 failed: Too many requests. Retrying", Nothing),
        (
            "Error",
            false,
            "Open Plan: The sharing link no longer exists, or you do not have permission to access it.",
            Neighbour("o365-sharing-link"),
        ),
        (
            "Error",
            false,
            "Post: Error Code: [400]\r\nMessage: Bad Request\r\nProviderMessage: {\"ok\":false,\"error\":\"channel_not_found\"}\r\nUiPath.BAF.Infrastructure.Exceptions.BusinessActivityExecutionException",
            Neighbour("provider-4xx"),
        ),
        (
            "Trace",
            false,
            "{\"DisplayName\":\"HTTP Request\",\"State\":\"Executing\",\"Arguments\":{\"ConnectionId\":\"5f0e7d6c-1111-4222-8333-0123456789ab\"}}",
            Nothing,
        ),
        (
            "Info",
            true,
            "Mail body: Connection [5f0e7d6c-1111-4222-8333-0123456789ab] is invalid or you do not have access to it",
            Mention("conn-not-found"),
        ),
        ("Error", false, "DAP-RT-1052: Trigger activity could not find any matches.", Nothing),
        ("Error", false, "Device setup order E0000011, CODE00000224", Nothing),
        ("Error", false, "DapperException while packing one CNS-1008 cable", Nothing),
        ("Error", false, "Download: HTTP 403 from https://cdn.example.com/a.zip", Nothing),
        ("Error", false, "Error code: 3005 reached in table DAP", Nothing),
        ("Error", false, "Connection [sql-main] is invalid", Nothing),
        (
            "Error",
            false,
            "UiPath.Ipc.RemoteException: Could not find a process named 'X' in folder 'Y'",
            Neighbour("process-missing"),
        ),
        (
            "Error",
            false,
            "HTTP Request: System.Net.WebException: The remote server returned an error: (401) Unauthorized.",
            Neighbour("http-activity"),
        ),
        (
            "Error",
            false,
            "Import: order 102016 of Integration Services, event matched nothing",
            Nothing,
        ),
        (
            "Error",
            false,
            "Import: AADSTS70016 at ConnectorActivity \"Sign in\": authorization pending",
            Nothing,
        ),
    ]
}

fn failures() -> Vec<Guard> {
    const FOLDER: &str = "3b0c5d1e-7a24-4c9b-8f10-9a6b2c3d4e5f";
    vec![
        (
            "Error",
            false,
            "Post Invoice: Failed to retrieve connection. Consider using a different connection. - The robot does not have the Connections.View permission in the folder where this connection lives. Ask your administrator to grant Connections.View on that folder, or move the connection to a folder where the robot has the required permission. (Folder: 3b0c5d1e-7a24-4c9b-8f10-9a6b2c3d4e5f) Error code: DAP-GE-3000.",
            Incident(
                "conn-view-denied",
                &[
                    ("/connection_folder/key", FOLDER),
                    ("/activities/0/name", "Post Invoice"),
                    ("/codes/0", "DAP-GE-3000"),
                ],
            ),
        ),
        (
            "Error",
            false,
            "Failed to retrieve connection. Consider using a different connection. - User '4411' does not have Connections.View permissions in [Connection: 5f0e7d6c-1111-4222-8333-0123456789ab] Error code: DAP-GE-3000.",
            Incident("conn-view-denied", &[("/connection/id", ID)]),
        ),
        (
            "Error",
            false,
            "ユーザーは、接続フォルダーに対する Connections.View 権限がありません。",
            Incident("conn-view-denied", &[]),
        ),
        (
            "Error",
            true,
            "[ReadMail] Connection [6f0e7d6c-1111-4222-8333-0123456789ab] is invalid or you do not have access to it",
            Incident(
                "conn-not-found",
                &[("/connection/id", "6f0e7d6c-1111-4222-8333-0123456789ab")],
            ),
        ),
        (
            "Error",
            false,
            "Upload Offer: Failed to retrieve connection. Consider using a different connection. - Connection 'B7A1C2D3-2222-4333-8444-ABCDEF012345' is on a personal folder and can only be used by its owner. Error code: DAP-GE-3000.",
            Incident(
                "conn-personal-workspace",
                &[("/connection/id", "b7a1c2d3-2222-4333-8444-abcdef012345")],
            ),
        ),
        (
            "Error",
            false,
            "Connection [a90c1d2e-3333-4444-8555-111122223333] is not in an authorized state. Please re-authenticate the connection to continue.\r\n ---> UiPath.ConnectionClient.Contracts.ConnectionHttpException: Connection Service error reported: [StatusCode: BadRequest, ErrorCode: \"CNS1008\", ErrorReason: \"{\\\"error\\\":\\\"invalid_grant\\\",\\\"error_description\\\":\\\"expired access/refresh token\\\"}\", TraceId: \"0123456789abcdef0123456789abcdef\"]",
            Incident(
                "conn-not-authorized-state",
                &[
                    ("/connection/id", "a90c1d2e-3333-4444-8555-111122223333"),
                    ("/cause/code", "invalid_grant"),
                    ("/codes/0", "CNS1008"),
                ],
            ),
        ),
        (
            "Error",
            false,
            "Salesforce: Create Lead: Connection is disabled. Please enable the connection to continue. Error code: DAP-GE-3005.",
            Incident("conn-disabled", &[("/activities/0/name", "Salesforce: Create Lead")]),
        ),
        (
            "Error",
            false,
            "One or more errors occurred. (Failed to retrieve connection. Consider using a different connection. - Bad Gateway Error code: DAP-GE-3000.)",
            Incident("conn-resolve-transient", &[]),
        ),
        (
            "Error",
            false,
            "System.AggregateException: One or more errors occurred. (Unable to find a connection of type  with the specified Id 'c0ffee00-4444-4555-8666-777788889999'.) ---> UiPath.IntegrationCore.Utilities.ConnectionException",
            Incident(
                "conn-legacy-not-found",
                &[("/connection/id", "c0ffee00-4444-4555-8666-777788889999")],
            ),
        ),
        (
            "Error",
            false,
            "UiPath.Ipc.RemoteException: Could not obtain access token. (invalid_grant)\n    at ConnectorActivity \"Approve PO\"",
            Incident(
                "conn-token-remote",
                &[("/cause/code", "invalid_grant"), ("/activities/0/name", "Approve PO")],
            ),
        ),
        (
            "Error",
            false,
            "{\"details\":\"Invalid Organization or User secret, or invalid Element token provided.\",\"message\":\"Failed to execute IS call to /curated_query: HTTP Status: 401 - Unauthorized\",\"status\":400}",
            Incident("element-token-invalid", &[("/provider_status", "401")]),
        ),
        (
            "Error",
            false,
            "Open Ticket: Request failed with error: \r\nProviderMessage : code - access_denied, message - not permitted\r\nProviderErrorCode : 403\r\nRequestId : 66aa0b1c2d3e4f5061728394\r\nMessage : Forbidden\r\n\r\nStatus code: Forbidden. Error code: DAP-RT-1101.",
            Incident(
                "provider-403",
                &[("/provider_status", "403"), ("/cause/code", "access_denied")],
            ),
        ),
        (
            "Error",
            false,
            "Get Repo: Request failed with error: \r\nProviderMessage : message - Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.\r\nProviderErrorCode : 403\r\nRequestId : 66aa0b1c2d3e4f5061728395\r\nMessage : Forbidden\r\n\r\nStatus code: Forbidden. Error code: DAP-RT-1101.",
            Incident("ip-github", &[("/category", "ip-allowlist")]),
        ),
        (
            "Error",
            false,
            "Send Mail: A configuration error AADSTS7000222 occurred in the activity.",
            Incident(
                "o365-aadsts",
                &[("/category", "auth-credentials"), ("/cause/code", "AADSTS7000222")],
            ),
        ),
        (
            "Error",
            false,
            "List Records: そのようなホストは不明です。 (cloud.uipath.com:443) Error code: DAP-RT-1103.",
            Incident(
                "is-endpoint-unreachable",
                &[("/category", "network-dns"), ("/cause/code", "net-dns")],
            ),
        ),
        (
            "Error",
            false,
            "エラー コード: 400 メッセージ: 1 つ以上のトリガーが割り当てられているコネクションを削除できません。",
            Incident("conn-delete-has-triggers", &[]),
        ),
        (
            "Error",
            false,
            "[Get Credential] Status code: 403 (Forbidden). Orchestrator response: \nFolder 'Legacy' does not exist or the user does not have access to the folder. Error code: 1100",
            Neighbour("orch-folder-no-access"),
        ),
        (
            "Error",
            false,
            "{\"message\":\"An organization unit is required for this action.\",\"errorCode\":1101,\"traceId\":\"00-0123456789abcdef0123456789abcdef-0123456789abcdef-01\"}",
            Neighbour("orch-ou-required"),
        ),
        (
            "Error",
            false,
            "Trigger [5f0e7d6c-1111-4222-8333-0123456789ab] is invalid or you do not have access",
            Incident("trigger-invalid", &[]),
        ),
        (
            "Error",
            false,
            "Send Mail: A configuration error AADSTS500208 occurred in the activity.",
            Incident(
                "o365-aadsts",
                &[("/category", "identity-mismatch"), ("/cause/code", "AADSTS500208")],
            ),
        ),
        (
            "Error",
            false,
            "Send Mail: A configuration error AADSTS700082 occurred in the activity.",
            Incident(
                "o365-aadsts",
                &[("/category", "auth-expired"), ("/cause/code", "AADSTS700082")],
            ),
        ),
        (
            "Error",
            false,
            "Send Mail: A configuration error AADSTS987654 occurred in the activity.",
            Incident(
                "o365-aadsts",
                &[("/category", "auth-credentials"), ("/cause/code", "AADSTS987654")],
            ),
        ),
    ]
}

fn scan_guards(guards: &[Guard]) -> ReportedFailures {
    let env = Env::new();
    let rows: Vec<Row> = guards
        .iter()
        .zip(1..)
        .map(|((level, user, text, _), job)| Row {
            user: *user,
            ..Row::new(level, job, job as u32 * 5, *text)
        })
        .collect();
    env.write("night/2026-03-14_Execution.log", execution_log(&rows));
    scan(&env, &["night"])
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

fn hold(guards: &[Guard]) {
    let reported = scan_guards(guards);
    let mut mentions: BTreeMap<String, u64> = BTreeMap::new();
    let mut neighbours: BTreeMap<&str, u64> = BTreeMap::new();
    let mut incidents = 0;
    for ((_, _, text, is), job) in guards.iter().zip(1..) {
        let key = guid(0x10b, job);
        let mine: Vec<_> =
            reported.occurrences.iter().filter(|o| o.job.as_deref() == Some(&key)).collect();
        match is {
            Incident(id, readings) => {
                incidents += 1;
                assert_eq!(mine.len(), 1, "{text}");
                assert_eq!(mine[0].signature, *id, "{text}");
                for (pointer, wanted) in *readings {
                    let read = mine[0].incident.pointer(pointer).map(shown);
                    assert_eq!(read.as_deref(), Some(*wanted), "{pointer}: {text}");
                }
            }
            other => {
                assert!(mine.is_empty(), "{text}: {}", mine[0].signature);
                match other {
                    Mention(id) => *mentions.entry((*id).to_string()).or_default() += 1,
                    Neighbour(id) => *neighbours.entry(id).or_default() += 1,
                    _ => {}
                }
            }
        }
    }
    assert_eq!(reported.occurrences.len(), incidents);
    let got = reported.neighbours.iter().map(|((_, id), count)| (id.as_str(), *count));
    assert_eq!(got.collect::<BTreeMap<_, _>>(), neighbours);
    let got = reported.report["mentions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mention| (shown(&mention["signature"]), mention["records"].as_u64().unwrap()));
    assert_eq!(got.collect::<BTreeMap<_, _>>(), mentions);
    assert_eq!(reported.report["unmatched"], Value::Array(vec![]));
}

#[test]
fn similar_texts_are_what_they_are() {
    hold(&similar_texts());
}

#[test]
fn failures_are_reported_with_their_details() {
    hold(&failures());
}

/// A failure that a retry fixed: the job succeeded, so that no one has to be alerted.
#[test]
fn a_failure_that_a_retry_mended_is_recovered() {
    let env = Env::new();
    let text = "Get Mail: Too many requests. UiPath.MicrosoftOffice365.Office365Exception";
    let rows = [Row::error(1, 5, text), Row::info(1, 60)];
    env.write("night/2026-03-14_Execution.log", execution_log(&rows));
    let jobs = [job_row(1, "Successful", 90, "Job completed")];
    env.write("night/jobs.json", odata_page("Jobs", &jobs, None));
    let reported = scan(&env, &["night"]);
    let [occurrence] = &reported.occurrences[..] else {
        panic!("{:#}", reported.report["incidents"])
    };
    assert_eq!(occurrence.signature, "o365-throttled");
    assert_eq!(occurrence.incident["counts"]["recovered"], 1);
    assert_eq!(occurrence.incident["severity"], "low");
}
