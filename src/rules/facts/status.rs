//! The HTTP status that a text reports. Does not judge what a status means.

use std::sync::LazyLock;

use crate::model::knowledge::KNOWLEDGE;
use crate::rules::facts::field_patterns::FieldPatterns;
use crate::rules::facts::keywords::{KeywordGroup, Keywords};

static PATTERNS: LazyLock<FieldPatterns> =
    LazyLock::new(|| FieldPatterns::new(&KNOWLEDGE.fields.status, Some(KeywordGroup::Status)));

/// The most trusted status in a normalised text. `keywords` are those of the same text.
pub(crate) fn status(text: &str, keywords: &Keywords) -> Option<u16> {
    PATTERNS.gated_matches(text, keywords).find_map(parse)
}

/// Parses a status from 100 to 599, as a number or as a name in any case and spacing.
pub(crate) fn parse(word: &str) -> Option<u16> {
    if let Ok(number) = word.parse::<u16>() {
        return (100..600).contains(&number).then_some(number);
    }
    let name: String = word.chars().filter(char::is_ascii_alphabetic).collect();
    let name = name.to_ascii_lowercase();
    KNOWLEDGE.http_status.names.get(&name).copied()
}

/// True if a status is in a list, in which a value below 10 means its whole class (`4` is 4xx). An
/// empty list accepts everything, also a missing status.
pub(crate) fn is_one_of(status: Option<u16>, wanted: &[u16]) -> bool {
    wanted.is_empty()
        || status.is_some_and(|status| {
            wanted
                .iter()
                .any(|want| if *want < 10 { status / 100 == *want } else { status == *want })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_in_every_form() {
        for (text, expected) in [
            ("Message : x Status code: Forbidden. Error code: DAP-RT-1101.", Some(403)),
            ("Status code: 429. Error code: DAP-RT-1101.", Some(429)),
            ("ProviderErrorCode : 404 RequestId : 66", Some(404)),
            ("ProviderErrorCode : REQUEST_LIMIT Status code: BadRequest.", Some(400)),
            ("Error Code: [400] Message: x", Some(400)),
            (
                r#"{"message":"IS call to /q: HTTP Status: 401 - Unauthorized","status":400}"#,
                Some(401),
            ),
            ("HTTP 404: Connection", Some(404)),
            ("Error code: 400 Message: x", Some(400)),
            ("エラー コード: 400 メッセージ", Some(400)),
            ("[StatusCode: BadRequest, ErrorCode: \"CNS1008\"]", Some(400)),
            ("failed with status code '404'", Some(404)),
            ("HttpStatusCode is NotFound", Some(404)),
            ("error: (502) Bad Gateway", Some(502)),
            ("Error code: 1100", None),
            ("Error code: DAP-GE-3000.", None),
            ("took (120) seconds", None),
            ("error 503 (Service Unavailable)", Some(503)),
            ("x 12 (407) Proxy", Some(407)),
        ] {
            assert_eq!(status(text, &Keywords::read(text)), expected, "{text}");
        }
    }

    #[test]
    fn a_digit_in_a_condition_is_a_class() {
        assert!(
            is_one_of(Some(418), &[4]) && is_one_of(None, &[]) && is_one_of(Some(503), &[401, 5])
        );
        assert!(!is_one_of(Some(500), &[4]) && !is_one_of(None, &[5]));
    }
}
