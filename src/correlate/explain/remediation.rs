//! The remedy of an incident: the text of its signature with the placeholders filled from the
//! records of the incident. Adds no advice of its own.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::correlate::distinct::majority;
use crate::correlate::record::MergedRecord;
use crate::model::{Lang, Remediation, Signature};

/// The remedy of a signature, filled with what most records say.
pub fn remedy(signature: &Signature, records: &[&MergedRecord], lang: Lang) -> Remediation {
    fill_remedy(signature, lang, &|name| {
        majority(records.iter().filter_map(|record| record_value(record, name)))
    })
}

/// The remedy of a finished report in another language. `current` is its text in the language
/// `current_lang`, from which the values of the placeholders are read back; without that language
/// the placeholders stay empty.
pub fn translate_remedy(
    signature: &Signature,
    current: &Remediation,
    current_lang: Option<Lang>,
    lang: Lang,
) -> Remediation {
    let values =
        current_lang.map(|from| remedy_values(signature, current, from)).unwrap_or_default();
    fill_remedy(signature, lang, &|name| values.get(name).cloned())
}

fn fill_remedy(
    signature: &Signature,
    lang: Lang,
    value: &dyn Fn(&str) -> Option<String>,
) -> Remediation {
    let filled = |text: &str| fill(text, value).into_owned();
    let remedy = &signature.remedy;
    Remediation {
        summary: filled(remedy.summary.get(lang)),
        steps: remedy.steps.iter().map(|step| filled(step.get(lang))).collect(),
        verify: remedy.verify.iter().map(|step| filled(step.get(lang))).collect(),
        url: signature.url.clone(),
    }
}

// The pattern is a constant, and a test uses it.
#[allow(clippy::expect_used)]
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"<([a-z_]+)(?:\|([^<>]*))?>").expect("a constant pattern compiles")
});

/// Replaces each `<name>` by its value. Without a value `<name|text>` becomes its text, and `<name>`
/// stays for the user to fill in, as in `curl -v https://<host>`.
fn fill<'t>(text: &'t str, value: &dyn Fn(&str) -> Option<String>) -> Cow<'t, str> {
    PLACEHOLDER.replace_all(text, |placeholder: &Captures<'_>| {
        value(&placeholder[1]).unwrap_or_else(|| default_text(placeholder).to_string())
    })
}

fn default_text<'p>(placeholder: &'p Captures<'_>) -> &'p str {
    placeholder.get(2).map_or(&placeholder[0], |text| text.as_str())
}

/// The values of the placeholders in a filled remedy, by name.
fn remedy_values(
    signature: &Signature,
    filled: &Remediation,
    lang: Lang,
) -> BTreeMap<String, String> {
    let remedy = &signature.remedy;
    let summary = std::iter::once((&remedy.summary, &filled.summary));
    let steps = remedy.steps.iter().zip(&filled.steps);
    let verify = remedy.verify.iter().zip(&filled.verify);
    let texts = summary.chain(steps).chain(verify);
    texts.flat_map(|(text, filled)| placeholder_values(text.get(lang), filled)).collect()
}

/// Reads the values of the placeholders of `text` back from `filled`. Empty if the two differ
/// outside the placeholders.
fn placeholder_values(text: &str, filled: &str) -> Vec<(String, String)> {
    let placeholders: Vec<Captures<'_>> = PLACEHOLDER.captures_iter(text).collect();
    if placeholders.is_empty() {
        return Vec::new();
    }
    let mut pattern = String::from("(?s)^");
    let mut start = 0;
    for placeholder in placeholders.iter().filter_map(|captures| captures.get(0)) {
        pattern.push_str(&regex::escape(&text[start..placeholder.start()]));
        pattern.push_str("(.*?)");
        start = placeholder.end();
    }
    pattern.push_str(&regex::escape(&text[start..]));
    pattern.push('$');
    // A text too long for a pattern has no values either.
    let Ok(pattern) = Regex::new(&pattern) else { return Vec::new() };
    let Some(captures) = pattern.captures(filled) else { return Vec::new() };
    let values = placeholders.iter().zip(captures.iter().skip(1).flatten());
    values
        .filter(|(placeholder, value)| value.as_str() != default_text(placeholder))
        .map(|(placeholder, value)| (placeholder[1].to_string(), value.as_str().to_string()))
        .collect()
}

/// The value of a placeholder according to one record.
fn record_value(record: &MergedRecord, name: &str) -> Option<String> {
    let details = &record.details;
    match name {
        "host" => details.host.clone(),
        "connector" => details.connector.clone(),
        "activity" => details.activity.clone(),
        "connection" => details.connection.map(|id| id.to_string()),
        "folder" => details.connection_folder.map(|id| id.to_string()),
        "request_id" => details.request_id.clone(),
        other => details.named.get(other).cloned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_placeholders_are_read_back() {
        let text = "Ask <owner|the owner> to open <host>.";
        let fill_with = |owner: Option<&str>, host: Option<&str>| {
            let value = |name: &str| if name == "owner" { owner } else { host }.map(str::to_string);
            fill(text, &value).into_owned()
        };
        for (owner, host) in
            [(Some("a.b"), Some("x (y)")), (None, Some("h")), (Some("o"), None), (None, None)]
        {
            let filled = fill_with(owner, host);
            let values: BTreeMap<String, String> =
                placeholder_values(text, &filled).into_iter().collect();
            assert_eq!(values.get("owner").map(String::as_str), owner, "{filled}");
            assert_eq!(values.get("host").map(String::as_str), host, "{filled}");
        }
        assert!(placeholder_values(text, "Something else.").is_empty());
    }
}
