//! Which signatures of a set are searched: by the beginnings of their ids. What is not selected is
//! off, as if its table said so.

use crate::model::{Signature, nearest};
use crate::rules::files::error::RuleFileError;
use crate::rules::files::load::LoadedRules;

/// Beginnings of ids. Empty selects what the tables say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RuleSelection {
    /// Only these; one that is a whole id also turns on what is shipped off.
    pub only: Vec<String>,
    /// None of these.
    pub without: Vec<String>,
    /// Not this one: a whole id, to see what a set is without it.
    pub apart_from: Option<String>,
}

impl RuleSelection {
    /// Turns signatures off and on. A beginning that fits none is refused: somebody believes that
    /// something is searched, or that it is not.
    pub(crate) fn apply(&self, loaded: &mut LoadedRules) -> Result<(), RuleFileError> {
        for prefix in self.only.iter().chain(&self.without) {
            if !loaded.signatures.keys().any(|id| id.starts_with(prefix.as_str())) {
                let known = loaded.signatures.keys().map(String::as_str);
                let meant = nearest(prefix, known).map(|id| format!("; did you mean `{id}`?"));
                let message = format!("no id begins with `{prefix}`{}", meant.unwrap_or_default());
                return Err(RuleFileError::whole(message));
            }
        }
        for (_, signature) in loaded.signatures.values_mut() {
            signature.off = !self.takes(signature);
        }
        if loaded.signatures.values().all(|(_, signature)| signature.off) {
            let message = "the selection leaves no signature to search for".to_string();
            return Err(RuleFileError::whole(message));
        }
        Ok(())
    }

    fn takes(&self, signature: &Signature) -> bool {
        let begins = |prefixes: &[String]| {
            prefixes.iter().any(|prefix| signature.id.starts_with(prefix.as_str()))
        };
        let named = self.only.contains(&signature.id);
        let on = if self.only.is_empty() { true } else { begins(&self.only) };
        let on = on && (named || !signature.off) && !begins(&self.without);
        on && self.apart_from.as_ref() != Some(&signature.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::samples;

    fn on(only: &[&str], without: &[&str]) -> Result<Vec<String>, RuleFileError> {
        let texts = samples::texts();
        let off = texts[1].1.replacen("since =", "off = true\nsince =", 1);
        let pairs = [("view.toml", texts[0].1.as_str()), ("others.toml", off.as_str())];
        let mut loaded = LoadedRules::read(pairs)?;
        let owned = |words: &[&str]| words.iter().map(|word| word.to_string()).collect();
        RuleSelection { only: owned(only), without: owned(without), apart_from: None }
            .apply(&mut loaded)?;
        let on = loaded.signatures.into_values().map(|(_, signature)| signature);
        Ok(on.filter(|signature| !signature.off).map(|signature| signature.id).collect())
    }

    #[test]
    fn beginnings_select_and_a_whole_id_turns_on() {
        assert!(!on(&[], &[]).unwrap().contains(&"conn-not-found".to_string()), "shipped off");
        assert_eq!(on(&["conn-view"], &[]).unwrap(), ["conn-view-denied"]);
        assert_eq!(on(&["conn-not-found"], &[]).unwrap(), ["conn-not-found"]);
        let conn = on(&["conn-"], &["conn-view", "conn-token"]).unwrap();
        assert_eq!(conn, ["conn-resolve-unknown"]);
    }

    #[test]
    fn a_selection_that_means_nothing_is_refused() {
        let told = |only: &[&str], without: &[&str]| on(only, without).unwrap_err().to_string();
        assert!(told(&["conn-view-deny"], &[]).contains("did you mean `conn-view-denied`?"));
        assert!(told(&[], &["nothing-like-it"]).contains("no id begins with `nothing-like-it`"));
        assert!(told(&["conn-view"], &["conn-"]).contains("no signature to search for"));
    }
}
