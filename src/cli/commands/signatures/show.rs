//! `faultline signatures show`: everything about one signature, for a person.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::authoring::conflicts;
use crate::model::{Alternative, Bilingual, Context, Lang, Signature};
use crate::rules::RuleSet;

/// The page of a signature; empty for an id that is none.
pub fn page(pack: &RuleSet, id: &str, lang: Lang) -> String {
    let Some(signature) = pack.get(id) else { return String::new() };
    let words = ShowLabels::of(lang);
    let mut text = head(pack, signature, lang, words);
    line(&mut text, words.gathers, &signature.gathers.join(", "));
    for when in &signature.when {
        conditions(&mut text, when, words);
    }
    line(&mut text, words.not, &signature.veto.any.join(" | "));
    line(&mut text, words.not, signature.veto.regex.as_deref().unwrap_or_default());
    let _ = writeln!(text, "\n{}", signature.remedy.summary.get(lang));
    numbered(&mut text, &signature.remedy.steps, lang);
    if !signature.remedy.verify.is_empty() {
        let _ = writeln!(text, "\n{}", words.verify);
        numbered(&mut text, &signature.remedy.verify, lang);
    }
    if !signature.url.is_empty() {
        let _ = writeln!(text, "\n{}", signature.url);
    }
    examples(&mut text, signature, words);
    rivals(&mut text, pack, id, words);
    text
}

/// The fixed words of the page.
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
    fn of(lang: Lang) -> ShowLabels {
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

fn head(pack: &RuleSet, s: &Signature, lang: Lang, _: ShowLabels) -> String {
    let off = match (s.off, lang) {
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
        pack.family(&s.id),
    )
}

fn conditions(text: &mut String, when: &Alternative, words: ShowLabels) {
    line(text, words.any, &when.anchors.join(" | "));
    line(text, words.all, &when.all.join(" & "));
    line(text, words.matches, when.regex.as_deref().unwrap_or_default());
    let status: Vec<String> = when.status.iter().map(u16::to_string).collect();
    line(text, words.status, &status.join(", "));
    line(
        text,
        words.context,
        match when.context {
            Context::None => "",
            Context::Record => "record",
            Context::Job => "job",
        },
    );
}

/// A condition under its word; nothing for none.
fn line(text: &mut String, word: &str, what: &str) {
    const WIDTH: usize = 8;
    if !what.is_empty() {
        // Japanese letters take two cells.
        let cells: usize = word.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
        let _ = writeln!(text, "  {word}{} {what}", " ".repeat(WIDTH.saturating_sub(cells)));
    }
}

fn numbered(text: &mut String, steps: &[Bilingual], lang: Lang) {
    for (at, step) in steps.iter().enumerate() {
        let _ = writeln!(text, "  {}. {}", at + 1, step.get(lang));
    }
}

fn examples(text: &mut String, signature: &Signature, words: ShowLabels) {
    if signature.examples.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", words.examples);
    for example in &signature.examples {
        let first = example.text.trim().lines().next().unwrap_or_default();
        let _ = writeln!(text, "  {first}");
        for (name, value) in &example.expect {
            let _ = writeln!(text, "    {name} = {value}");
        }
    }
}

fn rivals(text: &mut String, pack: &RuleSet, id: &str, words: ShowLabels) {
    let others: BTreeMap<String, u8> =
        conflicts(pack, |known| known == id).remove(id).unwrap_or_default();
    if !others.is_empty() {
        let _ = writeln!(text, "\n{}", words.others);
    }
    for (other, rank) in others {
        let _ = writeln!(text, "  {other} (rank {rank})");
    }
}
