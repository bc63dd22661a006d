//! `faultline signatures list`: prints one line per signature, or all fields as JSON.

use std::fmt::Write as _;

use serde_json::Value;

use crate::cli::commands::signatures::args::{ListArguments, ListFormat};
use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;
use crate::cli::values::language;
use crate::model::{Category, Lang, Owner, Severity, Signature, nearest};
use crate::rules::RuleSet;

/// Prints the signatures that match all filters.
pub fn run(rules: &RuleSet, filters: &ListArguments) -> Result<Exit, CliError> {
    refuse_unknown(rules, filters)?;
    let matching: Vec<&Signature> =
        rules.signatures().iter().filter(|signature| has_all(rules, signature, filters)).collect();
    let text = match filters.format {
        ListFormat::Table => format_table(&matching, language::terminal_language(filters.lang)),
        ListFormat::Json => format_json(rules, &matching)?,
    };
    output::print(text.as_bytes())?;
    Ok(Exit::Done)
}

/// Fails for a filter value that no signature can have, which must be misspelled.
fn refuse_unknown(rules: &RuleSet, filters: &ListArguments) -> Result<(), CliError> {
    let mut categories: Vec<&str> =
        Category::ALL.iter().map(|category| category.as_str()).collect();
    categories.push(NEIGHBOUR);
    let owners: Vec<&str> = Owner::ALL.iter().map(|owner| owner.as_str()).collect();
    let severities: Vec<&str> = Severity::ALL.iter().map(|severity| severity.as_str()).collect();
    let mut families: Vec<&str> =
        rules.signatures().iter().map(|signature| rules.family(&signature.id)).collect();
    families.sort_unstable();
    families.dedup();
    for (flag, value, valid) in [
        ("--category", &filters.category, categories),
        ("--owner", &filters.owner, owners),
        ("--severity", &filters.severity, severities),
        ("--family", &filters.family, families),
    ] {
        if let Some(value) = value
            && !valid.contains(&value.as_str())
        {
            let proposal = nearest(value, valid.iter().copied());
            let advice = proposal.map_or_else(
                || format!("one of {}", valid.join(", ")),
                |proposal| format!("did you mean {proposal}?"),
            );
            return Err(CliError::usage(format!("{flag} {value:?}: {advice}")));
        }
    }
    Ok(())
}

/// A filter value that matches every category that begins with it.
const NEIGHBOUR: &str = "neighbour";

fn has_all(rules: &RuleSet, s: &Signature, filters: &ListArguments) -> bool {
    let is = |filter: &Option<String>, value: &str| {
        filter.as_deref().is_none_or(|filter| filter == value)
    };
    let is_neighbour = filters.category.as_deref() == Some(NEIGHBOUR) && s.category.is_neighbour();
    s.id.starts_with(filters.prefix.as_deref().unwrap_or_default())
        && (is_neighbour || is(&filters.category, s.category.as_str()))
        && is(&filters.owner, s.owner.as_str())
        && is(&filters.severity, s.severity.as_str())
        && is(&filters.family, rules.family(&s.id))
        && filters.text.as_deref().is_none_or(|text| contains_text(s, &text.to_lowercase()))
}

/// True if the id, title, remedy or conditions contain `lower`, which is in lower case.
fn contains_text(s: &Signature, lower: &str) -> bool {
    let literals = s.when.iter().flat_map(|when| when.anchors.iter().chain(&when.all));
    let remedy = [&s.remedy.summary].into_iter().chain(&s.remedy.steps).chain(&s.remedy.verify);
    let sides = remedy.chain([&s.title]).flat_map(|side| [side.en.as_str(), side.ja.as_str()]);
    let mut texts =
        literals.map(String::as_str).chain(sides).chain(s.patterns()).chain([s.id.as_str()]);
    texts.any(|text| text.to_lowercase().contains(lower))
}

/// Formats one line per signature. The title is last, because only it may have wide characters.
fn format_table(matching: &[&Signature], lang: Lang) -> String {
    let widest = |cell: fn(&Signature) -> &str| {
        matching.iter().map(|s| cell(s).len()).max().unwrap_or_default()
    };
    let (id, category) = (widest(|s| &s.id), widest(|s| s.category.as_str()));
    let (severity, owner) = (widest(|s| s.severity.as_str()), widest(|s| s.owner.as_str()));
    let off_mark = match lang {
        Lang::En => " (off)",
        Lang::Ja => "（無効）",
    };
    let mut text = String::new();
    for s in matching {
        let off = if s.is_off { off_mark } else { "" };
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

/// Formats all fields of each signature, and its family.
fn format_json(rules: &RuleSet, matching: &[&Signature]) -> Result<String, CliError> {
    let with_family = |s: &&Signature| {
        let mut value = serde_json::to_value(s)?;
        value["family"] = Value::from(rules.family(&s.id));
        Ok(value)
    };
    let values: Result<Vec<Value>, serde_json::Error> = matching.iter().map(with_family).collect();
    values
        .and_then(|values| serde_json::to_string_pretty(&values))
        .map(|text| text + "\n")
        .map_err(|error| CliError::new(Exit::Output, error))
}
