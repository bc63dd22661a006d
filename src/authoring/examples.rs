//! Runs a rule set on its own examples, at both stages: the prefilter must find the text in every
//! form of an export, and the judgement must be the expected one.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::authoring::explain::Verdict;
use crate::model::{Counterexample, Example, LogLevel, MatchDetails, Record, Signature};
use crate::rules::{Judgement, RuleSet};
use crate::search::Prefilter;

/// The result of one example of a signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExampleResult {
    /// Id of the signature.
    pub id: String,
    pub text: String,
    pub counterexample: bool,
    /// The expected result, as text.
    pub expected: String,
    /// The actual result: a signature id, `mention: …`, `unmatched` or `nothing`.
    pub actual: String,
    /// The match details and named groups, under the names that `expect` uses.
    pub captures: BTreeMap<String, String>,
    /// Empty if the example passed.
    pub problems: Vec<String>,
    pub passed: bool,
}

impl std::fmt::Display for ExampleResult {
    /// Several lines: example, expected result, actual result, problems.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = if self.counterexample { "counterexample" } else { "example" };
        writeln!(f, "{}: {kind}: {}", self.id, self.text)?;
        writeln!(f, "  expected {}", self.expected)?;
        writeln!(f, "  actual   {}", self.actual)?;
        for (name, value) in &self.captures {
            writeln!(f, "           {name} = {value}")?;
        }
        write!(f, "  {}", self.problems.join("; "))
    }
}

/// Runs all examples and counterexamples of the wanted signatures that are enabled.
pub fn run_examples(rule_set: &RuleSet, wanted: impl Fn(&str) -> bool) -> Vec<ExampleResult> {
    let prefilter = Prefilter::new(rule_set.raw_literals());
    rule_set
        .signatures()
        .iter()
        .filter(|signature| !signature.is_off && wanted(&signature.id))
        .flat_map(|signature| run_signature(rule_set, &prefilter, signature))
        .collect()
}

/// Runs the examples and counterexamples of one signature.
pub(crate) fn run_signature(
    rule_set: &RuleSet,
    prefilter: &Prefilter,
    signature: &Signature,
) -> Vec<ExampleResult> {
    let examples = signature
        .examples
        .iter()
        .map(|example| run_example(rule_set, prefilter, signature, example));
    let counterexamples = signature
        .counterexamples
        .iter()
        .map(|example| run_counterexample(rule_set, signature, example));
    examples.chain(counterexamples).collect()
}

fn run_example(
    rule_set: &RuleSet,
    prefilter: &Prefilter,
    signature: &Signature,
    example: &Example,
) -> ExampleResult {
    let record = Record::log_row(&example.text, LogLevel::Error);
    let judgement = rule_set.judge(&record);
    let mut problems = missed_forms(prefilter, &example.text);
    let mut captures = BTreeMap::new();
    match &judgement {
        Judgement::Hit(details) if *details.signature == *signature.id => {
            captures = rule_set.groups(&signature.id, &example.text);
            captures.extend(named_details(details));
        }
        _ => problems.push(describe_mismatch(rule_set, signature, &record, &judgement)),
    }
    for (key, wanted) in &example.expect {
        let read = captures.get(key).map(String::as_str).unwrap_or("");
        if read != wanted && !captures.is_empty() {
            problems.push(format!("`{key}` is `{read}` instead of `{wanted}`"));
        }
    }
    let wanted = example.expect.iter().map(|(key, value)| format!(" {key}={value}"));
    ExampleResult {
        id: signature.id.clone(),
        text: example.text.clone(),
        counterexample: false,
        expected: signature.id.clone() + &wanted.collect::<String>(),
        actual: judgement_name(&judgement),
        captures,
        passed: problems.is_empty(),
        problems,
    }
}

fn run_counterexample(
    rule_set: &RuleSet,
    signature: &Signature,
    example: &Counterexample,
) -> ExampleResult {
    let level = example.level.as_deref().and_then(LogLevel::parse).unwrap_or(LogLevel::Error);
    let judgement = rule_set.judge(&Record::log_row(&example.text, level));
    let is_matched = matches!(&judgement, Judgement::Hit(hit) if *hit.signature == *signature.id);
    let passed = match example.is.as_deref() {
        Some("mention") => mentions(&judgement, &signature.id),
        Some(other) => matches!(&judgement, Judgement::Hit(hit) if *hit.signature == *other),
        None => !is_matched,
    };
    let expected = match &example.is {
        Some(other) => other.clone(),
        None => format!("not {}", signature.id),
    };
    let problems =
        if passed { vec![] } else { vec![format!("is read as {}", judgement_name(&judgement))] };
    ExampleResult {
        id: signature.id.clone(),
        text: example.text.clone(),
        counterexample: true,
        expected,
        actual: judgement_name(&judgement),
        captures: BTreeMap::new(),
        passed,
        problems,
    }
}

/// The actual judgement of an example, and why it is not the expected one.
fn describe_mismatch(
    rule_set: &RuleSet,
    signature: &Signature,
    record: &Record,
    judgement: &Judgement,
) -> String {
    let read = format!("is read as {}", judgement_name(judgement));
    match rule_set.explain(&signature.id, record) {
        Verdict::Outranked(_, rank) => {
            format!("{read} of rank {rank}; `{}` has rank {}", signature.id, signature.rank)
        }
        Verdict::NearMiss(why) => format!("{read}: {why}"),
        Verdict::Nothing => format!("{read}: none of its anchors occurs"),
        Verdict::Hit | Verdict::Mention | Verdict::Reply => read,
    }
}

fn mentions(judgement: &Judgement, id: &str) -> bool {
    matches!(judgement, Judgement::Mention(ids) if ids.iter().any(|known| **known == *id))
}

/// Problems of a text that the prefilter misses in some form.
fn missed_forms(prefilter: &Prefilter, text: &str) -> Vec<String> {
    let missing = forms(text).into_iter().filter(|(_, form)| {
        let mut found = Vec::new();
        prefilter.find(form.as_bytes(), &mut found);
        found.is_empty()
    });
    missing.map(|(name, _)| format!("no anchor finds the text {name}")).collect()
}

/// The forms that a text may have in an export, each with its description.
pub(crate) fn forms(text: &str) -> [(&'static str, String); 6] {
    let to_json = |text: &str| serde_json::Value::from(text).to_string();
    let json = to_json(text);
    let ascii = to_ascii(&json);
    [
        ("as it is", text.to_string()),
        ("in a CSV field", text.replace('"', "\"\"")),
        ("as a JSON string inside a JSON string", to_json(&json)),
        ("as an ASCII JSON string inside a JSON string", to_json(&ascii)),
        ("as an ASCII JSON string", ascii),
        ("as a JSON string", json),
    ]
}

fn to_ascii(json: &str) -> String {
    let mut ascii = String::with_capacity(json.len());
    for unit in json.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => ascii.push(char::from(byte)),
            _ => ascii.push_str(&format!("\\u{unit:04x}")),
        }
    }
    ascii
}

fn judgement_name(judgement: &Judgement) -> String {
    match judgement {
        Judgement::Hit(details) | Judgement::Unknown(details) => details.signature.to_string(),
        Judgement::Mention(ids) => {
            let ids: Vec<&str> = ids.iter().map(Arc::as_ref).collect();
            format!("mention: {}", ids.join(", "))
        }
        Judgement::Nothing => "nothing".to_string(),
    }
}

/// The match details that are not empty, under the names that `expect` uses.
pub(crate) fn named_details(details: &MatchDetails) -> BTreeMap<String, String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    [
        ("connection", details.connection.map(|id| id.to_string()).unwrap_or_default()),
        ("folder", details.connection_folder.map(|id| id.to_string()).unwrap_or_default()),
        ("codes", details.codes.join(",")),
        ("status", details.provider_status.map(|status| status.to_string()).unwrap_or_default()),
        ("cause", details.cause.as_ref().map(|cause| cause.code.clone()).unwrap_or_default()),
        ("category", details.category.to_string()),
        ("activity", text(&details.activity)),
        ("connector", text(&details.connector)),
        ("host", text(&details.host)),
        ("request_id", text(&details.request_id)),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| (name.to_string(), value))
    .collect()
}
