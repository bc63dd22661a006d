//! What to do about one incident: the signature's remedy, filled with what the incident's records
//! say. It adds no advice of its own.

use crate::correlate::distinct::majority;
use crate::correlate::record::MergedRecord;
use crate::model::Signature;
use crate::model::{Lang, Remediation};
use regex::{Captures, Regex};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;
/// The remedy of a signature for these records.
pub fn remedy(signature: &Signature, records: &[&MergedRecord], lang: Lang) -> Remediation {
    with(signature, lang, &|name| majority(records.iter().filter_map(|r| said(r, name))))
}

/// The remedy of a finished report in another language, filled with what it is filled with.
pub fn again(
    signature: &Signature,
    told: &Remediation,
    before: Option<Lang>,
    lang: Lang,
) -> Remediation {
    let values = before.map(|before| values(signature, told, before)).unwrap_or_default();
    with(signature, lang, &|name| values.get(name).cloned())
}

fn with(signature: &Signature, lang: Lang, value: &dyn Fn(&str) -> Option<String>) -> Remediation {
    let filled = |text: &str| fill(text, value).into_owned();
    let remedy = &signature.remedy;
    Remediation {
        summary: filled(remedy.summary.get(lang)),
        steps: remedy.steps.iter().map(|step| filled(step.get(lang))).collect(),
        verify: remedy.verify.iter().map(|step| filled(step.get(lang))).collect(),
        url: signature.url.clone(),
    }
}

// The pattern is a constant, and a test fills with it.
#[allow(clippy::expect_used)]
static GAP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"<([a-z_]+)(?:\|([^<>]*))?>").expect("a constant pattern compiles")
});

/// Puts what most records say for each `<name>`. Where no record says it, `<name|words>` gives way to
/// its words, and `<name>` stays for the reader to fill in: `curl -v https://<host>`.
fn fill<'t>(text: &'t str, value: &dyn Fn(&str) -> Option<String>) -> Cow<'t, str> {
    GAP.replace_all(text, |gap: &Captures<'_>| {
        value(&gap[1]).unwrap_or_else(|| unfilled(gap).to_string())
    })
}

/// What stands in a gap of which nothing is known.
fn unfilled<'g>(gap: &'g Captures<'_>) -> &'g str {
    gap.get(2).map_or(&gap[0], |words| words.as_str())
}

/// What the gaps of a remedy were filled with, by name.
fn values(signature: &Signature, told: &Remediation, lang: Lang) -> BTreeMap<String, String> {
    let remedy = &signature.remedy;
    let lists = [(&remedy.steps, &told.steps), (&remedy.verify, &told.verify)];
    let lists = lists.into_iter().flat_map(|(texts, told)| texts.iter().zip(told));
    let mut values = BTreeMap::new();
    for (text, told) in std::iter::once((&remedy.summary, &told.summary)).chain(lists) {
        values.extend(filled_with(text.get(lang), told));
    }
    values
}

/// Reads a filled text beside the text with its gaps. One that is not the same between them tells
/// nothing.
fn filled_with(text: &str, told: &str) -> Vec<(String, String)> {
    let gaps: Vec<Captures<'_>> = GAP.captures_iter(text).collect();
    if gaps.is_empty() {
        return Vec::new();
    }
    let mut pattern = String::from("(?s)^");
    let mut from = 0;
    for gap in &gaps {
        let (start, end) = gap.get(0).map_or((from, from), |gap| (gap.start(), gap.end()));
        pattern.push_str(&regex::escape(&text[from..start]));
        pattern.push_str("(.*?)");
        from = end;
    }
    pattern.push_str(&regex::escape(&text[from..]));
    pattern.push('$');
    // A text too long for a pattern tells nothing either.
    let Ok(pattern) = Regex::new(&pattern) else { return Vec::new() };
    let Some(found) = pattern.captures(told) else { return Vec::new() };
    let values = gaps.iter().zip(found.iter().skip(1).flatten());
    let known = values.filter(|(gap, value)| value.as_str() != unfilled(gap));
    known.map(|(gap, value)| (gap[1].to_string(), value.as_str().to_string())).collect()
}

/// What one record says under a name.
fn said(record: &MergedRecord, name: &str) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_gap_was_filled_with_is_read_again() {
        let text = "Ask <owner|the owner> to open <host>.";
        let fill_with = |owner: Option<&str>, host: Option<&str>| {
            let value = |name: &str| if name == "owner" { owner } else { host }.map(str::to_string);
            fill(text, &value).into_owned()
        };
        for (owner, host) in
            [(Some("a.b"), Some("x (y)")), (None, Some("h")), (Some("o"), None), (None, None)]
        {
            let told = fill_with(owner, host);
            let found: BTreeMap<String, String> = filled_with(text, &told).into_iter().collect();
            assert_eq!(found.get("owner").map(String::as_str), owner, "{told}");
            assert_eq!(found.get("host").map(String::as_str), host, "{told}");
        }
        assert!(filled_with(text, "Something else.").is_empty());
    }
}
