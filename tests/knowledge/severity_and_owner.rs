//! Severity and owner of incidents for which the signature alone does not determine them.

use serde_json::Value;

use crate::support::{Env, Row, execution_log};

/// Severity, category and owner of the only incident.
fn severity_and_owner(rows: &[Row]) -> [Value; 3] {
    let env = Env::new();
    env.write("robot.log", execution_log(rows));
    let report = env.scan(&["robot.log"]).report;
    let [incident] = report["incidents"].as_array().unwrap().as_slice() else {
        panic!("{}", report["incidents"])
    };
    ["severity", "category", "owner"].map(|part| incident[part].clone())
}

#[test]
fn the_inner_reason_decides_how_bad_a_refusal_is() {
    let refused = "Post Message: Request failed with error: Error Code: [400]\nMessage: Bad Request\n\
                   ProviderMessage: {\"ok\":false,\"error\":\"invalid_auth\"}\nin Main.xaml\n    \
                   at ConnectorActivity \"Post Message\"\n\n--- .NET stack trace ---\n\
                   UiPath.BAF.Infrastructure.Exceptions.BusinessActivityExecutionException: x";
    assert_eq!(
        severity_and_owner(&[Row::error(1, 9, refused)]),
        ["high", "auth-expired", "connection-owner"]
    );
}

#[test]
fn a_network_that_fails_again_is_high() {
    let unknown = "List Records: No such host is known. (api.example.com:443)\r\nin Main.xaml\r\n    \
                   at ConnectorActivity \"List Records\"";
    let at = |job, second| Row::error(job, second, unknown);
    let expected = |severity: &str| [severity, "network-dns", "network-team"].map(Value::from);
    assert_eq!(severity_and_owner(&[at(1, 9)]), expected("medium"));
    // A loop that retries for minutes is one disruption.
    assert_eq!(severity_and_owner(&[at(1, 9), at(1, 30), at(1, 300)]), expected("medium"));
    assert_eq!(severity_and_owner(&[at(1, 9), at(1, 900)]), expected("high"));
    // The robot cannot reach the platform at all, whichever part of the network failed.
    let unreachable = format!("{unknown}\r\nError code: DAP-RT-1103.");
    assert_eq!(severity_and_owner(&[Row::error(1, 9, unreachable)]), expected("high"));
}
