//! What to do about one incident: the signature's remedy, filled with what the incident's records
//! say. It adds no advice of its own.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::incidents::majority;
use super::records::Record;
use crate::model::report::{Lang, Remediation};
use crate::model::signature::Signature;

/// The remedy of a signature for these records.
pub fn remedy(signature: &Signature, records: &[&Record], lang: Lang) -> Remediation {
    let filled = |text: &str| fill(text, records).into_owned();
    let remedy = &signature.remedy;
    Remediation {
        summary: filled(remedy.summary.get(lang)),
        steps: remedy.steps.iter().map(|step| filled(step.get(lang))).collect(),
        verify: remedy.verify.iter().map(|step| filled(step.get(lang))).collect(),
        url: signature.url.clone(),
    }
}

/// Puts what most records say for each `<name>`. Where no record says it, `<name|words>` gives way to
/// its words, and `<name>` stays for the reader to fill in: `curl -v https://<host>`.
fn fill<'t>(text: &'t str, records: &[&Record]) -> Cow<'t, str> {
    // The pattern is a constant, and a test fills with it.
    #[allow(clippy::expect_used)]
    static GAP: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"<([a-z_]+)(?:\|([^<>]*))?>").expect("a constant pattern compiles")
    });
    GAP.replace_all(text, |gap: &Captures<'_>| {
        majority(records.iter().filter_map(|record| said(record, &gap[1])))
            .unwrap_or_else(|| gap.get(2).map_or(&gap[0], |words| words.as_str()).to_string())
    })
}

/// What one record says under a name.
fn said(record: &Record, name: &str) -> Option<String> {
    let reading = &record.reading;
    match name {
        "host" => reading.host.clone(),
        "connector" => reading.connector.clone(),
        "activity" => reading.activity.clone(),
        "connection" => reading.connection.map(|id| id.to_string()),
        "folder" => reading.connection_folder.map(|id| id.to_string()),
        "request_id" => reading.request_id.clone(),
        other => reading.named.get(other).cloned(),
    }
}
