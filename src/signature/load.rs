//! From signature files to plain signatures: reading TOML, joining files, saying precisely what is
//! wrong. Compiling is `pack`'s.

use std::collections::BTreeMap;

use crate::model::signature::{Reason, Signature, SignatureFile};
use crate::model::text::nearest;

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
    fn at(file: &str, text: &str, offset: Option<usize>, message: String) -> PackError {
        let before = offset.and_then(|offset| text.get(..offset));
        let line = before.map(|before| before.matches('\n').count() + 1);
        let column =
            before.map(|before| before.rsplit('\n').next().unwrap_or("").chars().count() + 1);
        PackError { file: file.to_string(), line, column, message }
    }
}

/// Signatures by id, each with the file it came from, and reasons.
#[derive(Clone, Debug, Default)]
pub(super) struct Loaded {
    /// Signatures by id, with file name and line.
    pub signatures: BTreeMap<String, (Origin, Signature)>,
    /// Reasons in the order of their files.
    pub reasons: Vec<(Origin, Reason)>,
}

/// Where a table stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Origin {
    /// File name.
    pub file: String,
    /// Line of its id or code, from 1.
    pub line: Option<usize>,
}

impl Origin {
    /// An error of the table that stands here.
    pub fn error(&self, message: String) -> PackError {
        PackError { file: self.file.clone(), line: self.line, column: None, message }
    }
}

impl Loaded {
    /// Reads files of one set. An id may stand in it only once.
    pub fn read<'t>(
        texts: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Result<Loaded, PackError> {
        let mut loaded = Loaded::default();
        for (file, text) in texts {
            loaded.add(file, text)?;
        }
        Ok(loaded)
    }

    fn add(&mut self, file: &str, text: &str) -> Result<(), PackError> {
        let read = parse(file, text)?;
        if read.signatures.is_empty() && read.reasons.is_empty() {
            let message = "neither a signature nor a reason stands in it".to_string();
            return Err(PackError::at(file, text, None, message));
        }
        for signature in read.signatures {
            let origin = Origin { file: file.to_string(), line: line_of(text, &signature.id) };
            if let Some((first, _)) = self.signatures.get(&signature.id) {
                let message = format!("signature `{}` stands in {} too", signature.id, first.file);
                return Err(origin.error(message));
            }
            self.signatures.insert(signature.id.clone(), (origin, signature));
        }
        for reason in read.reasons {
            let line = line_of(text, &reason.code);
            self.reasons.push((Origin { file: file.to_string(), line }, reason));
        }
        Ok(())
    }

    /// Lays another set over this one: the same id is replaced, reasons are added.
    pub fn overlay(&mut self, other: Loaded) {
        self.signatures.extend(other.signatures);
        self.reasons.extend(other.reasons);
    }
}

/// Reads one file.
pub(super) fn parse(file: &str, text: &str) -> Result<SignatureFile, PackError> {
    toml::from_str(text).map_err(|error| {
        let message = advise(error.message());
        PackError::at(file, text, error.span().map(|span| span.start), message)
    })
}

/// The line on which a value first stands in quotes.
fn line_of(text: &str, value: &str) -> Option<usize> {
    let quoted = [format!("\"{value}\""), format!("'{value}'")];
    let at = quoted.iter().filter_map(|quoted| text.find(quoted)).min()?;
    Some(memchr::memchr_iter(b'\n', &text.as_bytes()[..at]).count() + 1)
}

/// The parser's message with the valid word nearest to the one it rejects. It quotes both: the
/// rejected word first, then everything it would have taken.
fn advise(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let rejected = quoted.next().unwrap_or("");
    match nearest(rejected, quoted) {
        Some(word) => format!("{message}; did you mean `{word}`?"),
        None => message.to_string(),
    }
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
    fn a_misspelt_word_is_named_with_its_neighbour() {
        let text = samples::VIEW_DENIED.replacen("\"permission\"", "\"permision\"", 1);
        let error = parse("own.toml", &text).unwrap_err();
        assert!(error.message.contains("did you mean `permission`?"), "{error}");
    }

    #[test]
    fn an_id_stands_once_in_a_set_and_may_be_overlaid() {
        let twice = [("a.toml", samples::VIEW_DENIED), ("b.toml", samples::VIEW_DENIED)];
        let error = Loaded::read(twice).unwrap_err();
        assert!(error.file == "b.toml" && error.message.contains("a.toml"), "{error}");
        let mut base = Loaded::read([twice[0]]).unwrap();
        base.overlay(Loaded::read([twice[1]]).unwrap());
        assert_eq!(base.signatures["conn-view-denied"].0.file, "b.toml");
    }
}
