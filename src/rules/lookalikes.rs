//! Tests that the built-in rule set does not report texts that only look like a failing connection.

use crate::model::{LogLevel, Record};
use crate::rules::judgement::Judgement;
use crate::rules::rule_set::RuleSet;

const ID: &str = "5f0e7d6c-1111-4222-8333-0123456789ab";

fn judge(text: &str, level: LogLevel) -> Judgement {
    RuleSet::builtin().unwrap().judge(&Record::log_row(text, level))
}

#[test]
fn lookalikes_are_nothing_even_at_error() {
    let rule_set = RuleSet::builtin().unwrap();
    for text in [
        "Role Viewer permissions: Assets.View, Connections.View, Jobs.View",
        "Audit: user ann@example.com granted Connections.View on folder Finance to robot R7",
        "Config ConnectionId=5f0e7d6c-1111-4222-8333-0123456789ab folder=Finance retry=3",
        "Either the path '/x' is invalid or you do not have access to it.",
        "D/Weibo-authorize: Failed to receive access token",
        "Your account has been temporarily disabled due to multiple unsuccessful login attempts",
        "Data Source=sql01;Initial Catalog=x;Connection Timeout=30",
        "Access token refreshed successfully for connection 5f0e7d6c-1111-4222-8333-0123456789ab",
        "Device setup order E0000011, CODE00000224",
        "DapperException while packing one CNS-1008 cable",
        "DAP-RT-1052: Trigger activity could not find any matches.",
        "HTTP 403 from https://cdn.example.com/a.zip",
        "Error code: 3005 reached in table DAP",
        "Connection [sql-main] is invalid",
    ] {
        assert_eq!(
            rule_set.judge(&Record::log_row(text, LogLevel::Error)),
            Judgement::Nothing,
            "{text}"
        );
    }
}

#[test]
fn quoted_sentences_and_retries_are_mentions() {
    for (text, level) in [
        (
            "If you see \"Connection is disabled. Please enable the connection to continue.\" call IT",
            LogLevel::Info,
        ),
        ("Attempt 1/3 failed: Too many requests. Retrying Office365Exception", LogLevel::Warn),
        (
            "Mail body: The robot does not have the Connections.View permission in the folder where this connection lives.",
            LogLevel::Trace,
        ),
    ] {
        assert!(matches!(judge(text, level), Judgement::Mention(_)), "{text}");
    }
    let trace = format!(
        r#"{{"DisplayName":"HTTP Request","State":"Executing","Arguments":{{"ConnectionId":"{ID}"}}}}"#
    );
    assert_eq!(judge(&trace, LogLevel::Trace), Judgement::Nothing);
}

#[test]
fn socket_failures_of_other_programs_need_context() {
    let text = "Connection refused: localhost:9222 (chrome devtools)";
    match judge(text, LogLevel::Error) {
        Judgement::Hit(hit) => assert!(hit.needs_context && !hit.in_context),
        other => assert_eq!(other, Judgement::Nothing),
    }
}

#[test]
fn failures_of_healthy_connections_are_neighbours() {
    for text in [
        "Read Range: The sharing link no longer exists, or you do not have permission to access it.\nUiPath.MicrosoftOffice365.Office365Exception",
        "UiPath.BAF.Infrastructure.Exceptions.BusinessActivityExecutionException: Error Code: [400] Message: x ProviderMessage: {\"ok\":false,\"error\":\"channel_not_found\"}",
    ] {
        let Judgement::Hit(hit) = judge(text, LogLevel::Error) else { panic!("{text}") };
        assert!(hit.category.is_neighbour(), "{text}: {} {}", hit.signature, hit.category);
    }
}

#[test]
fn the_id_of_a_trigger_is_not_a_connection() {
    let text = format!("Trigger [{ID}] is invalid or you do not have access to it");
    let Judgement::Hit(hit) = judge(&text, LogLevel::Error) else { panic!("no hit") };
    assert_eq!((&*hit.signature, hit.connection), ("trigger-invalid", None));
}
