//! Finds the anchors, alternatives and branches of patterns that no example of a signature needs:
//! the author expects them to match, but nothing proves it.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{Alternation, Ast};

use crate::model::{Alternative, Signature, normalise};
use crate::search::{compile_variant, is_short};

/// An example in the two forms that are searched.
struct ExampleText {
    plain: String,
    lower: String,
}

/// The parts of a signature that no example shows, as messages for its author.
pub(crate) fn find_unused(signature: &Signature) -> Vec<String> {
    let examples: Vec<ExampleText> =
        signature.examples.iter().map(|example| ExampleText::new(&example.text)).collect();
    let alternatives = signature.when.iter().enumerate();
    alternatives.flat_map(|(index, when)| find_unused_parts(index + 1, when, &examples)).collect()
}

impl ExampleText {
    fn new(text: &str) -> ExampleText {
        let plain = normalise(text);
        ExampleText { lower: plain.to_ascii_lowercase(), plain }
    }

    fn holds(&self, literal: &str) -> bool {
        self.lower.contains(&normalise(literal).to_ascii_lowercase())
    }
}

fn find_unused_parts(number: usize, when: &Alternative, examples: &[ExampleText]) -> Vec<String> {
    let mut messages = Vec::new();
    for anchor in &when.anchors {
        if !examples.iter().any(|example| example.holds(anchor)) {
            messages.push(format!("no example contains the anchor `{anchor}`"));
        }
    }
    let matching: Vec<&ExampleText> = examples
        .iter()
        .filter(|example| when.anchors.iter().any(|anchor| example.holds(anchor)))
        .filter(|example| when.all.iter().all(|literal| example.holds(literal)))
        .collect();
    let Some(pattern) = &when.regex else {
        if matching.is_empty() {
            messages.push(nothing_taken(number));
        }
        return messages;
    };
    // A pattern that is too long or does not compile is reported as an error elsewhere.
    if !is_short(pattern) {
        return messages;
    }
    let marked = MarkedPattern::new(pattern);
    let Some(regex) = compile_variant(&marked.pattern) else { return messages };
    let matched = marked.matched_groups(&regex, &matching);
    if !matching.iter().any(|example| regex.is_match(&example.plain)) {
        messages.push(nothing_taken(number));
        return messages;
    }
    let doubtful = marked.branches.iter().filter(|branch| !matched.contains(&branch.group));
    for Branch { words, alone, .. } in doubtful {
        // Another branch may have matched first where this one would match too.
        let shown = |regex: &Regex| matching.iter().any(|example| regex.is_match(&example.plain));
        if compile_variant(alone).is_some_and(|regex| !shown(&regex)) {
            messages
                .push(format!("no example matches the branch `{words}` of `when` number {number}"));
        }
    }
    messages
}

fn nothing_taken(number: usize) -> String {
    format!("no example matches `when` number {number}")
}

/// A pattern in which each branch of each alternation is a group, so that one search shows which
/// branches matched.
struct MarkedPattern {
    pattern: String,
    branches: Vec<Branch>,
}

struct Branch {
    /// Number of its group in the marked pattern.
    group: usize,
    /// Its source text.
    words: String,
    /// The pattern with this branch alone in place of the alternation.
    alone: String,
}

impl MarkedPattern {
    fn new(pattern: &str) -> MarkedPattern {
        let mut walk = Walk { pattern, branches: Vec::new(), marks: BTreeMap::new(), groups: 0 };
        if let Ok(ast) = Parser::new().parse(pattern) {
            walk.descend(&ast, "", "");
        }
        let mut marked = String::new();
        let mut copied = 0;
        for (at, mark) in walk.marks {
            marked = marked + &pattern[copied..at] + &mark;
            copied = at;
        }
        MarkedPattern { pattern: marked + &pattern[copied..], branches: walk.branches }
    }

    /// Groups of the branches that match in some text.
    fn matched_groups(&self, regex: &Regex, texts: &[&ExampleText]) -> BTreeSet<usize> {
        let groups = self.branches.iter().map(|branch| branch.group);
        if self.branches.is_empty() {
            return BTreeSet::new();
        }
        let found: Vec<_> =
            texts.iter().flat_map(|text| regex.captures_iter(&text.plain)).collect();
        groups.filter(|group| found.iter().any(|found| found.get(*group).is_some())).collect()
    }
}

struct Walk<'p> {
    pattern: &'p str,
    branches: Vec<Branch>,
    /// Texts to insert into the pattern, by the offset before which they go.
    marks: BTreeMap<usize, String>,
    /// Number of groups so far, those of the branches included.
    groups: usize,
}

impl Walk<'_> {
    /// Visits a part. `before` and `after` are the text around it in the pattern of a branch.
    fn descend(&mut self, ast: &Ast, before: &str, after: &str) {
        match ast {
            Ast::Alternation(all) => self.alternation(all, before, after),
            Ast::Concat(all) => {
                for part in &all.asts {
                    self.inside(ast, part, before, after);
                }
            }
            Ast::Group(group) => {
                self.groups += usize::from(group.is_capturing());
                self.inside(ast, &group.ast, before, after);
            }
            Ast::Repetition(repeated) => self.inside(ast, &repeated.ast, before, after),
            _ => {}
        }
    }

    fn inside(&mut self, whole: &Ast, part: &Ast, before: &str, after: &str) {
        let (whole, span) = (whole.span(), part.span());
        let before = format!("{before}{}", &self.pattern[whole.start.offset..span.start.offset]);
        let after = format!("{}{after}", &self.pattern[span.end.offset..whole.end.offset]);
        self.descend(part, &before, &after);
    }

    fn alternation(&mut self, all: &Alternation, before: &str, after: &str) {
        // `(?i)` in one branch applies to all later branches.
        let mut flags = String::new();
        for part in &all.asts {
            let span = part.span();
            let (start, end) = (span.start.offset, span.end.offset);
            let words = &self.pattern[start..end];
            let (before, after) = (format!("{before}(?:{flags}"), format!("){after}"));
            if !words.is_empty() {
                self.groups += 1;
                self.marks.entry(start).or_default().push_str(&format!("({flags}"));
                self.marks.entry(end).or_default().insert(0, ')');
                self.branches.push(Branch {
                    group: self.groups,
                    words: words.to_string(),
                    alone: format!("{before}{words}{after}"),
                });
            }
            self.descend(part, &before, &after);
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
        MarkedPattern::new(pattern).branches.into_iter().map(|branch| branch.alone).collect()
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
                assert!(compile_variant(&variant).is_some(), "{variant}");
            }
        }
    }

    #[test]
    fn one_search_shows_which_branches_match() {
        for (pattern, marked, text, met) in [
            ("x(?:a|b)?y", "x(?:(a)|(b))?y", "xby", vec!["b"]),
            ("(?i)a|b", "((?i)a)|((?i)b)", "B", vec!["b"]),
            ("(?P<c>p(1|2)|q)z", "(?P<c>(p((1)|(2)))|(q))z", "p1z qz", vec!["p(1|2)", "1", "q"]),
            ("接(続|絶)(?:した|する|)", "接((続)|(絶))(?:(した)|(する)|)", "接続", vec!["続"]),
            ("no alternation [a|b]", "no alternation [a|b]", "no alternation a", vec![]),
        ] {
            let known = MarkedPattern::new(pattern);
            assert_eq!(known.pattern, marked);
            let groups =
                known.matched_groups(&compile_variant(marked).unwrap(), &[&ExampleText::new(text)]);
            let branches = known.branches.iter().filter(|branch| groups.contains(&branch.group));
            let words: Vec<&str> = branches.map(|branch| branch.words.as_str()).collect();
            assert_eq!(words, met, "{pattern}");
        }
    }

    #[test]
    fn a_branch_counts_as_shown_where_another_matched_first() {
        let texts = crate::rules::VIEW_DENIED.replacen(
            "(?i)forbidden|permission",
            "(?i)no permission|permission|never",
            1,
        );
        let file = crate::rules::files::load::parse("own.toml", &texts).unwrap();
        let messages = find_unused(&file.signatures[0]);
        assert_eq!(messages, ["no example matches the branch `never` of `when` number 3"]);
    }
}
