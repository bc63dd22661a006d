//! What no example of a signature shows to be of use: anchors, alternatives, branches of patterns.
//! Each is a text that somebody believes to be matched and that nobody has seen matched.

use regex::Regex;
use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{Alternation, Ast};

use crate::model::signature::{Signature, When};
use crate::model::text::normalise;

use super::pattern::{branch, foreign};

/// An example in the two forms that are searched.
struct Text {
    plain: String,
    lower: String,
}

/// What no example shows, in words.
pub(super) fn unused(signature: &Signature) -> Vec<String> {
    let examples: Vec<Text> =
        signature.examples.iter().map(|example| Text::new(&example.text)).collect();
    let ways = signature.when.iter().enumerate();
    ways.flat_map(|(at, when)| of_way(at + 1, when, &examples)).collect()
}

impl Text {
    fn new(text: &str) -> Text {
        let plain = normalise(text);
        Text { lower: plain.to_ascii_lowercase(), plain }
    }

    fn holds(&self, literal: &str) -> bool {
        self.lower.contains(&normalise(literal).to_ascii_lowercase())
    }
}

fn of_way(number: usize, when: &When, examples: &[Text]) -> Vec<String> {
    let mut told = Vec::new();
    for anchor in &when.anchors {
        if !examples.iter().any(|example| example.holds(anchor)) {
            told.push(format!("no example holds the anchor `{anchor}`"));
        }
    }
    let fitting: Vec<&Text> = examples
        .iter()
        .filter(|example| when.anchors.iter().any(|anchor| example.holds(anchor)))
        .filter(|example| when.all.iter().all(|literal| example.holds(literal)))
        .collect();
    let shown = |regex: &Regex| fitting.iter().any(|example| regex.is_match(&example.plain));
    let whole = match when.regex.as_deref().map(foreign) {
        // What cannot be compiled is an error of its own.
        Some(Err(_)) => return told,
        Some(Ok(regex)) => Some(regex),
        None => None,
    };
    if fitting.is_empty() || whole.as_ref().is_some_and(|regex| !shown(regex)) {
        told.push(format!("no example is taken by `when` number {number}"));
        return told;
    }
    for (words, variant) in when.regex.as_deref().map(branches).unwrap_or_default() {
        // A branch alone is smaller than the whole, which compiled.
        if branch(&variant).is_some_and(|regex| !shown(&regex)) {
            told.push(format!("no example shows the branch `{words}` of `when` number {number}"));
        }
    }
    told
}

/// For each branch of each alternation of a pattern: its own words, and the pattern with this
/// branch alone in place of the alternation.
fn branches(pattern: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if let Ok(ast) = Parser::new().parse(pattern) {
        Walk { pattern, found: &mut found }.descend(&ast, "", "");
    }
    found
}

struct Walk<'p> {
    pattern: &'p str,
    found: &'p mut Vec<(String, String)>,
}

impl Walk<'_> {
    /// Looks at a part; `before` and `behind` are what the pattern around it has become.
    fn descend(&mut self, ast: &Ast, before: &str, behind: &str) {
        match ast {
            Ast::Alternation(all) => self.alternation(all, before, behind),
            Ast::Concat(all) => {
                for part in &all.asts {
                    self.inside(ast, part, before, behind);
                }
            }
            Ast::Group(group) => self.inside(ast, &group.ast, before, behind),
            Ast::Repetition(repeated) => self.inside(ast, &repeated.ast, before, behind),
            _ => {}
        }
    }

    fn inside(&mut self, whole: &Ast, part: &Ast, before: &str, behind: &str) {
        let (whole, span) = (whole.span(), part.span());
        let before = format!("{before}{}", &self.pattern[whole.start.offset..span.start.offset]);
        let behind = format!("{}{behind}", &self.pattern[span.end.offset..whole.end.offset]);
        self.descend(part, &before, &behind);
    }

    fn alternation(&mut self, all: &Alternation, before: &str, behind: &str) {
        // `(?i)` in one branch holds for all behind it.
        let mut flags = String::new();
        for part in &all.asts {
            let span = part.span();
            let words = &self.pattern[span.start.offset..span.end.offset];
            let (before, behind) = (format!("{before}(?:{flags}"), format!("){behind}"));
            if !words.is_empty() {
                self.found.push((words.to_string(), format!("{before}{words}{behind}")));
            }
            self.descend(part, &before, &behind);
            if let Ast::Concat(parts) = part {
                for set in parts.asts.iter().filter(|ast| matches!(ast, Ast::Flags(_))) {
                    flags.push_str(&self.pattern[set.span().start.offset..set.span().end.offset]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variants(pattern: &str) -> Vec<String> {
        branches(pattern).into_iter().map(|(_, variant)| variant).collect()
    }

    #[test]
    fn each_branch_stands_alone_once() {
        assert_eq!(variants("x(?:a|b)?y"), ["x(?:(?:a))?y", "x(?:(?:b))?y"]);
        assert_eq!(variants("(?i)a|b"), ["(?:(?i)a)", "(?:(?i)b)"]);
        assert_eq!(
            variants("(?P<c>p(1|2)|q)z"),
            ["(?P<c>(?:p(1|2)))z", "(?P<c>(?:p((?:1))))z", "(?P<c>(?:p((?:2))))z", "(?P<c>(?:q))z"]
        );
        assert!(variants("no alternation [a|b]").is_empty());
        for pattern in ["接(続|絶)(?:した|する|)", "(?i:a|b)|c(?x: d | e )"] {
            for variant in variants(pattern) {
                assert!(branch(&variant).is_some(), "{variant}");
            }
        }
    }
}
