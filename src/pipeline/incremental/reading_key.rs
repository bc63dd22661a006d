//! What decides whether a stored digest is still valid: everything that changes what is read from the
//! same bytes.

use xxhash_rust::xxh3::xxh3_128;

use crate::pipeline::settings::Settings;
use crate::redact::{PseudonymKey, Redaction};
use crate::rules::RuleSet;

/// Identity of the settings under which a source was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ReadingKey(String);

impl ReadingKey {
    /// Takes the settings apart field by field, so that a new one does not compile until it is
    /// either part of the key or named here as one that changes no digest.
    pub(crate) fn new(rules: &RuleSet, settings: &Settings) -> ReadingKey {
        let Settings {
            zone: _, // `zone_name` is its identity
            zone_name,
            encoding,
            limits,
            redaction: Redaction { keep_named, people },
            // Which sources are read, not what is read from them.
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
        let mut all = format!(
            "{}|{}|{encoding}|{limits:?}|{zone_name}|{people}",
            env!("CARGO_PKG_VERSION"),
            rules.hash(),
        );
        if *keep_named {
            all.push_str("|named");
        }
        ReadingKey(format!("{:032x}", xxh3_128(all.as_bytes())))
    }

    /// As a state stores it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_in_texts_is_part_of_the_key() {
        let rules = RuleSet::builtin().unwrap();
        let key = |keep_named| {
            let redaction = Redaction { keep_named, ..Redaction::default() };
            ReadingKey::new(&rules, &Settings { redaction, ..Settings::default() })
        };
        assert_ne!(key(true), key(false));
        let other = Settings { zone_name: "Asia/Tokyo".to_string(), ..Settings::default() };
        assert_ne!(ReadingKey::new(&rules, &other), key(false));
        let threads = Settings { threads: 7, ..Settings::default() };
        assert_eq!(ReadingKey::new(&rules, &threads), key(false));
    }
}
