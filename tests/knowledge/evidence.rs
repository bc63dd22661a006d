//! What a text proves depends on its context: a socket error counts only with evidence of
//! Integration Service, a cut text is the start of the whole one, and the remedy names what the log
//! names.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::reported_failures::{ReportedFailures, scan};
use crate::support::{
    Env, Row, execution_log, guid, job_row, odata_page, provider_refused, shared_rule_set,
};

/// Evidence of Integration Service in the texts of the network examples.
const SIGNS: &[&str] = &[
    "UiPath.",
    "at Connector",
    "DAP-",
    "CNS",
    "Integration Service",
    "Connections \"",
    "elements_",
];

/// Network texts without such evidence.
fn bare() -> Vec<(&'static str, &'static str)> {
    let network = shared_rule_set().signatures().iter().filter(|s| {
        !s.is_off && (s.category.is_network() || s.id == "net-gateway") && s.id.starts_with("net-")
    });
    network
        .flat_map(|s| s.examples.iter().map(|example| (s.id.as_str(), example.text.trim())))
        .filter(|(_, text)| !SIGNS.iter().any(|sign| text.contains(sign)))
        .collect()
}

fn log(rows: &[Row]) -> ReportedFailures {
    let env = Env::new();
    env.write("night/2026-03-14_Execution.log", execution_log(rows));
    scan(&env, &["night"])
}

#[test]
fn network_sentences_alone_are_neighbours() {
    let texts = bare();
    assert!(texts.len() > 50, "{}", texts.len());
    let rows: Vec<Row> = texts
        .iter()
        .zip(1..)
        .map(|((_, text), job)| Row::error(job, job as u32 * 5, *text))
        .collect();
    let reported = log(&rows);
    let mut wanted: BTreeMap<(String, String), u64> = BTreeMap::new();
    for (id, _) in &texts {
        let key = ("neighbour-network".to_string(), (*id).to_string());
        *wanted.entry(key).or_default() += 1;
    }
    assert_eq!(reported.neighbours, wanted);
    assert!(reported.occurrences.is_empty());
}

#[test]
fn network_sentences_of_a_job_that_uses_a_connection_are_incidents() {
    let texts = bare();
    let rows: Vec<Row> = texts
        .iter()
        .zip(1..)
        .flat_map(|((_, text), job)| {
            let second = job as u32 * 10;
            [Row::error(job, second, *text), Row::error(job, second + 4, provider_refused())]
        })
        .collect();
    let reported = log(&rows);
    assert!(reported.neighbours.is_empty(), "{:?}", reported.neighbours);
    for ((id, text), job) in texts.iter().zip(1..) {
        let key = Some(guid(0x10b, job));
        let mine: BTreeSet<&str> = reported
            .occurrences
            .iter()
            .filter(|occurrence| occurrence.job == key)
            .map(|occurrence| occurrence.signature.as_str())
            .collect();
        assert_eq!(mine, BTreeSet::from([*id, "provider-403"]), "{text}");
    }
}

/// Windows and the .NET Framework write messages in the language of the machine.
#[test]
fn every_verified_language_has_its_example() {
    const TEN: &[&str] = &["ja", "de", "fr", "es", "pt-BR", "zh-CN", "zh-TW", "ko", "tr", "ru"];
    for (id, languages) in [
        ("net-dns", TEN),
        ("net-refused", TEN),
        ("net-timeout", &["ja", "de", "fr", "es", "pt-BR", "zh-CN", "ko"]),
        ("net-reset", &["ja", "zh-CN"]),
        ("net-tls-trust", &["ja"]),
        ("net-tls-handshake", &["ja"]),
        ("net-proxy-auth", &["ja"]),
        ("net-send-failed", &["ja"]),
        ("conn-create-scope-failed", &["ja"]),
        ("conn-inactive", &["ja"]),
        ("conn-delete-has-triggers", &["ja"]),
        ("conn-view-denied", &["ja"]),
    ] {
        let signature = shared_rule_set().get(id).unwrap();
        let spoken: BTreeSet<&str> =
            signature.examples.iter().filter_map(|example| example.lang.as_deref()).collect();
        for language in languages {
            assert!(spoken.contains(language), "{id} has no example in {language}");
        }
    }
}

fn only(reported: &ReportedFailures) -> &Value {
    let incidents = reported.report["incidents"].as_array().unwrap();
    let [incident] = &incidents[..] else { panic!("{incidents:#?}") };
    incident
}

/// The robot cuts its log message, and the job in Orchestrator has the whole text: one failure,
/// with the details of the whole text.
#[test]
fn a_cut_row_is_the_beginning_of_the_whole_text() {
    let answer = "a value that goes on and on ".repeat(400);
    let whole = format!(
        "Create Lead: Request failed with error: \r\nProviderMessage : message - {answer}\r\n\
         ProviderErrorCode : 401\r\nRequestId : 66aa0b1c2d3e4f5061728394\r\nMessage : Unauthorized\
         \r\n\r\nStatus code: Unauthorized. Error code: DAP-RT-1101."
    );
    let cut: String = whole.chars().take(10_000).collect();
    assert!(!cut.contains("ProviderErrorCode"));
    let env = Env::new();
    env.write("night/2026-03-14_Execution.log", execution_log(&[Row::error(1, 5, cut.clone())]));
    let alone = scan(&env, &["night"]);
    assert!(alone.occurrences.is_empty());
    let id = ("provider-request".to_string(), "provider-unknown".to_string());
    assert_eq!(alone.neighbours, BTreeMap::from([(id, 1)]));

    let page = odata_page("Jobs", &[job_row(1, "Faulted", 6, &whole)], None);
    env.write("night/jobs.json", page);
    env.write("night/api.json", odata_page("RobotLogs", &[Row::error(1, 5, cut).api()], None));
    let together = scan(&env, &["night"]);
    let incident = only(&together);
    assert_eq!(incident["signature"]["id"], "provider-401");
    assert_eq!(incident["counts"]["occurrences"], 1);
    assert_eq!(incident["counts"]["records"], 2, "the row and the job");
    assert_eq!(together.neighbours, BTreeMap::new());
}

/// Summary, steps and checks of the only incident, as one text.
fn advice(text: &str) -> String {
    let reported = log(&[Row::error(1, 5, text)]);
    let remedy = &only(&reported)["remediation"];
    let lines = |name: &str| remedy[name].as_array().unwrap().iter().filter_map(Value::as_str);
    let all: Vec<&str> = remedy["summary"]
        .as_str()
        .into_iter()
        .chain(lines("steps"))
        .chain(lines("verify"))
        .collect();
    all.join("\n")
}

#[test]
fn the_remedy_names_what_the_log_names() {
    for (text, wanted) in [
        (
            "List: No such host is known. (erp.larchmont.example:443)\r\n at ConnectorActivity \"List\"",
            "`curl -v https://erp.larchmont.example` answers",
        ),
        (
            "List: Der Remotename konnte nicht aufgelöst werden: 'crm.larchmont.example' UiPath.IntegrationService.X",
            "nslookup crm.larchmont.example",
        ),
        (
            "Query: UiPath.ConnectionClient.X: Incoming request with IP/Token 198.51.100.24 is not allowed to access Snowflake.",
            "Add 198.51.100.24 to the Snowflake network policy",
        ),
        (
            "Add Row: Failed to retrieve connection. Consider using a different connection. - The robot does not have the Connections.Edit permission in the folder where this connection lives. (Folder: 6c7d8e9f-0a1b-4c2d-8e3f-405162738495) Error code: DAP-GE-3000.",
            "a role there that holds Connections.Edit",
        ),
        (
            "The user does not have Connections.View permissions on the connection folder.",
            "a role there that holds Connections.View",
        ),
        (
            "List: そのようなホストは不明です。 (cloud.uipath.com:443) Error code: DAP-RT-1103.",
            "curl -v https://cloud.uipath.com",
        ),
    ] {
        let advice = advice(text);
        assert!(advice.contains(wanted), "{wanted}\n{advice}");
    }
    // A value that no record names is left to the user.
    let advice = advice(
        "List: The SSL connection could not be established. DAP-RT-1101 at ConnectorActivity \"A\"",
    );
    assert!(advice.contains("curl -v https://<host>"), "{advice}");
}

/// Every placeholder of a built-in remedy can be filled and occurs in both languages.
#[test]
fn gaps_of_remedies_are_known_names() {
    const READINGS: &[&str] =
        &["host", "connector", "activity", "connection", "folder", "request_id", "proxy"];
    let gap = regex::Regex::new("<([a-z_]+)(?:\\|[^<>]*)?>").unwrap();
    let names = |text: &str| -> BTreeSet<String> {
        gap.captures_iter(text).map(|found| found[1].to_string()).collect()
    };
    for signature in shared_rule_set().signatures() {
        let groups: String = signature.when.iter().filter_map(|when| when.regex.clone()).collect();
        let remedy = &signature.remedy;
        for text in remedy.steps.iter().chain(&remedy.verify).chain([&remedy.summary]) {
            assert_eq!(names(&text.en), names(&text.ja), "{}: {}", signature.id, text.en);
            for name in names(&text.en) {
                let group = groups.contains(&format!("(?P<{name}>"));
                assert!(group || READINGS.contains(&name.as_str()), "{}: <{name}>", signature.id);
            }
        }
    }
}

/// The user is told where to read more, what to do, and how to verify that it worked.
#[test]
fn every_signature_says_what_to_do_in_both_languages() {
    for signature in shared_rule_set().signatures() {
        let id = &signature.id;
        assert!(signature.url.starts_with("https://"), "{id}");
        assert!(signature.remedy.steps.len() >= 2, "{id}");
        assert!(!signature.remedy.verify.is_empty(), "{id}");
        assert!(!signature.title.en.ends_with('.') && !signature.title.ja.ends_with('。'), "{id}");
        let remedy = &signature.remedy;
        for text in remedy.steps.iter().chain(&remedy.verify).chain([&remedy.summary]) {
            assert!(text.en.ends_with('.'), "{id}: {}", text.en);
            assert!(text.ja.ends_with('。'), "{id}: {}", text.ja);
            assert!(!text.ja.is_ascii(), "{id}: {}", text.ja);
        }
    }
}
