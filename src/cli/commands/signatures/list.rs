//! `faultline signatures list`: one line each, or everything as JSON.

use std::fmt::Write as _;

use serde_json::Value;

use crate::cli::commands::signatures::args::{ListArguments, ListFormat};
use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;
use crate::cli::values::language;
use crate::model::{Category, Lang, Owner, Severity, Signature, nearest};
use crate::rules::RuleSet;

/// Prints the signatures that fit.
pub fn run(pack: &RuleSet, wanted: &ListArguments) -> Result<Exit, CliError> {
    refuse_unknown(pack, wanted)?;
    let fitting: Vec<&Signature> =
        pack.signatures().iter().filter(|signature| fits(pack, signature, wanted)).collect();
    let text = match wanted.format {
        ListFormat::Table => table(&fitting, language::terminal_language(wanted.lang)),
        ListFormat::Json => json(pack, &fitting)?,
    };
    output::print(text.as_bytes())?;
    Ok(Exit::Done)
}

/// A filter that no signature could ever fit is a misspelling.
fn refuse_unknown(pack: &RuleSet, wanted: &ListArguments) -> Result<(), CliError> {
    let mut categories: Vec<&str> = Category::ALL.iter().map(|word| word.as_str()).collect();
    categories.push(NEIGHBOUR);
    let owners: Vec<&str> = Owner::ALL.iter().map(|word| word.as_str()).collect();
    let severities: Vec<&str> = Severity::ALL.iter().map(|word| word.as_str()).collect();
    let mut families: Vec<&str> =
        pack.signatures().iter().map(|signature| pack.family(&signature.id)).collect();
    families.sort_unstable();
    families.dedup();
    for (flag, word, valid) in [
        ("--category", &wanted.category, categories),
        ("--owner", &wanted.owner, owners),
        ("--severity", &wanted.severity, severities),
        ("--family", &wanted.family, families),
    ] {
        if let Some(word) = word
            && !valid.contains(&word.as_str())
        {
            let meant = nearest(word, valid.iter().copied());
            let told = meant.map_or_else(
                || format!("one of {}", valid.join(", ")),
                |meant| format!("did you mean {meant}?"),
            );
            return Err(CliError::usage(format!("{flag} {word:?}: {told}")));
        }
    }
    Ok(())
}

/// Stands for every category that begins so.
const NEIGHBOUR: &str = "neighbour";

fn fits(pack: &RuleSet, s: &Signature, wanted: &ListArguments) -> bool {
    let is = |asked: &Option<String>, word: &str| asked.as_deref().is_none_or(|a| a == word);
    let neighbour = wanted.category.as_deref() == Some(NEIGHBOUR) && s.category.is_neighbour();
    s.id.starts_with(wanted.prefix.as_deref().unwrap_or_default())
        && (neighbour || is(&wanted.category, s.category.as_str()))
        && is(&wanted.owner, s.owner.as_str())
        && is(&wanted.severity, s.severity.as_str())
        && is(&wanted.family, pack.family(&s.id))
        && wanted.text.as_deref().is_none_or(|words| holds(s, &words.to_lowercase()))
}

/// True if a signature speaks of this, in lower case.
fn holds(s: &Signature, words: &str) -> bool {
    let literals = s.when.iter().flat_map(|when| when.anchors.iter().chain(&when.all));
    let remedy = [&s.remedy.summary].into_iter().chain(&s.remedy.steps).chain(&s.remedy.verify);
    let sides = remedy.chain([&s.title]).flat_map(|side| [side.en.as_str(), side.ja.as_str()]);
    let mut all =
        literals.map(String::as_str).chain(sides).chain(s.patterns()).chain([s.id.as_str()]);
    all.any(|text| text.to_lowercase().contains(words))
}

/// Columns of ids and words, which are ASCII; the title, which may be wide, stands last.
fn table(fitting: &[&Signature], lang: Lang) -> String {
    let widest = |cell: fn(&Signature) -> &str| {
        fitting.iter().map(|s| cell(s).len()).max().unwrap_or_default()
    };
    let (id, category) = (widest(|s| &s.id), widest(|s| s.category.as_str()));
    let (severity, owner) = (widest(|s| s.severity.as_str()), widest(|s| s.owner.as_str()));
    let off_mark = match lang {
        Lang::En => " (off)",
        Lang::Ja => "（無効）",
    };
    let mut text = String::new();
    for s in fitting {
        let off = if s.off { off_mark } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:id$}  {:category$}  {:severity$}  {:owner$}  {}{off}",
            s.id,
            s.category,
            s.severity,
            s.owner,
            s.title.get(lang)
        );
    }
    text
}

/// Everything about each, with its family.
fn json(pack: &RuleSet, fitting: &[&Signature]) -> Result<String, CliError> {
    let with_family = |s: &&Signature| {
        let mut value = serde_json::to_value(s)?;
        value["family"] = Value::from(pack.family(&s.id));
        Ok(value)
    };
    let all: Result<Vec<Value>, serde_json::Error> = fitting.iter().map(with_family).collect();
    all.and_then(|all| serde_json::to_string_pretty(&all))
        .map(|text| text + "\n")
        .map_err(|error| CliError::new(Exit::Output, error))
}
