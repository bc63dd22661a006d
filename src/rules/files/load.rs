//! From signature files to plain signatures: reading tables, joining files, saying precisely what is
//! wrong. Compiling is `pack`'s.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{CauseRule, Signature, SignatureFile};
use crate::rules::compile::regex_limits::RegexLimits;
use crate::rules::facts::causes::CauseMatcher;
use crate::rules::files::builtin;
use crate::rules::files::error::RuleFileError;
use crate::rules::files::location::RuleFile;
use crate::rules::files::parse_error::advise;

/// Most signatures of a set. Twice what the largest set we can imagine holds; a list of a hundred
/// thousand texts is a dump of something, and its search would cost more than all that is read.
const SIGNATURES_LIMIT: usize = 20_000;

/// Most bytes of a signature file: ten thousand long signatures, and what reading them may take of memory.
pub const FILE_LIMIT: u64 = 32 << 20;

/// What is said of a file without tables.
pub(crate) const EMPTY: &str = "neither a signature nor a reason stands in it";

/// Signatures by id, each with the file it came from, and reasons.
#[derive(Clone, Debug, Default)]
pub(crate) struct LoadedRules {
    /// Signatures by id.
    pub signatures: BTreeMap<String, (Arc<RuleFile>, Signature)>,
    /// Reasons in the order of their files.
    pub reasons: Vec<(Arc<RuleFile>, CauseRule)>,
}

impl LoadedRules {
    /// What the program is shipped with. It was checked before it was shipped.
    pub fn shipped() -> Result<LoadedRules, RuleFileError> {
        let Ok(files) = serde_json::from_str::<BTreeMap<String, SignatureFile>>(builtin::TABLES)
        else {
            // The same tables in their files: there the error has a line.
            return LoadedRules::read(builtin::FILES.iter().copied());
        };
        let mut loaded = LoadedRules::default();
        for (file, read) in files {
            loaded.join(RuleFile::new(&file, ""), read)?;
        }
        Ok(loaded)
    }

    /// Reads files of one set. An id may stand in it only once.
    pub fn read<'t>(
        texts: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Result<LoadedRules, RuleFileError> {
        let mut loaded = LoadedRules::default();
        for (file, text) in texts {
            let read = parse(file, text)?;
            loaded.join(RuleFile::new(file, text), read)?;
        }
        Ok(loaded)
    }

    fn join(&mut self, origin: RuleFile, read: SignatureFile) -> Result<(), RuleFileError> {
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
    pub fn validated(self) -> Result<LoadedRules, RuleFileError> {
        let mut vetting = RegexLimits::default();
        for (id, (origin, signature)) in &self.signatures {
            for pattern in signature.patterns() {
                vetting.vet(pattern).map_err(|problem| {
                    origin.error(id, Some(pattern), format!("signature `{id}`: {problem}"))
                })?;
            }
        }
        for (origin, reason) in &self.reasons {
            CauseMatcher::vet(reason)
                .map_err(|problem| origin.error(&reason.code, None, problem))?;
        }
        Ok(self)
    }

    /// Lays another set over this one: the same id is replaced, reasons are added.
    pub fn merge_over(&mut self, other: LoadedRules) {
        self.signatures.extend(other.signatures);
        self.reasons.extend(other.reasons);
    }

    /// Everything but where it came from.
    #[cfg(test)]
    pub fn tables(&self) -> (Vec<&Signature>, Vec<&CauseRule>) {
        let signatures = self.signatures.values().map(|(_, signature)| signature);
        (signatures.collect(), self.reasons.iter().map(|(_, reason)| reason).collect())
    }
}

/// The error of the second table with an id.
pub(crate) fn twice(second: &RuleFile, first: &RuleFile, id: &str) -> RuleFileError {
    let (nth, other) = match second.file == first.file {
        true => (2, first.line(id).map_or(String::new(), |line| format!("on line {line}"))),
        false => (1, format!("in {}", first.file)),
    };
    let message = format!("the id `{id}` stands {other} too; give one of them another");
    second.error_of_nth(id, nth, message)
}

/// Reads one file.
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
    fn an_id_stands_once_in_a_set_and_may_be_overlaid() {
        let twice = [("a.toml", samples::VIEW_DENIED), ("b.toml", samples::VIEW_DENIED)];
        let error = LoadedRules::read(twice).unwrap_err();
        assert!(error.file == "b.toml" && error.message.contains("a.toml"), "{error}");
        let mut base = LoadedRules::read([twice[0]]).unwrap();
        base.merge_over(LoadedRules::read([twice[1]]).unwrap());
        assert_eq!(&*base.signatures["conn-view-denied"].0.file, "b.toml");
    }
}
