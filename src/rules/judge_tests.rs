//! Tests of the judgement of single records, with the small rule set of `samples`.

use crate::model::{Category, Guid, LogLevel, MatchDetails, Record, RecordKind, UNMATCHED};
use crate::rules::files::select::RuleSelection;
use crate::rules::judgement::Judgement;
use crate::rules::rule_set::RuleSet;
use crate::rules::samples;

const ID: &str = "5f0e7d6c-1111-4222-8333-0123456789ab";

fn judge(record: &Record) -> Judgement {
    samples::rule_set().judge(record)
}

fn error(text: &str) -> Judgement {
    judge(&Record::log_row(text, LogLevel::Error))
}

fn hit(text: &str) -> MatchDetails {
    match error(text) {
        Judgement::Hit(details) => *details,
        other => panic!("{text}: {other:?}"),
    }
}

fn reply(text: &str, subject: Option<Guid>) -> Judgement {
    let mut record = Record::new(RecordKind::Reply);
    record.message = text.to_string();
    record.subject = subject;
    judge(&record)
}

#[test]
fn the_most_specific_signature_wins() {
    let details = hit(
        "Failed to retrieve connection. - The robot does not have the Connections.View permission in the folder where this connection lives. Error code: DAP-GE-3000.",
    );
    assert_eq!((&*details.signature, details.rank), ("conn-view-denied", 85));
    assert_eq!(details.codes, ["DAP-GE-3000"]);
    assert_eq!(details.matched, "does not have the Connections.View permission");
    assert!(details.in_context && !details.needs_context);
    assert_eq!(&*hit("x Error code: DAP-GE-3000.").signature, "conn-resolve-unknown");
}

#[test]
fn levels_below_error_and_missing_levels_mention() {
    let text = "Connection is x does not have the Connections.View permission DAP-GE-3000";
    for level in [LogLevel::Trace, LogLevel::Info, LogLevel::Warn] {
        let Judgement::Mention(ids) = judge(&Record::log_row(text, level)) else {
            panic!("{level:?}")
        };
        // The generic signature is left out because a specific one matches.
        assert_eq!(ids.iter().map(|id| &**id).collect::<Vec<_>>(), ["conn-view-denied"]);
    }
    let mut unknown = Record::log_row(text, LogLevel::Error);
    unknown.level = None;
    assert!(matches!(judge(&unknown), Judgement::Mention(_)));
    assert!(matches!(judge(&Record::log_row(text, LogLevel::Fatal)), Judgement::Hit(_)));
    assert_eq!(judge(&Record::log_row("all is well", LogLevel::Info)), Judgement::Nothing);
}

#[test]
fn replies_count_when_they_are_about_a_connection() {
    let named = format!("HTTP 404: Connection [{ID}] is invalid or you do not have access to it");
    let Judgement::Hit(details) = reply(&named, None) else { panic!("no hit") };
    assert_eq!(details.connection, Guid::parse(ID));
    assert_eq!((details.provider_status, &details.activity), (Some(404), &None));

    let ping = "Could not obtain access token. (invalid_grant)";
    let Judgement::Hit(details) = reply(ping, Some(Guid(7))) else { panic!("no hit") };
    assert_eq!((details.connection, &*details.signature), (Some(Guid(7)), "conn-token-remote"));
    assert_eq!(details.cause.unwrap().code, "invalid_grant");

    for text in [ping, "x Error code: DAP-GE-3000.", "UiPath.IntegrationService.X failed"] {
        assert_eq!(reply(text, None), Judgement::Nothing, "{text}");
    }
}

#[test]
fn a_reply_without_connection_counts_if_the_signature_says_so() {
    let text = samples::VIEW_DENIED.replacen("rank = 85", "rank = 85\nreply = true", 1);
    let rule_set = RuleSet::from_texts(&[("own.toml".into(), text)]).unwrap();
    let mut record = Record::new(RecordKind::Reply);
    record.message = "User does not have Connections.View permissions".into();
    assert!(matches!(rule_set.judge(&record), Judgement::Hit(_)));
}

#[test]
fn token_and_socket_sentences_need_context() {
    assert_eq!(error("Could not obtain access token. (invalid_grant)"), Judgement::Nothing);
    let socket = hit("No such host is known. (db.example.com:1433)");
    assert!(socket.needs_context && !socket.in_context);
    let named = hit("List: No such host is known. (c.example.com:443) Error code: DAP-RT-1103.");
    assert_eq!(&*named.signature, "is-endpoint-unreachable");
    assert_eq!(named.category, Category::NetworkDns);
    assert_eq!(named.cause.unwrap().code, "net-dns");
}

#[test]
fn codes_as_anchors_are_whole_codes() {
    for text in ["DAP-GE-30001", "CNS1045 cable, no permission", "XDAP-RT-1101 Status code: 403"] {
        assert_eq!(error(text), Judgement::Nothing, "{text}");
    }
    let text = r#"[StatusCode: Forbidden, ErrorCode: "CNS1045", ErrorReason: "x"]"#;
    assert_eq!(&*hit(text).signature, "conn-view-denied");
}

#[test]
fn failures_without_a_signature_are_unknown() {
    let text = "Sync: strange\nin Main.xaml\n    at ConnectorActivity \"Sync\"\nDAP-RT-1999";
    let Judgement::Unknown(details) = error(text) else { panic!("not unknown") };
    assert_eq!(&*details.signature, UNMATCHED);
    assert_eq!(details.codes, ["DAP-RT-1999"]);
    assert_eq!(details.activity.as_deref(), Some("Sync"));
    assert_eq!(judge(&Record::log_row(text, LogLevel::Warn)), Judgement::Nothing);
    for text in ["DAP-RT-1052: no match", "DAP-DT-2001", "x CNS1071", "disk full"] {
        assert_eq!(error(text), Judgement::Nothing, "{text}");
    }
}

#[test]
fn escaped_and_plain_texts_match_alike() {
    let inner = "ユーザーは、接続フォルダーに対する Connections.View 権限がありません。";
    let escaped: String = inner.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    assert_eq!(
        &*hit(&format!("{{\\\"details\\\":\\\"{escaped}\\\"}}")).signature,
        "conn-view-denied"
    );
}

#[test]
fn the_hash_depends_only_on_the_content() {
    let mut texts = samples::texts();
    let hash_of = |texts: &[(String, String)], without: &[&str]| {
        let without = without.iter().map(|id| id.to_string()).collect();
        let selection = RuleSelection { without, ..RuleSelection::default() };
        RuleSet::load(texts, &selection).unwrap().hash().to_string()
    };
    let builtin = hash_of(&[], &[]);
    assert_eq!(builtin.len(), 32);
    assert_ne!(hash_of(&[], &["conn-view-denied"]), builtin);
    let own = hash_of(&texts, &[]);
    assert_ne!(own, builtin);
    texts.reverse();
    assert_eq!(hash_of(&texts, &[]), own);
    texts[0].1 = texts[0].1.replacen("rank = 80", "rank = 81", 1);
    assert_ne!(hash_of(&texts, &[]), own);
}

#[test]
fn a_disabled_signature_is_listed_and_not_searched() {
    let text = samples::VIEW_DENIED.replacen("rank = 85", "rank = 85\noff = true", 1);
    let rule_set = RuleSet::from_texts(&[("own.toml".into(), text)]).unwrap();
    assert!(rule_set.get("conn-view-denied").is_some() && rule_set.get("conn-x").is_none());
    assert!(rule_set.anchors().is_empty());
    let row = Record::log_row("does not have the Connections.View permission", LogLevel::Error);
    assert_eq!(rule_set.judge(&row), Judgement::Nothing);
}

#[test]
fn a_pattern_that_does_not_compile_names_its_file_and_id() {
    let text = samples::VIEW_DENIED.replacen("forbidden|permission", "forbidden(", 1);
    let error = RuleSet::from_texts(&[("own.toml".into(), text)]).unwrap_err();
    assert_eq!((error.file.as_str(), error.line), ("own.toml", Some(18)));
    assert!(error.message.contains("conn-view-denied"), "{error}");
}
