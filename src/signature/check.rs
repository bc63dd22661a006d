//! Whether signature files are fit to be used: everything an author should hear, not only what
//! keeps a pack from being compiled.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::DiagnosticSeverity;
use crate::model::signature::Signature;
use crate::model::text::normalise;

use super::literals::Collector;
use super::load::parse;
use super::matcher::Matcher;
use super::pack::Pack;
use super::pattern::foreign;
use super::reasons::Reasons;
use super::trial;

/// Fewest examples of a signature: one may match by accident.
const EXAMPLES_MIN: usize = 2;

/// Something an author should change.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Problem {
    /// File name.
    pub file: String,
    /// Signature id or reason code; empty for the file as a whole.
    pub id: String,
    /// `Error`: the file is not fit to be used; `Warning`: worth a look.
    pub severity: DiagnosticSeverity,
    /// What is wrong.
    pub message: String,
}

impl Problem {
    /// True when the file is not fit to be used.
    pub fn is_error(&self) -> bool {
        self.severity == DiagnosticSeverity::Error
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Problem { file, id, severity, message } = self;
        let what = if id.is_empty() { String::new() } else { format!(" `{id}`") };
        write!(f, "{file}: {}{what}: {message}", severity.as_str())
    }
}

/// Checks files (name, text). They are tried as `Pack::load` would use them, laid over the shipped
/// pack, so that a signature which a shipped one outranks is noticed. Only problems of the given
/// files are told.
pub fn check(texts: &[(String, String)]) -> Vec<Problem> {
    let mut problems = Problems::default();
    let mut files: BTreeMap<String, &str> = BTreeMap::new();
    for (file, text) in texts {
        problems.file(file, text, &mut files);
    }
    if problems.0.iter().all(|problem| problem.severity != DiagnosticSeverity::Error) {
        problems.together(texts, &files);
    }
    problems.0.sort();
    problems.0
}

#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, severity: DiagnosticSeverity, file: &str, id: &str, message: String) {
        let (file, id) = (file.to_string(), id.to_string());
        self.0.push(Problem { file, id, severity, message });
    }

    fn error(&mut self, file: &str, id: &str, message: impl Into<String>) {
        self.add(DiagnosticSeverity::Error, file, id, message.into());
    }

    /// What one file says, table by table.
    fn file<'t>(&mut self, file: &'t str, text: &str, files: &mut BTreeMap<String, &'t str>) {
        let read = match parse(file, text) {
            Ok(read) => read,
            Err(error) => return self.error(file, "", error.to_string()),
        };
        for signature in &read.signatures {
            if let Some(first) = files.insert(signature.id.clone(), file) {
                self.error(file, &signature.id, format!("the id stands in {first} too"));
            }
            self.signature(file, signature);
        }
        for reason in &read.reasons {
            if let Err(problem) = Reasons::compile(std::slice::from_ref(reason)) {
                self.error(file, &reason.code, problem);
            }
        }
    }

    fn signature(&mut self, file: &str, signature: &Signature) {
        let id = signature.id.as_str();
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.is_empty() || !id.chars().all(is_plain) || id.starts_with('-') || id.ends_with('-') {
            self.error(file, id, "an id is made of a-z, 0-9 and `-` between them");
        }
        let compiled = Matcher::compile(signature, &mut Collector::default());
        if let Err(problem) = compiled.and_then(|matcher| matcher.check()) {
            self.error(file, id, problem);
        }
        if signature.rank > 100 {
            self.error(file, id, "`rank` goes from 0 to 100");
        }
        if signature.examples.len() < EXAMPLES_MIN {
            self.error(file, id, format!("needs at least {EXAMPLES_MIN} examples"));
        }
        if signature.counterexamples.is_empty() {
            self.error(file, id, "needs at least one counterexample");
        }
        let sides = [&signature.title, &signature.remedy.summary];
        if sides.iter().any(|side| side.en.is_empty() || side.ja.is_empty()) {
            self.error(file, id, "title and summary are needed in English and Japanese");
        }
        self.unused(file, signature);
    }

    /// Anchors and alternatives that no example shows to be of use.
    fn unused(&mut self, file: &str, signature: &Signature) {
        let fold = |text: &str| normalise(text).to_ascii_lowercase();
        let examples: Vec<(String, String)> = signature
            .examples
            .iter()
            .map(|example| (normalise(&example.text), fold(&example.text)))
            .collect();
        for (at, when) in signature.when.iter().enumerate() {
            let regex = when.regex.as_deref().and_then(|pattern| foreign(pattern).ok());
            for anchor in &when.anchors {
                if !examples.iter().any(|(_, lower)| lower.contains(&fold(anchor))) {
                    let message = format!("no example holds the anchor `{anchor}`");
                    self.add(DiagnosticSeverity::Warning, file, &signature.id, message);
                }
            }
            let taken = examples.iter().any(|(text, lower)| {
                when.anchors.iter().any(|anchor| lower.contains(&fold(anchor)))
                    && when.all.iter().all(|literal| lower.contains(&fold(literal)))
                    && regex.as_ref().is_none_or(|regex| regex.is_match(text))
            });
            if !taken {
                let message = format!("no example is taken by `when` number {}", at + 1);
                self.add(DiagnosticSeverity::Warning, file, &signature.id, message);
            }
        }
    }

    /// What shows only when all files work together: who wins each example.
    fn together(&mut self, texts: &[(String, String)], files: &BTreeMap<String, &str>) {
        let pack = match Pack::load(texts) {
            Ok(pack) => pack,
            Err(error) => return self.error(&error.file, "", error.to_string()),
        };
        for result in trial::test(&pack) {
            let Some(file) = files.get(&result.id) else { continue };
            let kind = if result.counterexample { "counterexample" } else { "example" };
            for problem in &result.problems {
                self.error(file, &result.id, format!("{kind} `{}` {problem}", result.text));
            }
        }
        for id in unknown_instead(&pack) {
            if let Some(file) = files.get(id.0) {
                self.error(file, id.0, format!("a counterexample is `{}`, which is no id", id.1));
            }
        }
    }
}

/// Signature and `is` of counterexamples that name a signature nobody knows.
fn unknown_instead(pack: &Pack) -> BTreeSet<(&str, &str)> {
    let all = pack.signatures().iter();
    all.flat_map(|s| s.counterexamples.iter().map(move |example| (s.id.as_str(), example)))
        .filter_map(|(id, example)| Some((id, example.is.as_deref()?)))
        .filter(|(_, is)| *is != "mention" && pack.get(is).is_none())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn told(view: &str) -> Vec<(DiagnosticSeverity, String)> {
        let mut texts = samples::texts();
        texts[0].1 = view.to_string();
        check(&texts).into_iter().map(|problem| (problem.severity, problem.message)).collect()
    }

    fn tells(view: &str, severity: DiagnosticSeverity, part: &str) {
        let told = told(view);
        let found = told.iter().any(|(kind, text)| *kind == severity && text.contains(part));
        assert!(found, "{part} is not in {told:#?}");
    }

    /// The table without one of its lines.
    fn without(start: &str) -> String {
        let lines = samples::VIEW_DENIED.lines();
        lines.filter(|line| !line.starts_with(start)).map(|line| format!("{line}\n")).collect()
    }

    #[test]
    fn a_good_file_has_no_problem() {
        assert_eq!(check(&samples::texts()), []);
    }

    #[test]
    fn what_makes_a_file_unfit() {
        use DiagnosticSeverity::Error;
        let with = |from: &str, to: &str| {
            assert!(samples::VIEW_DENIED.contains(from), "{from}");
            samples::VIEW_DENIED.replacen(from, to, 1)
        };
        tells(&without("title"), Error, "missing field `title`");
        tells(&with("id = \"conn-view-denied\"", "id = \"View Denied\""), Error, "a-z");
        tells(&with("\"CNS1045\"", "\"CNS1\""), Error, "shorter than 6 bytes");
        tells(&with("(?i)forbidden", "(?<!x)forbidden"), Error, "regex does not compile");
        tells(&with("ja = \"権限なし\"", "ja = \"\""), Error, "Japanese");
        tells(&with("is = \"mention\"", "is = \"conn-nowhere\""), Error, "no id");
        tells(&with("codes = \"CNS1045\"", "codes = \"CNS1046\""), Error, "`codes` is `CNS1045`");
        tells(&with("rank = 85", "rank = 10"), Error, "is read as conn-resolve-unknown");
        tells(&with("level = \"Info\"", "level = \"Error\""), Error, "counterexample");
        tells(samples::OTHERS, Error, "the id stands in view.toml too");
        let counterless =
            samples::VIEW_DENIED.split("[[signature.counterexample]]").next().unwrap();
        tells(counterless, Error, "counterexample");
        let exampleless = samples::VIEW_DENIED.split("[[signature.example]]").next().unwrap();
        tells(exampleless, Error, "at least 2 examples");
    }

    #[test]
    fn what_no_example_shows_is_worth_a_look() {
        let view = samples::VIEW_DENIED.replacen("\"CNS1045\"", "\"CNS1045\", \"CNS1046\"", 1);
        tells(&view, DiagnosticSeverity::Warning, "the anchor `CNS1046`");
        let view = samples::VIEW_DENIED.replacen("forbidden|permission", "neverever", 1);
        tells(&view, DiagnosticSeverity::Warning, "`when` number 3");
    }
}
