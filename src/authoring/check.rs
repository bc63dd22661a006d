//! Checks signature files: reports every problem an author should correct, not only those that keep
//! the rule set from being compiled. Changes no file.

use std::collections::{BTreeMap, BTreeSet};

use crate::authoring::conflicts::describe_conflicts;
use crate::authoring::examples::{self, ExampleResult};
use crate::authoring::unused_branches::find_unused;
use crate::model::{DiagnosticSeverity, Signature};
use crate::rules::files::load::parse;
use crate::rules::{
    CauseMatcher, Matcher, PatternCache, RegexLimits, RuleFile, RuleFileError, RuleSelection,
    RuleSet, duplicate_id,
};
use crate::search::{LiteralNumbers, Prefilter};

/// Fewest examples of a signature: a single one may match by accident.
pub(crate) const EXAMPLES_MIN: usize = 2;

pub(crate) const RANK_MAX: u8 = 100;

/// Something an author should change.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Problem {
    pub file: String,
    /// Line, from 1.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
    /// Signature id or code of a cause rule; empty for the file as a whole.
    pub id: String,
    /// `Error`: the file cannot be used. `Warning`: probably a mistake.
    pub severity: DiagnosticSeverity,
    pub message: String,
}

impl Problem {
    pub fn is_error(&self) -> bool {
        self.severity == DiagnosticSeverity::Error
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Problem { file, line, column, id, severity, message } = self;
        let part = |number: &Option<usize>| number.map(|n| format!(":{n}")).unwrap_or_default();
        let what = if id.is_empty() { String::new() } else { format!(" `{id}`") };
        let position = part(line) + &part(column);
        write!(f, "{file}{position}: {}{what}: {message}", severity.as_str())
    }
}

/// Checks files (name, text) together with the built-in rule set, as `RuleSet::load` uses them, so
/// that a signature which a built-in one outranks is reported. Returns only problems of the given
/// files, sorted.
pub fn check(texts: &[(String, String)]) -> Vec<Problem> {
    let mut problems = Problems::default();
    let mut files: BTreeMap<String, RuleFile> = BTreeMap::new();
    let mut limits = RegexLimits::default();
    for (file, text) in texts {
        problems.check_file(file, text, &mut files, &mut limits);
    }
    if problems.0.iter().all(|problem| !problem.is_error()) {
        problems.check_set(texts, &files);
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

    /// Adds an error of a table, at a value inside it if one is given.
    fn error(
        &mut self,
        source_file: &RuleFile,
        id: &str,
        value: Option<&str>,
        message: impl Into<String>,
    ) {
        let error = source_file.table_error(id, value, message.into());
        self.add(DiagnosticSeverity::Error, id, error);
    }

    fn warn(&mut self, source_file: &RuleFile, id: &str, message: String) {
        self.add(DiagnosticSeverity::Warning, id, source_file.table_error(id, None, message));
    }

    /// Checks the tables of one file.
    fn check_file(
        &mut self,
        file: &str,
        text: &str,
        files: &mut BTreeMap<String, RuleFile>,
        limits: &mut RegexLimits,
    ) {
        let tables = match parse(file, text) {
            Ok(tables) => tables,
            Err(error) => return self.add(DiagnosticSeverity::Error, "", error),
        };
        let source_file = RuleFile::new(file, text);
        if tables.signatures.is_empty() && tables.reasons.is_empty() {
            let error = source_file.file_error(crate::rules::EMPTY_FILE.to_string());
            return self.add(DiagnosticSeverity::Error, "", error);
        }
        for signature in &tables.signatures {
            if let Some(first) = files.insert(signature.id.clone(), source_file.clone()) {
                let error = duplicate_id(&source_file, &first, &signature.id);
                self.add(DiagnosticSeverity::Error, &signature.id, error);
            }
            self.check_signature(&source_file, signature, limits);
        }
        for reason in &tables.reasons {
            if let Err(problem) = CauseMatcher::vet(reason) {
                self.error(&source_file, &reason.code, None, problem);
            }
        }
    }

    fn check_signature(
        &mut self,
        source_file: &RuleFile,
        signature: &Signature,
        limits: &mut RegexLimits,
    ) {
        let id = signature.id.as_str();
        let is_id_char =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
        let is_id_end = |c: char| c.is_ascii_alphanumeric();
        if !id.chars().all(is_id_char) || !id.starts_with(is_id_end) || !id.ends_with(is_id_end) {
            let message = "invalid id: use a-z and 0-9, joined by `-` or `.`";
            self.error(source_file, id, None, message);
        }
        let compiled =
            Matcher::compile(signature, &mut LiteralNumbers::default(), &PatternCache::default());
        if let Err(problem) = compiled {
            self.error(source_file, id, None, problem);
        }
        for pattern in signature.patterns() {
            if let Err(problem) = limits.vet(pattern) {
                self.error(source_file, id, Some(pattern), problem);
            }
        }
        if signature.rank > RANK_MAX {
            self.error(
                source_file,
                id,
                Some("rank"),
                format!("invalid `rank`: use 0 to {RANK_MAX}"),
            );
        }
        let matches_text = signature.gathers.is_empty();
        if matches_text && signature.examples.len() < EXAMPLES_MIN {
            self.error(source_file, id, None, format!("needs at least {EXAMPLES_MIN} examples"));
        }
        if matches_text && signature.counterexamples.is_empty() {
            self.error(source_file, id, None, "needs at least one counterexample");
        }
        let texts = [&signature.title, &signature.remedy.summary];
        if texts.iter().any(|text| text.en.is_empty() || text.ja.is_empty()) {
            let message = "title and summary need an English and a Japanese text";
            self.error(source_file, id, None, message);
        }
        for message in find_unused(signature) {
            self.warn(source_file, id, message);
        }
    }

    /// Checks the whole rule set: which signature wins each example, and references between
    /// signatures.
    fn check_set(&mut self, texts: &[(String, String)], files: &BTreeMap<String, RuleFile>) {
        let rule_set = match RuleSet::load(texts, &RuleSelection::default()) {
            Ok(rule_set) => rule_set,
            Err(error) => return self.add(DiagnosticSeverity::Error, "", error),
        };
        let prefilter = Prefilter::new(rule_set.raw_literals());
        let enabled = rule_set.signatures().iter().filter(|signature| !signature.is_off);
        for signature in enabled {
            let Some(source_file) = files.get(&signature.id) else { continue };
            // One signature after the other, so that the patterns of a large set are not all
            // compiled at once.
            for result in examples::run_signature(&rule_set, &prefilter, signature) {
                self.add_example_problems(source_file, &result);
            }
            for message in describe_conflicts(&rule_set, signature) {
                self.warn(source_file, &signature.id, message);
            }
        }
        for (id, other) in unknown_counterexample_ids(&rule_set) {
            if let Some(source_file) = files.get(id) {
                let message = format!("unknown id `{other}` in `is` of a counterexample");
                self.error(source_file, id, None, message);
            }
        }
        for signature in rule_set.signatures() {
            for other in signature.gathers.iter().filter(|id| rule_set.get(id).is_none()) {
                if let Some(source_file) = files.get(&signature.id) {
                    let message = format!("unknown id `{other}` in `gathers`");
                    self.error(source_file, &signature.id, Some(other), message);
                }
            }
        }
    }

    fn add_example_problems(&mut self, source_file: &RuleFile, result: &ExampleResult) {
        let kind = if result.counterexample { "counterexample" } else { "example" };
        let beginning = result.text.lines().find(|line| !line.is_empty());
        for problem in &result.problems {
            let message = format!("{kind} `{}` {problem}", result.text);
            self.error(source_file, &result.id, beginning, message);
        }
    }
}

/// Signature id and `is` of the counterexamples that name an unknown signature.
fn unknown_counterexample_ids(rule_set: &RuleSet) -> BTreeSet<(&str, &str)> {
    let all = rule_set.signatures().iter();
    all.flat_map(|s| s.counterexamples.iter().map(move |example| (s.id.as_str(), example)))
        .filter_map(|(id, example)| Some((id, example.is.as_deref()?)))
        .filter(|(_, is)| *is != "mention" && rule_set.get(is).is_none())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::samples;

    fn problems(view: &str) -> Vec<(DiagnosticSeverity, String)> {
        let mut texts = samples::texts();
        texts[0].1 = view.to_string();
        check(&texts).into_iter().map(|problem| (problem.severity, problem.message)).collect()
    }

    fn assert_problem(view: &str, severity: DiagnosticSeverity, part: &str) {
        let problems = problems(view);
        let is_reported =
            problems.iter().any(|(kind, text)| *kind == severity && text.contains(part));
        assert!(is_reported, "{part} is not in {problems:#?}");
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
    fn errors_are_reported() {
        use DiagnosticSeverity::Error;
        let with = |from: &str, to: &str| {
            assert!(samples::VIEW_DENIED.contains(from), "{from}");
            samples::VIEW_DENIED.replacen(from, to, 1)
        };
        assert_problem(&without("title"), Error, "lacks `title`");
        assert_problem(&with("id = \"conn-view-denied\"", "id = \"View Denied\""), Error, "a-z");
        assert_problem(&with("\"CNS1045\"", "\"CNS1\""), Error, "shorter than 6 bytes");
        assert_problem(&with("(?i)forbidden", "(?<!x)forbidden"), Error, "regex does not compile");
        assert_problem(&with("ja = \"権限なし\"", "ja = \"\""), Error, "Japanese");
        assert_problem(
            &with("is = \"mention\"", "is = \"conn-nowhere\""),
            Error,
            "unknown id `conn-nowhere` in `is`",
        );
        assert_problem(
            &with("codes = \"CNS1045\"", "codes = \"CNS1046\""),
            Error,
            "`codes` is `CNS1045`",
        );
        assert_problem(&with("rank = 85", "rank = 10"), Error, "is read as conn-resolve-unknown");
        assert_problem(&with("level = \"Info\"", "level = \"Error\""), Error, "counterexample");
        assert_problem(samples::OTHERS, Error, "already exists in view.toml");
        let counterless =
            samples::VIEW_DENIED.split("[[signature.counterexample]]").next().unwrap();
        assert_problem(counterless, Error, "counterexample");
        let exampleless = samples::VIEW_DENIED.split("[[signature.example]]").next().unwrap();
        assert_problem(exampleless, Error, "at least 2 examples");
        let both = with("rank = 85", "rank = 85\ngathers = [\"conn-resolve-unknown\"]");
        assert_problem(&both, Error, "either `when` or `gathers`");
        assert_problem(&gathering("conn-nowhere"), Error, "unknown id `conn-nowhere` in `gathers`");
    }

    /// A signature that gathers others and matches no text.
    fn gathering(other: &str) -> String {
        let (head, _) = samples::VIEW_DENIED.split_once("[[signature.when]]").unwrap();
        format!(
            "{head}gathers = [\"{other}\"]\n[signature.remedy]\n\
             summary = {{ en = \"Wait.\", ja = \"待つ。\" }}\n"
        )
    }

    #[test]
    fn a_signature_that_gathers_needs_no_text() {
        assert_eq!(problems(&gathering("conn-resolve-unknown")), []);
    }

    #[test]
    fn parts_without_an_example_are_warnings() {
        let view = samples::VIEW_DENIED.replacen("\"CNS1045\"", "\"CNS1045\", \"CNS1046\"", 1);
        assert_problem(&view, DiagnosticSeverity::Warning, "the anchor `CNS1046`");
        let view = samples::VIEW_DENIED.replacen("forbidden|permission", "neverever", 1);
        assert_problem(&view, DiagnosticSeverity::Warning, "`when` number 3");
    }
}
