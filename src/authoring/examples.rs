//! Trying a pack on its own examples, at both stages: the anchors must find the text in an export
//! and the decision must read it as said.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::authoring::explain::Verdict;
use crate::model::{Counterexample, Example, LogLevel, MatchDetails, Record, Signature};
use crate::rules::{Judgement, RuleSet};
use crate::search::Prefilter;

/// How one example of a signature went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExampleResult {
    /// The signature it belongs to.
    pub id: String,
    /// Its text.
    pub text: String,
    /// True for a text that must not match.
    pub counterexample: bool,
    /// What must come out, in words.
    pub expected: String,
    /// What came out: a signature id, `mention: …`, `unmatched` or `nothing`.
    pub actual: String,
    /// What was read.
    pub captures: BTreeMap<String, String>,
    /// What is wrong; empty if nothing.
    pub problems: Vec<String>,
    /// True if nothing is.
    pub passed: bool,
}

impl std::fmt::Display for ExampleResult {
    /// Several lines: what was tried, what was expected, what came out, what is wrong.
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

/// Tries all examples and counterexamples of the wanted signatures that are on.
pub fn run_examples(pack: &RuleSet, wanted: impl Fn(&str) -> bool) -> Vec<ExampleResult> {
    let anchors = Prefilter::new(pack.raw_literals());
    pack.signatures()
        .iter()
        .filter(|signature| !signature.off && wanted(&signature.id))
        .flat_map(|signature| of_signature(pack, &anchors, signature))
        .collect()
}

/// Tries those of one signature.
pub(crate) fn of_signature(
    pack: &RuleSet,
    anchors: &Prefilter,
    signature: &Signature,
) -> Vec<ExampleResult> {
    let examples =
        signature.examples.iter().map(|example| positive(pack, anchors, signature, example));
    let counterexamples =
        signature.counterexamples.iter().map(|example| negative(pack, signature, example));
    examples.chain(counterexamples).collect()
}

fn positive(
    pack: &RuleSet,
    anchors: &Prefilter,
    signature: &Signature,
    example: &Example,
) -> ExampleResult {
    let record = Record::log_row(&example.text, LogLevel::Error);
    let judgement = pack.judge(&record);
    let mut problems = unfound(anchors, &example.text);
    let mut captures = BTreeMap::new();
    match &judgement {
        Judgement::Hit(reading) if *reading.signature == *signature.id => {
            captures = pack.groups(&signature.id, &example.text);
            captures.extend(readings(reading));
        }
        _ => problems.push(instead(pack, signature, &record, &judgement)),
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
        actual: name(&judgement),
        captures,
        passed: problems.is_empty(),
        problems,
    }
}

fn negative(pack: &RuleSet, signature: &Signature, example: &Counterexample) -> ExampleResult {
    let level = example.level.as_deref().and_then(LogLevel::parse).unwrap_or(LogLevel::Error);
    let judgement = pack.judge(&Record::log_row(&example.text, level));
    let is_it = matches!(&judgement, Judgement::Hit(hit) if *hit.signature == *signature.id);
    let fits = match example.is.as_deref() {
        Some("mention") => mentions(&judgement, &signature.id),
        Some(other) => matches!(&judgement, Judgement::Hit(hit) if *hit.signature == *other),
        None => !is_it,
    };
    let expected = match &example.is {
        Some(other) => other.clone(),
        None => format!("not {}", signature.id),
    };
    let problems = if fits { vec![] } else { vec![format!("is read as {}", name(&judgement))] };
    ExampleResult {
        id: signature.id.clone(),
        text: example.text.clone(),
        counterexample: true,
        expected,
        actual: name(&judgement),
        captures: BTreeMap::new(),
        passed: fits,
        problems,
    }
}

/// What the text is read as, and why it is not read as it should be.
fn instead(
    pack: &RuleSet,
    signature: &Signature,
    record: &Record,
    judgement: &Judgement,
) -> String {
    let read = format!("is read as {}", name(judgement));
    match pack.explain(&signature.id, record) {
        Verdict::Outranked(_, rank) => {
            format!("{read} of rank {rank}; `{}` has rank {}", signature.id, signature.rank)
        }
        Verdict::NearMiss(why) => format!("{read}: {why}"),
        Verdict::Nothing => format!("{read}: none of its anchors is there"),
        Verdict::Hit | Verdict::Mention | Verdict::Reply => read,
    }
}

fn mentions(judgement: &Judgement, id: &str) -> bool {
    matches!(judgement, Judgement::Mention(ids) if ids.iter().any(|known| **known == *id))
}

/// The forms of a text in which the anchors do not find it.
fn unfound(anchors: &Prefilter, text: &str) -> Vec<String> {
    let missing = forms(text).into_iter().filter(|(_, form)| {
        let mut found = Vec::new();
        anchors.find(form.as_bytes(), &mut found);
        found.is_empty()
    });
    missing.map(|(name, _)| format!("no anchor finds the text {name}")).collect()
}

/// A text as exports hold it.
pub(crate) fn forms(text: &str) -> [(&'static str, String); 6] {
    let string = |text: &str| serde_json::Value::from(text).to_string();
    let json = string(text);
    let ascii = in_ascii(&json);
    [
        ("as it is", text.to_string()),
        ("in a CSV field", text.replace('"', "\"\"")),
        ("as a JSON string inside a JSON string", string(&json)),
        ("as an ASCII JSON string inside a JSON string", string(&ascii)),
        ("as an ASCII JSON string", ascii),
        ("as a JSON string", json),
    ]
}

fn in_ascii(json: &str) -> String {
    let mut ascii = String::with_capacity(json.len());
    for unit in json.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => ascii.push(char::from(byte)),
            _ => ascii.push_str(&format!("\\u{unit:04x}")),
        }
    }
    ascii
}

fn name(judgement: &Judgement) -> String {
    match judgement {
        Judgement::Hit(reading) | Judgement::Unknown(reading) => reading.signature.to_string(),
        Judgement::Mention(ids) => {
            let ids: Vec<&str> = ids.iter().map(Arc::as_ref).collect();
            format!("mention: {}", ids.join(", "))
        }
        Judgement::Nothing => "nothing".to_string(),
    }
}

/// A reading under the names that `expect` uses.
pub(crate) fn readings(reading: &MatchDetails) -> BTreeMap<String, String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    [
        ("connection", reading.connection.map(|id| id.to_string()).unwrap_or_default()),
        ("folder", reading.connection_folder.map(|id| id.to_string()).unwrap_or_default()),
        ("codes", reading.codes.join(",")),
        ("status", reading.provider_status.map(|status| status.to_string()).unwrap_or_default()),
        ("cause", reading.cause.as_ref().map(|cause| cause.code.clone()).unwrap_or_default()),
        ("category", reading.category.to_string()),
        ("activity", text(&reading.activity)),
        ("connector", text(&reading.connector)),
        ("host", text(&reading.host)),
        ("request_id", text(&reading.request_id)),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| (name.to_string(), value))
    .collect()
}
