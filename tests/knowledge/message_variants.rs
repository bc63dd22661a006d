//! The same failure in another form is the same failure: wrapped in outer exceptions, rethrown,
//! inside JSON, cut, with other line ends and blanks.

use faultline::model::{LogLevel, Record, RecordKind};
use faultline::rules::Judgement;

use super::corpus::{Case, cases};
use crate::support::shared_rule_set;

/// Characters after which a robot cuts a message.
const CUT: usize = 10_000;

fn judged(message: &str) -> String {
    let mut record = Record::new(RecordKind::RobotLog);
    record.level = Some(LogLevel::Error);
    record.message = message.to_string();
    match shared_rule_set().judge(&record) {
        Judgement::Hit(reading) => reading.signature.to_string(),
        other => format!("{other:?}"),
    }
}

fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

type MessageVariant = (&'static str, fn(&str) -> String);

const MESSAGE_VARIANTS: &[MessageVariant] = &[
    ("as it is", str::to_string),
    ("wrapped", |text| format!("System.AggregateException: One or more errors occurred. ({text})")),
    ("remote", |text| format!("UiPath.Ipc.RemoteException: {text}")),
    ("inner", |text| {
        format!(
            "System.Exception: Step 7 failed\r\n ---> UiPath.Core.FaultException: {text}\r\n   --- End of inner exception stack trace ---\r\n   at A.B()"
        )
    }),
    ("with an inner one", |text| {
        format!(
            "{text}\r\n ---> System.InvalidOperationException: Sequence contains no elements\r\n   at A.B()"
        )
    }),
    ("behind a bracket", |text| format!("[Preflight] {text}")),
    ("behind a sentence", |text| format!("Transaction 4711 failed. Details: {text}")),
    ("repeated", |text| format!("{text}\r\n\r\n{text}\r\n\r\n{text}")),
    ("inside JSON", |text| format!("{{\"step\":7,\"reason\":{}}}", string(text))),
    ("inside JSON inside JSON", |text| {
        string(&format!("{{\"step\":7,\"reason\":{}}}", string(text)))
    }),
    ("with line feeds", |text| text.replace("\r\n", "\n")),
    ("with both ends", |text| text.replace("\r\n", "\n").replace('\n', "\r\n")),
    ("with wide blanks", |text| text.replace(' ', "\u{a0}")),
    ("with double blanks", |text| text.replace(". ", ".  ")),
    ("with typographic apostrophes", |text| text.replace('\'', "\u{2019}")),
    ("with blanks around", |text| format!("\r\n\r\n  {text}  \r\n")),
    ("cut", |text| {
        let tail = "\r\n   at Orders.Main.Execute(NativeActivityContext context)".repeat(300);
        let chars: Vec<char> = text.chars().chain(tail.chars()).take(CUT).collect();
        chars.into_iter().collect()
    }),
];

fn misjudged(cases: &[Case], variant: &MessageVariant) -> Vec<String> {
    let wrong = cases.iter().filter_map(|case| {
        let read = judged(&variant.1(&case.message));
        (read != case.signature).then(|| {
            let short: String = case.message.chars().take(160).collect();
            format!("{}: {} is read as {read}: {short}", variant.0, case.signature)
        })
    });
    wrong.collect()
}

#[test]
fn a_failure_is_the_same_in_every_form() {
    let cases = cases();
    let wrong: Vec<String> =
        MESSAGE_VARIANTS.iter().flat_map(|variant| misjudged(&cases, variant)).collect();
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}
