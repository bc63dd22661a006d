//! Texts that are cut inside the sentence that matters: by a robot after 10,000 characters, by a
//! client that shows the start of a reply, by a user who copied a part of a line.

use faultline::authoring::Verdict;
use faultline::model::{LogLevel, MatchDetails, Record, RecordKind};
use faultline::rules::Judgement;
use serde_json::Value;

use super::corpus::cases;
use super::reported_failures::scan;
use crate::support::{Env, Row, execution_log, job_row, odata_page, shared_rule_set};

/// Characters after which a robot cuts a message.
const CUT: usize = 10_000;

const LEAD: &str =
    "Post Invoice: Failed to retrieve connection. Consider using a different connection. - ";

const ID: &str = "7b1d2c3e-5a6f-4788-9a0b-c1d2e3f40516";

fn record(message: &str) -> Record {
    let mut record = Record::new(RecordKind::RobotLog);
    record.level = Some(LogLevel::Error);
    record.message = message.to_string();
    record
}

fn hit(message: &str) -> Option<MatchDetails> {
    match shared_rule_set().judge(&record(message)) {
        Judgement::Hit(reading) => Some(*reading),
        _ => None,
    }
}

fn signature(message: &str) -> String {
    hit(message).map_or_else(|| "none".to_string(), |reading| reading.signature.to_string())
}

/// Sentences that differ from every example, with the first cut at which they must be recognised.
fn sentences() -> Vec<(&'static str, String, &'static str)> {
    let known = |rest: &str| format!("Connection [{ID}] {rest}");
    vec![
        ("conn-view-denied", "The robot does not have the Connections.View permission in the folder".into(), "Connections.V"),
        ("conn-view-denied", "User 'r-17' does not have Connections.View permissions".into(), "Connections.V"),
        ("conn-not-found", known("is invalid or you do not have access to it"), "is invalid or you"),
        ("conn-not-authorized-state", known("is not in an authorized state."), "an author"),
        ("conn-personal-workspace", format!("Connection '{ID}' is on a personal folder and can only be used by its owner."), "a personal f"),
        ("conn-disabled", "Connection is disabled. Please enable the connection to continue.".into(), "Please enable the conn"),
        ("conn-legacy-invalid", "The selected connection is no longer valid. Please use another connection or create a new one.".into(), "Please use another connection or"),
        ("element-token-invalid", "Invalid Organization or User secret, or invalid Element token provided.".into(), "or invalid El"),
        ("net-refused", "対象のコンピューターによって拒否されたため、接続できませんでした".into(), "接続で"),
    ]
}

#[test]
fn a_sentence_is_known_by_most_of_it() {
    for (wanted, sentence, from) in sentences() {
        let from = sentence.find(from).unwrap() + from.len();
        let ends = sentence.char_indices().map(|(at, _)| at).filter(|at| *at > from);
        for end in ends {
            let cut = &sentence[..end];
            if cut.ends_with([' ', '.']) {
                continue;
            }
            for mark in ["", "...", "… ", "... (truncated)"] {
                let text = format!("{LEAD}{cut}{mark}");
                assert_eq!(signature(&text), wanted, "{text}");
            }
            let inside = serde_json::Value::from(format!("{{\"error\":\"{LEAD}{cut}")).to_string();
            assert_eq!(signature(&inside[1..inside.len() - 1]), wanted, "{inside}");
        }
    }
}

/// All match details but the signature come from the text itself, not from the example that it
/// resembles.
#[test]
fn nothing_but_the_signature_is_completed() {
    let text = format!("{LEAD}Connection [{ID}] is invalid or you do no");
    let reading = hit(&text).unwrap();
    assert_eq!(reading.connection.unwrap().to_string(), ID);
    assert_eq!(reading.matched, format!("Connection [{ID}] is invalid or you do no"));
    let text = format!("{LEAD}The robot does not have the Connections.View permission in the fold");
    let reading = hit(&text).unwrap();
    assert_eq!((&*reading.signature, reading.connection_folder), ("conn-view-denied", None));
    let text = format!("{LEAD}Unable to find a connection of type acme with the specified Id '9f");
    assert_eq!(hit(&text).unwrap().connection, None);
}

#[test]
fn texts_that_merely_end_are_not_completed() {
    for end in [
        "Connection is disabled.",
        "The robot",
        "The robot does not have",
        "The robot does not have the",
        "The robot does not have the Assets.Vi",
        "Connection is",
        "Connection [sql-main] is invalid or you do no",
        "Path '/x' is invalid or you do no",
        "Error 1006",
        "SocketException (1006",
        "unable to connect to the bro",
        "Could not find a pro",
        "An organization unit is requi",
        "Request failed w",
        "Bad",
        "UiPath.GSuite.Exceptions.GSuiteExcept",
        "see Main.xaml at ConnectorActivity \"Post Inv",
    ] {
        assert_eq!(signature(&format!("{LEAD}{end}")), "conn-resolve-unknown", "{end}");
    }
    for text in [
        "User 'r-17' does not have Connections.Vi",
        "Database: connection is disabled. Please enable the conn",
        "Either the path '/x' is invalid or you do not have acc",
    ] {
        assert_eq!(signature(text), "none", "{text}");
    }
}

/// Every example, cut at every position: what is recognised beyond the complete part is also
/// recognised in the whole text.
#[test]
fn no_cut_invents_a_reading() {
    let rule_set = shared_rule_set();
    for case in cases() {
        let text = format!("{LEAD}{}", case.message);
        let ends = text.char_indices().map(|(at, _)| at).filter(|at| *at > LEAD.len());
        for reading in ends.filter_map(|end| hit(&text[..end])) {
            let known = rule_set.get(&reading.signature).unwrap();
            if reading.rank == known.rank {
                continue;
            }
            let verdict = rule_set.explain(&reading.signature, &record(&text));
            assert!(
                matches!(verdict, Verdict::Hit | Verdict::Outranked(..)),
                "{} by {:?}: {verdict:?}: {text}",
                reading.signature,
                reading.matched
            );
        }
    }
}

/// A message that a robot cut after `cut`, and, `with_job`, the whole text in the job's row.
fn scan_cut(env: &Env, whole: &str, cut: &str, with_job: bool) -> Value {
    let at = whole.find(cut).unwrap() + cut.len();
    let padding = "x".repeat(CUT - whole[..at].chars().count() - 1);
    let message = format!("{padding} {}", &whole[..at]);
    assert_eq!(message.chars().count(), CUT);
    env.write("night/2026-03-14_Execution.log", execution_log(&[Row::error(1, 60, message)]));
    if with_job {
        let jobs = [job_row(1, "Faulted", 61, &format!("{padding} {whole}"))];
        env.write("night/jobs.json", odata_page("Jobs", &jobs, None));
    }
    let reported = scan(env, &["night"]);
    let incidents = reported.report["incidents"].as_array().unwrap();
    assert_eq!(incidents.len(), 1, "{incidents:#?}");
    assert_eq!(reported.occurrences.len(), 1);
    incidents[0].clone()
}

#[test]
fn a_cut_row_is_judged_by_its_beginning_unless_its_job_has_the_text() {
    let id = |incident: &Value| incident["signature"]["id"].as_str().unwrap().to_string();
    let known = format!("{LEAD}Connection [{ID}] is invalid or you do not have access to it");
    let cut = scan_cut(&Env::new(), &known, "or you do no", false);
    assert_eq!((id(&cut).as_str(), &cut["connection"]["id"]), ("conn-not-found", &ID.into()));
    let whole = scan_cut(&Env::new(), &known, "or you do no", true);
    assert_eq!(id(&whole), "conn-not-found");
    assert_eq!(whole["fingerprint"], cut["fingerprint"]);
    // The row alone shows the outer failure, the job's text also the inner one.
    let both = format!(
        "{known} ---> The robot does not have the Connections.View permission in the folder where this connection lives."
    );
    assert_eq!(id(&scan_cut(&Env::new(), &both, "or you do no", false)), "conn-not-found");
    assert_eq!(id(&scan_cut(&Env::new(), &both, "or you do no", true)), "conn-view-denied");
}
