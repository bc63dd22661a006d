//! From signature files to plain signatures: parses tables, joins files and reports every problem
//! with its position. `rule_set` compiles the result.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{CauseRule, Signature, SignatureFile, count, format_number};
use crate::rules::compile::regex_limits::RegexLimits;
use crate::rules::facts::causes::CauseMatcher;
use crate::rules::files::builtin;
use crate::rules::files::error::RuleFileError;
use crate::rules::files::location::RuleFile;
use crate::rules::files::parse_error::advise;

/// Most signatures of a set: twice the largest set we expect. A list of a hundred thousand texts is
/// a dump of something, and searching for it would cost more than reading the logs.
const SIGNATURES_LIMIT: usize = 20_000;

/// Most bytes of a signature file: enough for ten thousand long signatures. Bounds the memory for
/// reading it.
pub const FILE_LIMIT: u64 = 32 << 20;

/// Message for a file without tables.
pub(crate) const EMPTY_FILE: &str =
    "the file has neither a signature nor a reason; add a [[signature]] or [[reason]] table";

/// Signatures and cause rules, each with its file.
#[derive(Clone, Debug, Default)]
pub(crate) struct LoadedRules {
    pub signatures: BTreeMap<String, (Arc<RuleFile>, Signature)>,
    /// In the order of the files.
    pub reasons: Vec<(Arc<RuleFile>, CauseRule)>,
}

impl LoadedRules {
    /// The built-in rules. A test checks them, so they are not validated again.
    pub fn builtin() -> Result<LoadedRules, RuleFileError> {
        let Ok(files) = serde_json::from_str::<BTreeMap<String, SignatureFile>>(builtin::TABLES)
        else {
            // The TOML files hold the same tables, and their errors have a line.
            return LoadedRules::read(builtin::FILES.iter().copied());
        };
        let mut loaded = LoadedRules::default();
        for (name, tables) in files {
            loaded.add_file(RuleFile::new(&name, ""), tables)?;
        }
        Ok(loaded)
    }

    /// Parses the files (name, text) of one set, in which every id must be unique.
    pub fn read<'t>(
        texts: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Result<LoadedRules, RuleFileError> {
        let mut loaded = LoadedRules::default();
        for (file, text) in texts {
            let tables = parse(file, text)?;
            loaded.add_file(RuleFile::new(file, text), tables)?;
        }
        Ok(loaded)
    }

    fn add_file(&mut self, file: RuleFile, tables: SignatureFile) -> Result<(), RuleFileError> {
        if tables.signatures.is_empty() && tables.reasons.is_empty() {
            return Err(file.file_error(EMPTY_FILE.to_string()));
        }
        let file = Arc::new(file);
        for signature in tables.signatures {
            if let Some((first, _)) = self.signatures.get(&signature.id) {
                return Err(duplicate_id(&file, first, &signature.id));
            }
            self.signatures.insert(signature.id.clone(), (Arc::clone(&file), signature));
        }
        if self.signatures.len() > SIGNATURES_LIMIT {
            let message = format!(
                "{} exceed the limit of {}; make texts of one failure anchors of one signature",
                count(self.signatures.len() as u64, "signature"),
                format_number(SIGNATURES_LIMIT as u64)
            );
            return Err(file.file_error(message));
        }
        let reasons = tables.reasons.into_iter();
        self.reasons.extend(reasons.map(|reason| (Arc::clone(&file), reason)));
        Ok(())
    }

    /// Checks everything that could make compiling fail, so that it is reported as an error of its
    /// file, with a line.
    pub fn validated(self) -> Result<LoadedRules, RuleFileError> {
        let mut limits = RegexLimits::default();
        for (id, (file, signature)) in &self.signatures {
            for pattern in signature.patterns() {
                limits.vet(pattern).map_err(|problem| {
                    file.table_error(id, Some(pattern), format!("signature `{id}`: {problem}"))
                })?;
            }
        }
        for (file, reason) in &self.reasons {
            CauseMatcher::vet(reason)
                .map_err(|problem| file.table_error(&reason.code, None, problem))?;
        }
        Ok(self)
    }

    /// Merges another set into this one: its signatures replace those of the same id, its cause
    /// rules are added.
    pub fn merge_over(&mut self, other: LoadedRules) {
        self.signatures.extend(other.signatures);
        self.reasons.extend(other.reasons);
    }

    /// The tables without their files.
    #[cfg(test)]
    pub fn tables(&self) -> (Vec<&Signature>, Vec<&CauseRule>) {
        let signatures = self.signatures.values().map(|(_, signature)| signature);
        (signatures.collect(), self.reasons.iter().map(|(_, reason)| reason).collect())
    }
}

/// The error of the second table with an id.
pub(crate) fn duplicate_id(second: &RuleFile, first: &RuleFile, id: &str) -> RuleFileError {
    let (nth, other) = if second.file == first.file {
        (2, first.line(id).map_or(String::new(), |line| format!("on line {line}")))
    } else {
        (1, format!("in {}", first.file))
    };
    let message = format!("id `{id}` already exists {other}; choose another one");
    second.nth_table_error(id, nth, message)
}

pub(crate) fn parse(file: &str, text: &str) -> Result<SignatureFile, RuleFileError> {
    toml::from_str(text).map_err(|error| {
        let offset = error.span().map(|span| span.start);
        RuleFileError::at(file, text, offset, advise(error.message(), text, offset))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::samples;

    #[test]
    fn an_id_is_unique_in_a_set_and_may_be_replaced() {
        let files = [("a.toml", samples::VIEW_DENIED), ("b.toml", samples::VIEW_DENIED)];
        let error = LoadedRules::read(files).unwrap_err();
        assert!(error.file == "b.toml" && error.message.contains("a.toml"), "{error}");
        let mut base = LoadedRules::read([files[0]]).unwrap();
        base.merge_over(LoadedRules::read([files[1]]).unwrap());
        assert_eq!(&*base.signatures["conn-view-denied"].0.file, "b.toml");
    }
}
