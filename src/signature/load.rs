//! From signature files to plain signatures: reading tables, joining files, saying precisely what is
//! wrong. Compiling is `pack`'s.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::signature::{Reason, Signature, SignatureFile};
use crate::model::text::nearest;

use super::builtin;
use super::origin::Origin;
use super::pattern::vet;
use super::reasons::Reasons;

/// Most signatures of a set. Twice what the largest set we can imagine holds; a list of a hundred
/// thousand texts is a dump of something, and its search would cost more than all that is read.
const SIGNATURES_LIMIT: usize = 20_000;

/// Most bytes of a signature file: ten thousand long signatures, and what reading them may take of memory.
pub const FILE_LIMIT: u64 = 32 << 20;

/// What is wrong with a signature file, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{file}{}: {message}", place(*line, *column))]
pub struct PackError {
    /// Name of the file; empty if no single file is to blame.
    pub file: String,
    /// Line, from 1.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
    /// What is wrong and what would be right.
    pub message: String,
}

fn place(line: Option<usize>, column: Option<usize>) -> String {
    let part = |number: Option<usize>| number.map(|n| format!(":{n}")).unwrap_or_default();
    part(line) + &part(column)
}

impl PackError {
    /// An error at a byte offset of a text.
    pub fn at(file: &str, text: &str, offset: Option<usize>, message: String) -> PackError {
        let before = offset.and_then(|offset| text.get(..offset));
        let line = before.map(|before| before.matches('\n').count() + 1);
        let column =
            before.map(|before| before.rsplit('\n').next().unwrap_or("").chars().count() + 1);
        PackError { file: file.to_string(), line, column, message }
    }

    /// An error of the set as a whole.
    pub(super) fn whole(message: String) -> PackError {
        PackError { file: "signatures".to_string(), line: None, column: None, message }
    }
}

/// What is said of a file without tables.
pub(super) const EMPTY: &str = "neither a signature nor a reason stands in it";

/// Signatures by id, each with the file it came from, and reasons.
#[derive(Clone, Debug, Default)]
pub(super) struct Loaded {
    /// Signatures by id.
    pub signatures: BTreeMap<String, (Arc<Origin>, Signature)>,
    /// Reasons in the order of their files.
    pub reasons: Vec<(Arc<Origin>, Reason)>,
}

impl Loaded {
    /// What the program is shipped with. It was checked before it was shipped.
    pub fn shipped() -> Result<Loaded, PackError> {
        let Ok(files) = serde_json::from_str::<BTreeMap<String, SignatureFile>>(builtin::TABLES)
        else {
            // The same tables in their files: there the error has a line.
            return Loaded::read(builtin::FILES.iter().copied());
        };
        let mut loaded = Loaded::default();
        for (file, read) in files {
            loaded.join(Origin::new(&file, ""), read)?;
        }
        Ok(loaded)
    }

    /// Reads files of one set. An id may stand in it only once.
    pub fn read<'t>(
        texts: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Result<Loaded, PackError> {
        let mut loaded = Loaded::default();
        for (file, text) in texts {
            let read = parse(file, text)?;
            loaded.join(Origin::new(file, text), read)?;
        }
        Ok(loaded)
    }

    fn join(&mut self, origin: Origin, read: SignatureFile) -> Result<(), PackError> {
        if read.signatures.is_empty() && read.reasons.is_empty() {
            return Err(origin.whole(EMPTY.to_string()));
        }
        let origin = Arc::new(origin);
        for signature in read.signatures {
            if let Some((first, _)) = self.signatures.get(&signature.id) {
                return Err(twice(&origin, first, &signature.id));
            }
            self.signatures.insert(signature.id.clone(), (Arc::clone(&origin), signature));
        }
        if self.signatures.len() > SIGNATURES_LIMIT {
            let message = format!(
                "{} signatures are more than the {SIGNATURES_LIMIT} a set may hold; \
                 many texts of one failure are anchors of one signature",
                self.signatures.len()
            );
            return Err(origin.whole(message));
        }
        let reasons = read.reasons.into_iter();
        self.reasons.extend(reasons.map(|reason| (Arc::clone(&origin), reason)));
        Ok(())
    }

    /// Looks at everything that could keep the set from being compiled and that no test of ours has
    /// looked at, so that it is an error of its file, with a line.
    pub fn vetted(self) -> Result<Loaded, PackError> {
        for (id, (origin, signature)) in &self.signatures {
            for pattern in signature.patterns() {
                vet(pattern).map_err(|problem| {
                    origin.error(id, Some(pattern), format!("signature `{id}`: {problem}"))
                })?;
            }
        }
        for (origin, reason) in &self.reasons {
            Reasons::compile(std::slice::from_ref(reason))
                .map_err(|problem| origin.error(&reason.code, None, problem))?;
        }
        Ok(self)
    }

    /// Lays another set over this one: the same id is replaced, reasons are added.
    pub fn overlay(&mut self, other: Loaded) {
        self.signatures.extend(other.signatures);
        self.reasons.extend(other.reasons);
    }

    /// Everything but where it came from.
    #[cfg(test)]
    pub fn tables(&self) -> (Vec<&Signature>, Vec<&Reason>) {
        let signatures = self.signatures.values().map(|(_, signature)| signature);
        (signatures.collect(), self.reasons.iter().map(|(_, reason)| reason).collect())
    }
}

/// The error of the second table with an id.
pub(super) fn twice(second: &Origin, first: &Origin, id: &str) -> PackError {
    let (nth, other) = match second.file == first.file {
        true => (2, first.line(id).map_or(String::new(), |line| format!("on line {line}"))),
        false => (1, format!("in {}", first.file)),
    };
    let message = format!("the id `{id}` stands {other} too; give one of them another");
    second.error_of_nth(id, nth, message)
}

/// Tables of which there may be several, alone or in a signature.
const LISTS: [&str; 5] = ["signature", "reason", "when", "example", "counterexample"];

/// Reads one file.
pub(super) fn parse(file: &str, text: &str) -> Result<SignatureFile, PackError> {
    toml::from_str(text).map_err(|error| {
        let offset = error.span().map(|span| span.start);
        if let Some(header) = offset.and_then(|offset| single_header_at(text, offset)) {
            let told = format!("there may be several `{header}`: write `[[{header}]]`");
            return PackError::at(file, text, offset, told);
        }
        let key = offset.and_then(|offset| key_at(text, offset));
        PackError::at(file, text, offset, advise(error.message(), key))
    })
}

/// The list of tables whose head stands on the line of a place in one pair of brackets.
fn single_header_at(text: &str, offset: usize) -> Option<&str> {
    let start = text.get(..offset)?.rfind('\n').map_or(0, |end| end + 1);
    let (name, _) = text[start..].strip_prefix('[')?.split_once(']')?;
    LISTS.contains(&name.strip_prefix("signature.").unwrap_or(name)).then_some(name)
}

/// The parser's message in an author's words, with the key it is about and the valid word nearest to
/// the one it rejects. It quotes both: the rejected word first, then everything it would have taken.
fn advise(message: &str, key: Option<&str>) -> String {
    if ["recursion limit", "cannot recurse further"].iter().any(|told| message.starts_with(told)) {
        return "tables or lists are nested too deeply".to_string();
    }
    if let Some(told) = message.strip_prefix("invalid ")
        && let Some((found, expected)) = told.split_once(", expected ")
    {
        let found = found.split_once(": ").map_or(found, |(_, found)| found);
        let key = key.map(|key| format!("`{key}` ")).unwrap_or_default();
        return format!("{key}is {}, and has to be {}", in_words(found), in_words(expected));
    }
    let mut quoted = message.split('`').skip(1).step_by(2);
    let rejected = quoted.next().unwrap_or("");
    match nearest(rejected, quoted) {
        Some(word) => format!("{message}; did you mean `{word}`?"),
        None => message.to_string(),
    }
}

/// What the parser calls by the names of a programmer.
fn in_words(parsed: &str) -> String {
    let words = [
        ("u8", "a whole number from 0 to 255 (`rank` of a signature: to 100)"),
        ("u16", "a whole number from 0 to 65535"),
        ("u32", "a whole number from 0 to 4294967295"),
        ("a sequence", "a list: [\"…\", \"…\"]"),
        ("sequence", "a list"),
        ("a string", "a text in quotes"),
        ("a boolean", "true or false"),
        ("a map", "a table: { … }"),
        ("map", "a table"),
        ("struct Bilingual", "a text in both languages: { en = \"…\", ja = \"…\" }"),
        ("struct Remedy", "a table: [signature.remedy]"),
        ("struct Veto", "a table: [signature.veto]"),
        ("struct When", "a table: [[signature.when]]"),
        ("struct Example", "a table: [[signature.example]]"),
        ("struct Counterexample", "a table: [[signature.counterexample]]"),
        ("struct Signature", "a table: [[signature]]"),
        ("struct Reason", "a table: [[reason]]"),
    ];
    let known = words.iter().find(|(parser, _)| *parser == parsed);
    let kinds = [("string ", "the text "), ("integer ", "the number "), ("boolean ", "the word ")];
    match known {
        Some((_, words)) => (*words).to_string(),
        None => kinds
            .iter()
            .find_map(|(kind, word)| Some(format!("{word}{}", parsed.strip_prefix(kind)?)))
            .unwrap_or_else(|| parsed.to_string()),
    }
}

/// The key whose value stands at a place, or holds what stands there.
fn key_at(text: &str, offset: usize) -> Option<&str> {
    let before = text.get(..offset)?.trim_end();
    let of_value = before.strip_suffix('=').map(|front| last_word(front.trim_end()));
    let of_list = || {
        let lines = before.lines().rev();
        lines
            .filter_map(|line| line.split_once('='))
            .map(|(key, _)| key.trim())
            .find(|key| !key.is_empty() && key.chars().all(is_of_key))
    };
    of_value.filter(|key| !key.is_empty()).or_else(of_list)
}

fn last_word(text: &str) -> &str {
    &text[text.trim_end_matches(is_of_key).len()..]
}

fn is_of_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_misspelt_key_is_named_with_its_place_and_neighbour() {
        let text = samples::VIEW_DENIED.replacen("severity =", "severty =", 1);
        let error = parse("own.toml", &text).unwrap_err();
        assert_eq!((error.file.as_str(), error.column), ("own.toml", Some(1)));
        let line = text.lines().position(|line| line.starts_with("severty")).unwrap() + 1;
        assert_eq!(error.line, Some(line));
        assert!(error.message.contains("did you mean `severity`?"), "{error}");
        assert!(error.to_string().starts_with(&format!("own.toml:{line}:1: ")), "{error}");
    }

    #[test]
    fn a_list_of_tables_in_one_pair_of_brackets_is_told_how_it_is_written() {
        for list in ["", ".when", ".example", ".counterexample"] {
            let list = format!("signature{list}");
            let text = samples::VIEW_DENIED.replace(&format!("[[{list}]]"), &format!("[{list}]"));
            assert_ne!(text, samples::VIEW_DENIED);
            let error = parse("own.toml", &text).unwrap_err();
            assert!(error.message.ends_with(&format!("write `[[{list}]]`")), "{error}");
            assert!(error.line.is_some(), "{error}");
        }
        let twice = format!("{}\n[signature.veto]\n[signature.veto]\n", samples::VIEW_DENIED);
        let error = parse("own.toml", &twice).unwrap_err();
        assert!(error.message.contains("duplicate"), "{error}");
    }

    #[test]
    fn a_misspelt_word_is_named_with_its_neighbour() {
        let text = samples::VIEW_DENIED.replacen("\"permission\"", "\"permision\"", 1);
        let error = parse("own.toml", &text).unwrap_err();
        assert!(error.message.contains("did you mean `permission`?"), "{error}");
    }

    #[test]
    fn a_wrong_type_is_told_with_its_key_in_plain_words() {
        for (from, to, told) in [
            (
                "rank = 85",
                "rank = \"high\"",
                "`rank` is the text \"high\", and has to be a whole number",
            ),
            (
                "rank = 85",
                "rank = 8.5",
                "`rank` is floating point `8.5`, and has to be a whole number",
            ),
            ("rank = 85", "rank = 300", "`rank` is the number `300`, and has to be a whole number"),
            (
                "anchors = [\"CNS1045\"]",
                "anchors = 7",
                "`anchors` is the number `7`, and has to be a list",
            ),
            (
                "anchors = [\"CNS1045\"]",
                "anchors = [\n  \"CNS1045\",\n  7 ]",
                "`anchors` is the number `7`, and has to be a text in quotes",
            ),
            (
                "ja = \"権限なし\"",
                "ja = true",
                "`ja` is the word `true`, and has to be a text in quotes",
            ),
        ] {
            let text = samples::VIEW_DENIED.replacen(from, to, 1);
            assert_ne!(text, samples::VIEW_DENIED, "{from}");
            let error = parse("own.toml", &text).unwrap_err();
            assert!(error.message.contains(told), "{to}: {error}");
            assert!(error.line.is_some() && error.column.is_some(), "{error}");
        }
    }

    #[test]
    fn an_id_stands_once_in_a_set_and_may_be_overlaid() {
        let twice = [("a.toml", samples::VIEW_DENIED), ("b.toml", samples::VIEW_DENIED)];
        let error = Loaded::read(twice).unwrap_err();
        assert!(error.file == "b.toml" && error.message.contains("a.toml"), "{error}");
        let mut base = Loaded::read([twice[0]]).unwrap();
        base.overlay(Loaded::read([twice[1]]).unwrap());
        assert_eq!(&*base.signatures["conn-view-denied"].0.file, "b.toml");
    }
}
