//! Drafts a signature table from one record. Values that the record shows are filled in; values
//! that only the author knows are marked. The draft loads and passes its own examples without
//! changes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::Regex;

use crate::authoring::examples::named_details;
use crate::model::knowledge::KNOWLEDGE;
use crate::model::{Category, LogLevel, Owner, Record, cut, normalise};
use crate::redact::redact;
use crate::rules;
use crate::rules::{
    ANCHOR_MIN, Codes, Judgement, RuleFileError, RuleSelection, RuleSet, matching_signatures,
};
use crate::search::static_regex;

/// Most bytes of a record in an example: the sentence and the first frames.
const EXAMPLE_LIMIT: usize = 1_500;

/// Most bytes of an anchor: a longer one is not rarer.
const ANCHOR_MAX: usize = 80;

/// Words before an id in a pattern: enough to distinguish it from other ids.
const WORDS_BEFORE: usize = 3;

const TITLE_LIMIT: usize = 90;

/// Rank of a sentence that no other signature matches.
const RANK: u8 = 80;

/// Marks a line that the author has to complete.
const MARK: &str = "# <- ";

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draft {
    /// The content of the signature file.
    pub text: String,
    /// Further messages for the author.
    pub notes: Vec<String>,
}

/// The parts that differ between two records of one failure: ids, quoted names, addresses, codes,
/// numbers, redacted values, and characters that exports write in several forms.
static VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    static_regex(
        r#"(?x) \[redacted:[a-z-]+\] | "[^"]*"? | '[^']{0,200}' | \{[^{}]*\} | \S+://\S+ | \S+@\S+
        | [A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]+)? | (?:[A-Za-z]:)?[\\/]\S+ | \S*[0-9]\S*
        | [\u{2018}\u{2019}\u{201c}\u{201d}\u{201e}\u{a0}\u{202f}\u{2bc}\\] | [\x00-\x1f\x7f]+ | \x20{2,}"#,
    )
});

static GUID: LazyLock<Regex> =
    LazyLock::new(|| static_regex(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"));

/// An exception class with its namespace.
static CLASS: LazyLock<Regex> =
    LazyLock::new(|| static_regex(r"(?-u:\b)(?:[A-Z]\w*\.){1,8}[A-Z]\w*Exception(?-u:\b)"));

/// Drafts a signature with this id from a record.
///
/// # Errors
///
/// Fails if the id exists or the record has nothing to search for.
pub fn draft(rule_set: &RuleSet, id: &str, record: &Record) -> Result<Draft, String> {
    if let Some(known) = rule_set.get(id) {
        return Err(format!("id `{id}` already exists: {}; choose another one", known.title.en));
    }
    let facts = DraftFacts::new(rule_set, record)?;
    let plain = facts.table(id, &BTreeMap::new());
    let expect = facts.expected(id, &plain).map_err(|error| error.to_string())?;
    let mut notes = Vec::new();
    if let Some((other, rank)) =
        matching_signatures(rule_set, &Record::log_row(&record.message, LogLevel::Error)).first()
    {
        notes.push(format!(
            "the line now matches `{other}` of rank {rank}; the draft has rank {}",
            facts.rank
        ));
    }
    notes.push(
        "replace names of people, hosts and companies in the examples by invented ones".to_string(),
    );
    Ok(Draft { text: facts.table(id, &expect), notes })
}

/// The values of a draft that come from the record.
struct DraftFacts {
    title: String,
    anchor: String,
    /// Codes of the record that are anchors of other signatures.
    codes: Vec<String>,
    class: Option<String>,
    /// A pattern for an id that no built-in pattern reads.
    regex: Option<String>,
    category: Category,
    rank: u8,
    examples: [String; 2],
}

impl DraftFacts {
    fn new(rule_set: &RuleSet, record: &Record) -> Result<DraftFacts, String> {
        // Redact before the cut: the redaction would not recognise half a secret.
        let message = cut(&redact(record.message.trim()), EXAMPLE_LIMIT).replace('\r', "");
        let normal = normalise(&message);
        let read = Codes::read(&normal, true).all.into_iter().collect::<Vec<_>>();
        let known = rule_set.anchors();
        let (codes, new): (Vec<_>, Vec<_>) =
            read.into_iter().partition(|code| known.contains(&code.as_str()));
        let headline = headline_of(&message);
        let anchor = new.into_iter().next().or_else(|| sentence(headline)).ok_or(
            "no anchor found in the line: it has no code, and no words that every such line has; \
             choose another line",
        )?;
        let first = Record::log_row(&message, LogLevel::Error);
        let category = match rule_set.judge(&first) {
            Judgement::Hit(reading) | Judgement::Unknown(reading) => reading.category,
            _ => Category::Platform,
        };
        let rank = matching_signatures(rule_set, &first)
            .first()
            .map_or(RANK, |(_, rank)| (rank + 1).max(RANK));
        Ok(DraftFacts {
            title: title(&normalise(headline)),
            class: CLASS.find(&message).map(|class| class.as_str().to_string()).filter(|class| {
                !KNOWLEDGE.product.vendors.namespaces.iter().any(|vendor| class.starts_with(vendor))
            }),
            regex: id_pattern(&normalise(headline)),
            examples: [invented(&message, 1), second_example(&message, headline)],
            anchor,
            codes,
            category,
            rank: rank.min(99),
        })
    }

    /// The details that the drafted signature reads in its first example.
    fn expected(&self, id: &str, text: &str) -> Result<BTreeMap<String, String>, RuleFileError> {
        let files = [("draft.toml".to_string(), text.to_string())];
        let rule_set = RuleSet::load(&files, &RuleSelection::default())?;
        let Judgement::Hit(reading) =
            rule_set.judge(&Record::log_row(&self.examples[0], LogLevel::Error))
        else {
            return Ok(BTreeMap::new());
        };
        let mut read = rule_set.groups(id, &self.examples[0]);
        read.extend(named_details(&reading));
        // The author chooses the category; an expectation would only repeat it.
        read.remove("category");
        Ok(read)
    }

    fn table(&self, id: &str, expect: &BTreeMap<String, String>) -> String {
        let category = self.category.as_str();
        let owner = Owner::ConnectionOwner.as_str();
        let title = quoted(&self.title);
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "[[signature]]\n\
             id = \"{id}\"\n\
             title = {{ en = {title}, ja = {title} }} {MARK}the failure in a few words, in both languages\n\
             category = \"{category}\" {MARK}what to repair: the values are in signatures/README.md\n\
             severity = \"medium\" {MARK}critical, high, medium or low\n\
             owner = \"{owner}\" {MARK}who acts\n\
             surface = \"runtime\"\n\
             confidence = \"medium\"\n\
             since = \"{}\"\n\
             rank = {}\n\n\
             [[signature.when]]\n\
             anchors = [{}]\n",
            env!("CARGO_PKG_VERSION"),
            self.rank,
            quoted(&self.anchor),
        );
        if !self.codes.is_empty() {
            let codes: Vec<String> = self.codes.iter().map(|code| quoted(code)).collect();
            let _ = writeln!(text, "all = [{}]", codes.join(", "));
        }
        if let Some(class) = &self.class {
            let _ = writeln!(
                text,
                "# all = [{}] {MARK}narrower, if the anchor is too common",
                quoted(class)
            );
        }
        if let Some(regex) = &self.regex {
            let _ = writeln!(text, "regex = {}", quoted(regex));
        }
        let _ = write!(
            text,
            "\n[signature.remedy] {MARK}what to do first, who does it, how to verify the repair\n\
             summary = {{ en = \"Describe here what to do.\", ja = \"ここに対処方法を書きます。\" }}\n\
             steps = []\n\
             verify = []\n"
        );
        self.write_examples(&mut text, expect);
        text
    }

    fn write_examples(&self, text: &mut String, expect: &BTreeMap<String, String>) {
        // Writing to a string cannot fail.
        for (at, example) in self.examples.iter().enumerate() {
            let _ = writeln!(text, "\n[[signature.example]]\ntext = {}", quoted(example));
            if at == 0 && !expect.is_empty() {
                let pairs: Vec<String> = expect
                    .iter()
                    .map(|(key, value)| format!("{key} = {}", quoted(value)))
                    .collect();
                let _ = writeln!(text, "expect = {{ {} }}", pairs.join(", "));
            }
        }
        let _ = write!(
            text,
            "\n[[signature.counterexample]] {MARK}better: the most similar text of another kind\n\
             text = {}\nlevel = \"Info\"\nis = \"mention\"\n",
            quoted(&self.examples[1])
        );
    }
}

/// The message up to the stack, not normalised.
fn headline_of(message: &str) -> &str {
    // `headline` normalises; its first lines are the same text.
    let words = crate::rules::headline(message);
    let mut end = 0;
    for line in message.split_inclusive('\n') {
        if end > 0 && !words.contains(normalise(line).as_str()) {
            break;
        }
        end += line.len();
    }
    &message[..end]
}

/// The longest run of words in a headline without a variable part.
fn sentence(headline: &str) -> Option<String> {
    let runs = VARIABLE
        .split(headline)
        .map(|run| run.trim_matches(|c: char| c.is_whitespace() || c.is_ascii_punctuation()));
    // Without the name of the activity before it: other activities have the same failure.
    let runs = runs.map(|run| run.split_once(": ").map_or(run, |(_, sentence)| sentence));
    let longest = runs.map(shortened).max_by_key(|run| run.len())?;
    (longest.len() >= ANCHOR_MIN).then(|| longest.to_string())
}

/// At most [`ANCHOR_MAX`] bytes, in whole words.
fn shortened(run: &str) -> &str {
    let part = cut(run, ANCHOR_MAX);
    if part.len() == run.len() {
        return run;
    }
    part.rsplit_once(' ').map_or(part, |(words, _)| words)
}

/// `before (?P<name>GUID)` for the first id that no fixed phrase reads.
fn id_pattern(headline: &str) -> Option<String> {
    let found = GUID.find_iter(headline).find(|found| {
        let part = &headline[..(found.end() + 2).min(headline.len())];
        let part = cut(headline, part.len());
        rules::connection(part).is_none() && !rules::names_folder(part)
    })?;
    let before = &headline[..found.start()];
    let fixed = VARIABLE.find_iter(before).last().map_or(0, |variable| variable.end());
    let words = &before[fixed..];
    let words = words.rsplit(". ").next().unwrap_or(words).trim_start();
    // A longer text may hold names that other records of this failure do not have.
    let far = words.trim_end().rmatch_indices(' ').nth(WORDS_BEFORE - 1);
    let words = far.map_or(words, |(at, _)| &words[at + 1..]);
    let last = words.split(|c: char| !c.is_ascii_alphabetic()).rfind(|word| !word.is_empty());
    let name = last.map_or("id".to_string(), str::to_ascii_lowercase);
    let taken = ["connection", "folder", "connector", "host", "status", "activity"];
    let name = if taken.contains(&name.as_str()) { format!("{name}_id") } else { name };
    Some(format!(
        "{}(?P<{name}>[0-9A-Fa-f]{{8}}-(?:[0-9A-Fa-f]{{4}}-){{3}}[0-9A-Fa-f]{{12}})",
        regex::escape(words)
    ))
}

/// Replaces all GUIDs by invented ones; equal ids stay equal.
fn invented(message: &str, variant: u32) -> String {
    let mut known: Vec<String> = Vec::new();
    let replaced = GUID.replace_all(message, |found: &regex::Captures<'_>| {
        let id = found[0].to_ascii_lowercase();
        let at = known.iter().position(|other| *other == id).unwrap_or_else(|| {
            known.push(id);
            known.len() - 1
        });
        format!("{:08x}-0000-4000-8000-{variant:012x}", 0x00a1_0000 + at)
    });
    replaced.into_owned()
}

/// A second example of the failure: with other ids if it has any, else without its stack, else in
/// another activity.
fn second_example(message: &str, headline: &str) -> String {
    let headline = headline.trim();
    if GUID.is_match(message) {
        invented(message, 2)
    } else if headline.len() < message.len() {
        headline.to_string()
    } else {
        let sentence = message.split_once(": ").map_or(message, |(_, sentence)| sentence);
        format!("Another Activity: {sentence}")
    }
}

fn title(headline: &str) -> String {
    let sentence = headline.split_once(": ").map_or(headline, |(_, sentence)| sentence);
    let sentence = GUID.replace_all(sentence, "…");
    let first = sentence.split_once(". ").map_or(&*sentence, |(first, _)| first);
    let truncated = cut(first, TITLE_LIMIT);
    let words = if truncated.len() < first.len() { truncated.rsplit_once(' ') } else { None };
    words.map_or(truncated, |(words, _)| words).trim_end_matches(['.', ' ', '。']).to_string()
}

/// A text as a TOML string.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authoring::check::check;

    fn drafted(message: &str) -> Draft {
        let rule_set = RuleSet::builtin().unwrap();
        draft(&rule_set, "acme.sap-token", &Record::log_row(message, LogLevel::Error)).unwrap()
    }

    #[test]
    fn a_title_is_a_sentence_or_ends_with_a_word() {
        assert_eq!(title("Count: Frozen by its steward. Ask him."), "Frozen by its steward");
        assert_eq!(title("Count: 倉庫に接続できません。"), "倉庫に接続できません");
        let long = title(&"steward ".repeat(20));
        assert!(long.ends_with(" steward") && long.len() <= TITLE_LIMIT, "{long}");
    }

    #[test]
    fn the_cut_of_a_long_text_leaves_no_part_of_a_secret() {
        let head = "The gateway of the harbour is asleep. ";
        let filler = "x".repeat(EXAMPLE_LIMIT - head.len() - 12);
        let drafted = drafted(&format!("{head}{filler} AKIAZ7QK2MWXNV4B6TDE end"));
        assert!(!drafted.text.contains("AKIA"), "{}", drafted.text);
    }

    #[test]
    fn a_draft_passes_as_it_is() {
        for message in [
            "Post Invoice: The SAP gateway refused tenant 7b1c2d3e-1111-4222-8333-0123456789ab after 3 tries. password=Hunter2!\r\nin Main.xaml\r\n    at ConnectorActivity \"Post Invoice\"\r\n\r\n--- .NET stack trace ---\r\nAcme.Sap.SapTokenException: refused",
            "Gateway asleep",
            "Konto: Die Anmeldung an „SAP“ ist fehlgeschlagen",
            "請求書の登録: SAP ゲートウェイに接続できません。",
            "Get Record: Request failed with error: nobody knows. Error code: DAP-RT-1101.\nin Main.xaml",
            "Get Record: Error code: DAP-RT-1998.",
            "Send: Connection [5f0e7d6c-1111-4222-8333-0123456789ab] is asleep today",
            "x: {\"error\":\"sap_gateway_asleep\",\"id\":\"7b1c2d3e-1111-4222-8333-0123456789ab\"} the mail gateway is asleep",
        ] {
            let draft = drafted(message);
            let problems = check(&[("own.toml".to_string(), draft.text.clone())]);
            assert_eq!(problems, [], "{}", draft.text);
            assert!(draft.text.contains(MARK) && !draft.text.contains("Hunter2"), "{}", draft.text);
            assert!(!draft.text.contains("0123456789ab"), "{}", draft.text);
        }
    }

    #[test]
    fn ids_codes_and_classes_are_in_the_draft() {
        let draft = drafted(
            "Post: The SAP gateway refused tenant 7b1c2d3e-1111-4222-8333-0123456789ab. Error code: DAP-RT-1998.\n   at X\nAcme.Sap.SapTokenException: refused",
        );
        for part in [
            "anchors = [\"DAP-RT-1998\"]",
            "(?P<tenant>",
            "tenant = \"00a10000-0000-4000-8000-000000000001\"",
            "codes = \"DAP-RT-1998\"",
            "Acme.Sap.SapTokenException",
        ] {
            assert!(draft.text.contains(part), "{part}\n{}", draft.text);
        }
        let known = drafted("Post: it broke somewhere in between. Error code: DAP-GE-3000.");
        assert!(known.text.contains("all = [\"DAP-GE-3000\"]"), "{}", known.text);
        assert!(known.notes[0].contains("the line now matches"), "{:?}", known.notes);
    }

    #[test]
    fn a_pattern_holds_the_words_before_the_id_and_no_name_before_them() {
        let message_of = |town: &str, tenant: &str| {
            format!("Book: The tariff of {town} is void; sign the new one for tenant {tenant}.")
        };
        let draft = drafted(&message_of("Kiro", "9b2f0000-0000-4000-8000-000000000001")).text;
        assert!(draft.contains("regex = \"one for tenant (?P<tenant>"), "{draft}");
        let from_start = drafted("Tenant 9b2f0000-0000-4000-8000-000000000001 is void for good");
        assert!(from_start.text.contains("regex = \"Tenant (?P<tenant>"), "{}", from_start.text);
    }

    #[test]
    fn nothing_to_search_for_is_an_error() {
        let rule_set = RuleSet::builtin().unwrap();
        let refused = |id: &str, text: &str| {
            draft(&rule_set, id, &Record::log_row(text, LogLevel::Error)).unwrap_err()
        };
        assert!(refused("acme-x", "12 34 5f").contains("no anchor found"));
        assert!(refused("conn-not-found", "x").contains("exists"));
    }
}
