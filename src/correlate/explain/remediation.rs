//! The remedy of an incident: the text of its signature with the placeholders filled from the
//! records of the incident. Adds no advice of its own.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::correlate::distinct::majority;
use crate::correlate::occurrence::OccurrenceGroup;
use crate::correlate::record::MergedRecord;
use crate::model::{Bilingual, Lang, Remediation, Signature};

/// The remedy of a signature, filled with what most failures and records say.
pub fn remedy(
    signature: &Signature,
    failures: &[OccurrenceGroup],
    replies: &[MergedRecord],
    lang: Lang,
) -> Remediation {
    let value = |name: &str| {
        let of_failures = failures.iter().filter_map(|failure| failure_value(failure, name));
        majority(of_failures).or_else(|| {
            let records = failures.iter().flat_map(|failure| &failure.records).chain(replies);
            majority(records.filter_map(|record| record_value(record, name)))
        })
    };
    let names = placeholders(signature).into_iter();
    let values = names.filter_map(|name| Some((name.to_string(), value(name)?))).collect();
    fill_remedy(signature, values, lang)
}

/// The remedy of a signature with these values of its placeholders.
pub fn fill_remedy(
    signature: &Signature,
    values: BTreeMap<String, String>,
    lang: Lang,
) -> Remediation {
    let filled = |text: &Bilingual| fill(text.get(lang), &values).into_owned();
    let remedy = &signature.remedy;
    Remediation {
        summary: filled(&remedy.summary),
        steps: remedy.steps.iter().map(filled).collect(),
        verify: remedy.verify.iter().map(filled).collect(),
        url: signature.url.clone(),
        values,
    }
}

// The pattern is a constant, and a test uses it.
#[allow(clippy::expect_used)]
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"<([a-z_]+)(?:\|([^<>]*))?>").expect("a constant pattern compiles")
});

/// The names of the placeholders in a remedy, in both languages.
fn placeholders(signature: &Signature) -> BTreeSet<&str> {
    let remedy = &signature.remedy;
    let texts = std::iter::once(&remedy.summary).chain(&remedy.steps).chain(&remedy.verify);
    texts
        .flat_map(|text| [&text.en, &text.ja])
        .flat_map(|text| PLACEHOLDER.captures_iter(text))
        .filter_map(|placeholder| Some(placeholder.get(1)?.as_str()))
        .collect()
}

/// Replaces each `<name>` by its value. Without a value `<name|text>` becomes its text, and `<name>`
/// stays for the user to fill in, as in `curl -v https://<host>`.
fn fill<'t>(text: &'t str, values: &BTreeMap<String, String>) -> Cow<'t, str> {
    PLACEHOLDER.replace_all(text, |placeholder: &Captures<'_>| {
        let default = || placeholder.get(2).map_or(&placeholder[0], |text| text.as_str());
        values.get(&placeholder[1]).map_or_else(default, String::as_str).to_string()
    })
}

/// The value of a placeholder according to all witnesses of a failure.
fn failure_value(failure: &OccurrenceGroup, name: &str) -> Option<String> {
    let evidence = &failure.evidence;
    match name {
        "connector" => evidence.connector.clone(),
        "activity" => evidence.activity.clone(),
        "connection" => evidence.connection.map(|id| id.to_string()),
        "folder" => evidence.connection_folder.map(|id| id.to_string()),
        _ => None,
    }
}

/// The value of a placeholder according to one record.
fn record_value(record: &MergedRecord, name: &str) -> Option<String> {
    let details = &record.details;
    match name {
        "host" => details.host.clone(),
        "request_id" => details.request_id.clone(),
        other => details.named.get(other).cloned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_without_a_value_shows_its_default() {
        let text = "Ask <owner|the owner> to open <host>.";
        let filled = |values: &[(&str, &str)]| {
            let owned = values.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string()));
            fill(text, &owned.collect()).into_owned()
        };
        assert_eq!(filled(&[]), "Ask the owner to open <host>.");
        assert_eq!(filled(&[("owner", "a.b"), ("host", "h")]), "Ask a.b to open h.");
    }
}
