//! Whether signature files are fit to be used: everything an author should hear, not only what
//! keeps a pack from being compiled.

use std::collections::{BTreeMap, BTreeSet};

use crate::authoring::conflicts::rivals;
use crate::authoring::examples;
use crate::authoring::examples::ExampleResult;
use crate::authoring::unused_branches::unused;
use crate::model::{DiagnosticSeverity, Signature};
use crate::rules::files::load::parse;
use crate::rules::{
    CauseMatcher, Matcher, PatternCache, RegexLimits, RuleFile, RuleFileError, RuleSelection,
    RuleSet, duplicate_id,
};
use crate::search::{LiteralNumbers, Prefilter};

/// Fewest examples of a signature: one may match by accident.
pub(crate) const EXAMPLES_MIN: usize = 2;

/// Highest rank.
pub(crate) const RANK_MAX: u8 = 100;

/// Something an author should change.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Problem {
    /// File name.
    pub file: String,
    /// Line, from 1.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
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
        let Problem { file, line, column, id, severity, message } = self;
        let part = |number: &Option<usize>| number.map(|n| format!(":{n}")).unwrap_or_default();
        let what = if id.is_empty() { String::new() } else { format!(" `{id}`") };
        let place = part(line) + &part(column);
        write!(f, "{file}{place}: {}{what}: {message}", severity.as_str())
    }
}

/// Checks files (name, text). They are tried as `RuleSet::load` would use them, laid over the shipped
/// pack, so that a signature which a shipped one outranks is noticed. Only problems of the given
/// files are told.
pub fn check(texts: &[(String, String)]) -> Vec<Problem> {
    let mut problems = Problems::default();
    let mut files: BTreeMap<String, RuleFile> = BTreeMap::new();
    let mut vetting = RegexLimits::default();
    for (file, text) in texts {
        problems.file(file, text, &mut files, &mut vetting);
    }
    if problems.0.iter().all(|problem| !problem.is_error()) {
        problems.together(texts, &files);
    }
    problems.0.sort();
    problems.0
}

#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, severity: DiagnosticSeverity, id: &str, error: RuleFileError) {
        let RuleFileError { file, line, column, message } = error;
        self.0.push(Problem { file, line, column, id: id.to_string(), severity, message });
    }

    /// An error of a table, at a value inside it.
    fn error(
        &mut self,
        origin: &RuleFile,
        id: &str,
        inside: Option<&str>,
        message: impl Into<String>,
    ) {
        let error = origin.table_error(id, inside, message.into());
        self.add(DiagnosticSeverity::Error, id, error);
    }

    fn warn(&mut self, origin: &RuleFile, id: &str, message: String) {
        self.add(DiagnosticSeverity::Warning, id, origin.table_error(id, None, message));
    }

    /// What one file says, table by table.
    fn file(
        &mut self,
        file: &str,
        text: &str,
        files: &mut BTreeMap<String, RuleFile>,
        vetting: &mut RegexLimits,
    ) {
        let read = match parse(file, text) {
            Ok(read) => read,
            Err(error) => return self.add(DiagnosticSeverity::Error, "", error),
        };
        let origin = RuleFile::new(file, text);
        if read.signatures.is_empty() && read.reasons.is_empty() {
            let error = origin.file_error(crate::rules::EMPTY_FILE.to_string());
            return self.add(DiagnosticSeverity::Error, "", error);
        }
        for signature in &read.signatures {
            if let Some(first) = files.insert(signature.id.clone(), origin.clone()) {
                let error = duplicate_id(&origin, &first, &signature.id);
                self.add(DiagnosticSeverity::Error, &signature.id, error);
            }
            self.signature(&origin, signature, vetting);
        }
        for reason in &read.reasons {
            if let Err(problem) = CauseMatcher::vet(reason) {
                self.error(&origin, &reason.code, None, problem);
            }
        }
    }

    fn signature(&mut self, origin: &RuleFile, signature: &Signature, vetting: &mut RegexLimits) {
        let id = signature.id.as_str();
        let is_plain =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
        let ends = |c: char| c.is_ascii_alphanumeric();
        if !id.chars().all(is_plain) || !id.starts_with(ends) || !id.ends_with(ends) {
            let message = "an id is made of a-z, 0-9, and `-` or `.` between them";
            self.error(origin, id, None, message);
        }
        let compiled =
            Matcher::compile(signature, &mut LiteralNumbers::default(), &PatternCache::default());
        if let Err(problem) = compiled {
            self.error(origin, id, None, problem);
        }
        for pattern in signature.patterns() {
            if let Err(problem) = vetting.vet(pattern) {
                self.error(origin, id, Some(pattern), problem);
            }
        }
        if signature.rank > RANK_MAX {
            self.error(origin, id, Some("rank"), format!("`rank` goes from 0 to {RANK_MAX}"));
        }
        let reads = signature.gathers.is_empty();
        if reads && signature.examples.len() < EXAMPLES_MIN {
            self.error(origin, id, None, format!("needs at least {EXAMPLES_MIN} examples"));
        }
        if reads && signature.counterexamples.is_empty() {
            self.error(origin, id, None, "needs at least one counterexample");
        }
        let sides = [&signature.title, &signature.remedy.summary];
        if sides.iter().any(|side| side.en.is_empty() || side.ja.is_empty()) {
            let message = "title and summary are needed in English and Japanese";
            self.error(origin, id, None, message);
        }
        for message in unused(signature) {
            self.warn(origin, id, message);
        }
    }

    /// What shows only when all files work together: who wins each example.
    fn together(&mut self, texts: &[(String, String)], files: &BTreeMap<String, RuleFile>) {
        let pack = match RuleSet::load(texts, &RuleSelection::default()) {
            Ok(pack) => pack,
            Err(error) => return self.add(DiagnosticSeverity::Error, "", error),
        };
        let anchors = Prefilter::new(pack.raw_literals());
        let own = pack.signatures().iter().filter(|signature| !signature.off);
        for signature in own {
            let Some(origin) = files.get(&signature.id) else { continue };
            // One after the other, so that the patterns of a large set need not be there together.
            for result in examples::of_signature(&pack, &anchors, signature) {
                self.trial(origin, &result);
            }
            for message in rivals(&pack, signature) {
                self.warn(origin, &signature.id, message);
            }
        }
        for (id, other) in unknown_instead(&pack) {
            if let Some(origin) = files.get(id) {
                let message = format!("a counterexample is `{other}`, which is no id");
                self.error(origin, id, None, message);
            }
        }
        for signature in pack.signatures() {
            for other in signature.gathers.iter().filter(|id| pack.get(id).is_none()) {
                if let Some(origin) = files.get(&signature.id) {
                    let message = format!("`gathers` names `{other}`, which is no id");
                    self.error(origin, &signature.id, Some(other), message);
                }
            }
        }
    }

    /// What is wrong with an example.
    fn trial(&mut self, origin: &RuleFile, result: &ExampleResult) {
        let kind = if result.counterexample { "counterexample" } else { "example" };
        let beginning = result.text.lines().find(|line| !line.is_empty());
        for problem in &result.problems {
            let message = format!("{kind} `{}` {problem}", result.text);
            self.error(origin, &result.id, beginning, message);
        }
    }
}

/// Signature and `is` of counterexamples that name a signature nobody knows.
fn unknown_instead(pack: &RuleSet) -> BTreeSet<(&str, &str)> {
    let all = pack.signatures().iter();
    all.flat_map(|s| s.counterexamples.iter().map(move |example| (s.id.as_str(), example)))
        .filter_map(|(id, example)| Some((id, example.is.as_deref()?)))
        .filter(|(_, is)| *is != "mention" && pack.get(is).is_none())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::samples;

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
        tells(&without("title"), Error, "lacks `title`");
        tells(&with("id = \"conn-view-denied\"", "id = \"View Denied\""), Error, "a-z");
        tells(&with("\"CNS1045\"", "\"CNS1\""), Error, "shorter than 6 bytes");
        tells(&with("(?i)forbidden", "(?<!x)forbidden"), Error, "regex does not compile");
        tells(&with("ja = \"権限なし\"", "ja = \"\""), Error, "Japanese");
        tells(&with("is = \"mention\"", "is = \"conn-nowhere\""), Error, "no id");
        tells(&with("codes = \"CNS1045\"", "codes = \"CNS1046\""), Error, "`codes` is `CNS1045`");
        tells(&with("rank = 85", "rank = 10"), Error, "is read as conn-resolve-unknown");
        tells(&with("level = \"Info\"", "level = \"Error\""), Error, "counterexample");
        tells(samples::OTHERS, Error, "stands in view.toml too");
        let counterless =
            samples::VIEW_DENIED.split("[[signature.counterexample]]").next().unwrap();
        tells(counterless, Error, "counterexample");
        let exampleless = samples::VIEW_DENIED.split("[[signature.example]]").next().unwrap();
        tells(exampleless, Error, "at least 2 examples");
        let both = with("rank = 85", "rank = 85\ngathers = [\"conn-resolve-unknown\"]");
        tells(&both, Error, "either `when` or `gathers`");
        tells(&without_reading("conn-nowhere"), Error, "`gathers` names `conn-nowhere`");
    }

    /// A signature that gathers others.
    fn without_reading(other: &str) -> String {
        let (head, _) = samples::VIEW_DENIED.split_once("[[signature.when]]").unwrap();
        format!(
            "{head}gathers = [\"{other}\"]\n[signature.remedy]\n\
             summary = {{ en = \"Wait.\", ja = \"待つ。\" }}\n"
        )
    }

    #[test]
    fn a_signature_that_gathers_needs_no_text() {
        assert_eq!(told(&without_reading("conn-resolve-unknown")), []);
    }

    #[test]
    fn what_no_example_shows_is_worth_a_look() {
        let view = samples::VIEW_DENIED.replacen("\"CNS1045\"", "\"CNS1045\", \"CNS1046\"", 1);
        tells(&view, DiagnosticSeverity::Warning, "the anchor `CNS1046`");
        let view = samples::VIEW_DENIED.replacen("forbidden|permission", "neverever", 1);
        tells(&view, DiagnosticSeverity::Warning, "`when` number 3");
    }
}
