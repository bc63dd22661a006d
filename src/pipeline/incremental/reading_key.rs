//! The key that decides whether a stored digest is still valid: it covers everything that changes
//! the digest of the same bytes, and nothing else.

use xxhash_rust::xxh3::xxh3_128;

use crate::model::DIGEST_VERSION;
use crate::pipeline::settings::Settings;
use crate::redact::{PseudonymKey, Redaction};
use crate::rules::RuleSet;

/// Identity of the settings under which a source was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ReadingKey(String);

impl ReadingKey {
    /// Destructures the settings field by field, so that a new field does not compile until it is
    /// part of the key or listed here as one that changes no digest.
    pub(crate) fn new(rules: &RuleSet, settings: &Settings) -> ReadingKey {
        let Settings {
            zone: _, // `zone_name` is its identity
            zone_name,
            encoding,
            limits,
            redaction: Redaction { keep_secrets: keep_named, pseudonym_key: people },
            // They select sources and do not change the digest of one.
            selection: _,
            names: _,
            // Applied to the merged digest.
            since: _,
            until: _,
            folder: _,
            folder_from_path: _,
            strict: _,
            lang: _,
            // Resources.
            threads: _,
            memory: _,
        } = settings;
        let encoding = encoding.map_or("", |encoding| encoding.name());
        let people = people.as_ref().map_or(String::new(), PseudonymKey::id);
        let mut text = format!(
            "{}|{DIGEST_VERSION}|{}|{encoding}|{limits:?}|{zone_name}|{people}",
            env!("CARGO_PKG_VERSION"),
            rules.hash(),
        );
        if *keep_named {
            text.push_str("|named");
        }
        ReadingKey(format!("{:032x}", xxh3_128(text.as_bytes())))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_change_a_digest_change_the_key() {
        let rules = RuleSet::builtin().unwrap();
        let key = |keep_named| {
            let redaction = Redaction { keep_secrets: keep_named, ..Redaction::default() };
            ReadingKey::new(&rules, &Settings { redaction, ..Settings::default() })
        };
        assert_ne!(key(true), key(false));
        let other = Settings { zone_name: "Asia/Tokyo".to_string(), ..Settings::default() };
        assert_ne!(ReadingKey::new(&rules, &other), key(false));
        let threads = Settings { threads: 7, ..Settings::default() };
        assert_eq!(ReadingKey::new(&rules, &threads), key(false));
    }
}
