//! `faultline signatures show`: formats all fields of one signature for users.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::authoring::conflicts;
use crate::model::{Alternative, Bilingual, Context, Lang, Signature};
use crate::rules::RuleSet;

/// Formats a signature. Returns an empty text for an unknown id.
pub fn format_signature(rules: &RuleSet, id: &str, lang: Lang) -> String {
    let Some(signature) = rules.get(id) else { return String::new() };
    let labels = ShowLabels::new(lang);
    let mut text = header(rules, signature, lang);
    add_line(&mut text, labels.gathers, &signature.gathers.join(", "));
    for when in &signature.when {
        add_conditions(&mut text, when, labels);
    }
    add_line(&mut text, labels.not, &signature.veto.any.join(" | "));
    add_line(&mut text, labels.not, signature.veto.regex.as_deref().unwrap_or_default());
    let _ = writeln!(text, "\n{}", signature.remedy.summary.get(lang));
    add_steps(&mut text, &signature.remedy.steps, lang);
    if !signature.remedy.verify.is_empty() {
        let _ = writeln!(text, "\n{}", labels.verify);
        add_steps(&mut text, &signature.remedy.verify, lang);
    }
    if !signature.url.is_empty() {
        let _ = writeln!(text, "\n{}", signature.url);
    }
    add_examples(&mut text, signature, labels);
    add_conflicts(&mut text, rules, id, labels);
    text
}

/// Labels in the language of the output.
#[derive(Clone, Copy)]
struct ShowLabels {
    any: &'static str,
    all: &'static str,
    matches: &'static str,
    status: &'static str,
    context: &'static str,
    not: &'static str,
    gathers: &'static str,
    verify: &'static str,
    examples: &'static str,
    others: &'static str,
}

impl ShowLabels {
    fn new(lang: Lang) -> ShowLabels {
        match lang {
            Lang::En => ShowLabels {
                any: "any of",
                all: "and",
                matches: "matches",
                status: "status",
                context: "context",
                not: "but not",
                gathers: "gathers",
                verify: "How to verify:",
                examples: "Examples:",
                others: "Also match its examples and are outranked:",
            },
            Lang::Ja => ShowLabels {
                any: "いずれか",
                all: "かつ",
                matches: "一致",
                status: "状態",
                context: "文脈",
                not: "除外",
                gathers: "集約",
                verify: "確認方法:",
                examples: "例:",
                others: "同じ例に一致し、優先度で譲るシグネチャ:",
            },
        }
    }
}

// Writing to a string cannot fail, in this whole file.

fn header(rules: &RuleSet, s: &Signature, lang: Lang) -> String {
    let off = match (s.is_off, lang) {
        (false, _) => "",
        (true, Lang::En) => "; off",
        (true, Lang::Ja) => "; 無効",
    };
    format!(
        "{}  {}\n{}, {}, {}; {}; confidence {}; rank {}; since {}; family {}{off}\n\n",
        s.id,
        s.title.get(lang),
        s.category,
        s.severity,
        s.owner,
        s.surface,
        s.confidence,
        s.rank,
        s.since,
        rules.family(&s.id),
    )
}

fn add_conditions(text: &mut String, when: &Alternative, labels: ShowLabels) {
    add_line(text, labels.any, &when.anchors.join(" | "));
    add_line(text, labels.all, &when.all.join(" & "));
    add_line(text, labels.matches, when.regex.as_deref().unwrap_or_default());
    let status: Vec<String> = when.status.iter().map(u16::to_string).collect();
    add_line(text, labels.status, &status.join(", "));
    add_line(
        text,
        labels.context,
        match when.context {
            Context::None => "",
            Context::Record => "record",
            Context::Job => "job",
        },
    );
}

/// Adds a labelled line; nothing if `value` is empty.
fn add_line(text: &mut String, label: &str, value: &str) {
    const WIDTH: usize = 8;
    if !value.is_empty() {
        // Japanese characters occupy two terminal cells.
        let cells: usize = label.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
        let _ = writeln!(text, "  {label}{} {value}", " ".repeat(WIDTH.saturating_sub(cells)));
    }
}

fn add_steps(text: &mut String, steps: &[Bilingual], lang: Lang) {
    for (index, step) in steps.iter().enumerate() {
        let _ = writeln!(text, "  {}. {}", index + 1, step.get(lang));
    }
}

fn add_examples(text: &mut String, signature: &Signature, labels: ShowLabels) {
    if signature.examples.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", labels.examples);
    for example in &signature.examples {
        let first_line = example.text.trim().lines().next().unwrap_or_default();
        let _ = writeln!(text, "  {first_line}");
        for (name, value) in &example.expect {
            let _ = writeln!(text, "    {name} = {value}");
        }
    }
}

/// Adds the signatures that also match the examples of this one.
fn add_conflicts(text: &mut String, rules: &RuleSet, id: &str, labels: ShowLabels) {
    let others: BTreeMap<String, u8> =
        conflicts(rules, |other| other == id).remove(id).unwrap_or_default();
    if !others.is_empty() {
        let _ = writeln!(text, "\n{}", labels.others);
    }
    for (other, rank) in others {
        let _ = writeln!(text, "  {other} (rank {rank})");
    }
}
