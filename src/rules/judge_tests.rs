//! What records are, by the small pack of the tests.

use crate::model::{Category, Guid, LogLevel, MatchDetails, Record, RecordKind, UNMATCHED};
use crate::rules::judgement::Judgement;
use crate::rules::rule_set::RuleSet;
use crate::rules::samples;

const ID: &str = "5f0e7d6c-1111-4222-8333-0123456789ab";

fn judge(record: &Record) -> Judgement {
    samples::pack().judge(record)
}

fn error(text: &str) -> Judgement {
    judge(&Record::log_row(text, LogLevel::Error))
}

fn hit(text: &str) -> MatchDetails {
    match error(text) {
        Judgement::Hit(reading) => *reading,
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
fn the_most_specific_reading_wins() {
    let reading = hit(
        "Failed to retrieve connection. - The robot does not have the Connections.View permission in the folder where this connection lives. Error code: DAP-GE-3000.",
    );
    assert_eq!((&*reading.signature, reading.rank), ("conn-view-denied", 85));
    assert_eq!(reading.codes, ["DAP-GE-3000"]);
    assert_eq!(reading.matched, "does not have the Connections.View permission");
    assert!(reading.in_context && !reading.needs_context);
    assert_eq!(&*hit("x Error code: DAP-GE-3000.").signature, "conn-resolve-unknown");
}

#[test]
fn levels_below_error_and_missing_levels_mention() {
    let text = "Connection is x does not have the Connections.View permission DAP-GE-3000";
    for level in [LogLevel::Trace, LogLevel::Info, LogLevel::Warn] {
        let Judgement::Mention(ids) = judge(&Record::log_row(text, level)) else {
            panic!("{level:?}")
        };
        // Boilerplate gives way to what says more.
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
    let Judgement::Hit(reading) = reply(&named, None) else { panic!("no hit") };
    assert_eq!(reading.connection, Guid::parse(ID));
    assert_eq!((reading.provider_status, &reading.activity), (Some(404), &None));

    let ping = "Could not obtain access token. (invalid_grant)";
    let Judgement::Hit(reading) = reply(ping, Some(Guid(7))) else { panic!("no hit") };
    assert_eq!((reading.connection, &*reading.signature), (Some(Guid(7)), "conn-token-remote"));
    assert_eq!(reading.cause.unwrap().code, "invalid_grant");

    for text in [ping, "x Error code: DAP-GE-3000.", "UiPath.IntegrationService.X failed"] {
        assert_eq!(reply(text, None), Judgement::Nothing, "{text}");
    }
}

#[test]
fn a_signature_may_be_the_subject_of_a_reply_itself() {
    let text = samples::VIEW_DENIED.replacen("rank = 85", "rank = 85\nreply = true", 1);
    let pack = RuleSet::from_texts(&[("own.toml".into(), text)]).unwrap();
    let mut record = Record::new(RecordKind::Reply);
    record.message = "User does not have Connections.View permissions".into();
    assert!(matches!(pack.judge(&record), Judgement::Hit(_)));
}

#[test]
fn context_decides_what_token_and_socket_sentences_mean() {
    assert_eq!(error("Could not obtain access token. (invalid_grant)"), Judgement::Nothing);
    let socket = hit("No such host is known. (db.example.com:1433)");
    assert!(socket.needs_context && !socket.in_context);
    let behind = hit("List: No such host is known. (c.example.com:443) Error code: DAP-RT-1103.");
    assert_eq!(&*behind.signature, "is-endpoint-unreachable");
    assert_eq!(behind.category, Category::NetworkDns);
    assert_eq!(behind.cause.unwrap().code, "net-dns");
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
fn failures_nobody_takes_are_shown() {
    let text = "Sync: strange\nin Main.xaml\n    at ConnectorActivity \"Sync\"\nDAP-RT-1999";
    let Judgement::Unknown(reading) = error(text) else { panic!("not unknown") };
    assert_eq!(&*reading.signature, UNMATCHED);
    assert_eq!(reading.codes, ["DAP-RT-1999"]);
    assert_eq!(reading.activity.as_deref(), Some("Sync"));
    assert_eq!(judge(&Record::log_row(text, LogLevel::Warn)), Judgement::Nothing);
    for text in ["DAP-RT-1052: no match", "DAP-DT-2001", "x CNS1071", "disk full"] {
        assert_eq!(error(text), Judgement::Nothing, "{text}");
    }
}

#[test]
fn escaped_and_plain_texts_read_alike() {
    let inner = "ユーザーは、接続フォルダーに対する Connections.View 権限がありません。";
    let escaped: String = inner.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    assert_eq!(
        &*hit(&format!("{{\\\"details\\\":\\\"{escaped}\\\"}}")).signature,
        "conn-view-denied"
    );
}

#[test]
fn the_hash_is_of_the_content() {
    let mut texts = samples::texts();
    let hash = samples::pack().hash();
    texts.reverse();
    assert_eq!(RuleSet::from_texts(&texts).unwrap().hash(), hash);
    texts[0].1 = texts[0].1.replacen("rank = 80", "rank = 81", 1);
    assert_ne!(RuleSet::from_texts(&texts).unwrap().hash(), hash);
    assert_eq!(hash.len(), 32);
}

#[test]
fn what_is_off_is_known_and_not_searched() {
    let text = samples::VIEW_DENIED.replacen("rank = 85", "rank = 85\noff = true", 1);
    let pack = RuleSet::from_texts(&[("own.toml".into(), text)]).unwrap();
    assert!(pack.get("conn-view-denied").is_some() && pack.get("conn-x").is_none());
    assert!(pack.anchors().is_empty());
    let row = Record::log_row("does not have the Connections.View permission", LogLevel::Error);
    assert_eq!(pack.judge(&row), Judgement::Nothing);
}

#[test]
fn a_pattern_that_does_not_compile_names_its_file_and_id() {
    let text = samples::VIEW_DENIED.replacen("forbidden|permission", "forbidden(", 1);
    let error = RuleSet::from_texts(&[("own.toml".into(), text)]).unwrap_err();
    assert_eq!((error.file.as_str(), error.line), ("own.toml", Some(18)));
    assert!(error.message.contains("conn-view-denied"), "{error}");
}
