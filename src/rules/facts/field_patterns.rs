//! The patterns of one value of a text, such as the host, each with the cheap condition that a text
//! must pass before the pattern is tried. Knows no value's meaning.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::model::knowledge::{FieldKnowledge, Gate};
use crate::rules::facts::keywords::{KeywordGroup, Keywords};
use crate::search::{GUID, StaticRegex, all_captures};

/// In order of trust.
pub(crate) struct FieldPatterns {
    patterns: Vec<(Option<Gate>, StaticRegex)>,
    /// The group of the field's keywords.
    group: Option<KeywordGroup>,
}

impl FieldPatterns {
    /// `group` is `None` for a field without keywords.
    pub fn new(field: &FieldKnowledge, group: Option<KeywordGroup>) -> FieldPatterns {
        let keywords: Vec<String> = field.keywords.iter().map(|k| regex::escape(k)).collect();
        let any_keyword = format!("(?:{})", keywords.join("|"));
        let compile =
            |pattern: &str| pattern.replace("{GUID}", GUID).replace("{KEYWORDS}", &any_keyword);
        let patterns = field
            .patterns
            .iter()
            .map(|gated| (gated.gate, StaticRegex::new(compile(&gated.pattern))))
            .collect();
        FieldPatterns { patterns, group }
    }

    /// Every match in a text, without gates: the most trusted pattern first, then the first match.
    pub fn matches<'t>(&'static self, text: &'t str) -> impl Iterator<Item = &'t str> {
        self.patterns.iter().flat_map(move |(_, pattern)| first_groups(pattern, text))
    }

    /// The matches of those patterns whose gate a text passes. `keywords` are those of the text.
    pub fn gated_matches<'t>(
        &'static self,
        text: &'t str,
        keywords: &Keywords,
    ) -> impl Iterator<Item = &'t str> {
        let has_keyword = self.group.is_some_and(|group| keywords.has_any(group));
        let passes = move |gate: Option<Gate>| match gate {
            None => true,
            Some(Gate::Keyword) => has_keyword,
            Some(Gate::Port) => has_port(text),
            Some(Gate::Scheme) => SCHEME_END.find(text.as_bytes()).is_some(),
            Some(Gate::Phrase) => has_phrase(text.as_bytes()),
        };
        self.patterns
            .iter()
            .filter(move |(gate, _)| passes(*gate))
            .flat_map(move |(_, pattern)| first_groups(pattern, text))
    }
}

static SCHEME_END: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("://"));

fn first_groups<'t>(pattern: &'static StaticRegex, text: &'t str) -> impl Iterator<Item = &'t str> {
    all_captures(pattern.get(), text)
        .filter_map(|captures| captures.get(1))
        .map(|group| group.as_str())
}

/// True if two digits follow a colon.
fn has_port(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b':', bytes)
        .filter_map(|colon| bytes.get(colon + 1..colon + 3))
        .any(|digits| digits.iter().all(u8::is_ascii_digit))
}

/// True if the text holds `(404) X` or `4 (X`, where `X` is any capital letter.
fn has_phrase(text: &[u8]) -> bool {
    memchr::memchr_iter(b'(', text).any(|bracket| {
        let has_digit_before =
            matches!(&text[..bracket], [.., last, b' '] if last.is_ascii_digit());
        match &text[bracket + 1..] {
            [first, ..] if has_digit_before && first.is_ascii_uppercase() => true,
            [a, b, c, b')', b' ', first, ..] if first.is_ascii_uppercase() => {
                [a, b, c].into_iter().all(u8::is_ascii_digit)
            }
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::knowledge::KNOWLEDGE;
    use crate::search::static_regex;

    #[test]
    fn every_pattern_compiles_and_its_keyword_gate_has_keywords() {
        let fields = &KNOWLEDGE.fields;
        for field in [
            &fields.connection,
            &fields.folder,
            &fields.connector,
            &fields.host,
            &fields.request_id,
            &fields.status,
        ] {
            for (gate, pattern) in &FieldPatterns::new(field, None).patterns {
                assert_eq!(pattern.get().captures_len(), 2, "{:?}", pattern.get());
                assert!(*gate != Some(Gate::Keyword) || !field.keywords.is_empty());
            }
        }
    }

    #[test]
    fn every_other_pattern_of_the_knowledge_compiles() {
        let families = &KNOWLEDGE.codes.families;
        let keyed = families.iter().filter_map(|family| family.keyed.as_ref());
        let patterns = families.iter().map(|family| &family.pattern).chain(keyed).chain([
            &KNOWLEDGE.product.connections_activity.pattern,
            &KNOWLEDGE.activities.faulted_at.pattern,
            &KNOWLEDGE.causes.oauth_code,
        ]);
        for pattern in patterns {
            static_regex(pattern);
        }
    }

    #[test]
    fn keywords_are_in_lower_case() {
        let fields = &KNOWLEDGE.fields;
        for field in [&fields.connection, &fields.host, &fields.request_id, &fields.status] {
            for keyword in &field.keywords {
                assert_eq!(*keyword, keyword.to_ascii_lowercase());
            }
        }
    }
}
