//! Which signatures of a set are searched, by the beginnings of their ids. A signature that is not
//! selected is disabled as if its table had `off = true`.

use crate::model::{Signature, nearest};
use crate::rules::files::error::RuleFileError;
use crate::rules::files::load::LoadedRules;

/// Beginnings of ids. An empty selection changes nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RuleSelection {
    /// Only these; a whole id also enables a signature that is disabled in its file.
    pub only: Vec<String>,
    /// None of these.
    pub without: Vec<String>,
    /// A whole id: the set without this signature.
    pub excluding: Option<String>,
}

impl RuleSelection {
    /// Disables and enables signatures.
    ///
    /// # Errors
    ///
    /// Fails on a beginning that no id has, since the user expects an effect of it, and on a
    /// selection that leaves nothing to search for.
    pub(crate) fn apply(&self, loaded: &mut LoadedRules) -> Result<(), RuleFileError> {
        for prefix in self.only.iter().chain(&self.without) {
            if !loaded.signatures.keys().any(|id| id.starts_with(prefix.as_str())) {
                let known = loaded.signatures.keys().map(String::as_str);
                let meant = nearest(prefix, known).map(|id| format!("; did you mean `{id}`?"));
                let message =
                    format!("unknown id or prefix `{prefix}`{}", meant.unwrap_or_default());
                return Err(RuleFileError::of_rule_set(message));
            }
        }
        for (_, signature) in loaded.signatures.values_mut() {
            signature.is_off = !self.selects(signature);
        }
        if loaded.signatures.values().all(|(_, signature)| signature.is_off) {
            let message = "the selection disables every signature; select at least one".to_string();
            return Err(RuleFileError::of_rule_set(message));
        }
        Ok(())
    }

    fn selects(&self, signature: &Signature) -> bool {
        let has_prefix = |prefixes: &[String]| {
            prefixes.iter().any(|prefix| signature.id.starts_with(prefix.as_str()))
        };
        let is_named = self.only.contains(&signature.id);
        (self.only.is_empty() || has_prefix(&self.only))
            && (is_named || !signature.is_off)
            && !has_prefix(&self.without)
            && self.excluding.as_ref() != Some(&signature.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::samples;

    fn enabled(only: &[&str], without: &[&str]) -> Result<Vec<String>, RuleFileError> {
        let texts = samples::texts();
        let off = texts[1].1.replacen("since =", "off = true\nsince =", 1);
        let pairs = [("view.toml", texts[0].1.as_str()), ("others.toml", off.as_str())];
        let mut loaded = LoadedRules::read(pairs)?;
        let owned = |words: &[&str]| words.iter().map(|word| word.to_string()).collect();
        RuleSelection { only: owned(only), without: owned(without), excluding: None }
            .apply(&mut loaded)?;
        let enabled = loaded.signatures.into_values().map(|(_, signature)| signature);
        Ok(enabled.filter(|signature| !signature.is_off).map(|signature| signature.id).collect())
    }

    #[test]
    fn beginnings_select_and_a_whole_id_enables() {
        assert!(
            !enabled(&[], &[]).unwrap().contains(&"conn-not-found".to_string()),
            "disabled in its file"
        );
        assert_eq!(enabled(&["conn-view"], &[]).unwrap(), ["conn-view-denied"]);
        assert_eq!(enabled(&["conn-not-found"], &[]).unwrap(), ["conn-not-found"]);
        let conn = enabled(&["conn-"], &["conn-view", "conn-token"]).unwrap();
        assert_eq!(conn, ["conn-resolve-unknown"]);
    }

    #[test]
    fn a_selection_without_effect_is_an_error() {
        let error =
            |only: &[&str], without: &[&str]| enabled(only, without).unwrap_err().to_string();
        assert!(error(&["conn-view-deny"], &[]).contains("did you mean `conn-view-denied`?"));
        assert!(
            error(&[], &["nothing-like-it"]).contains("unknown id or prefix `nothing-like-it`")
        );
        assert!(error(&["conn-view"], &["conn-"]).contains("disables every signature"));
    }
}
