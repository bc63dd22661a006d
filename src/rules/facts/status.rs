//! The HTTP status that a text reports. A text may hold several; the service normalises the outer
//! ones, so the patterns are in order of trust. Does not judge what a status means.

use std::sync::LazyLock;

use crate::rules::facts::keywords::{KeywordGroup, Keywords};
use crate::search::{StaticRegex, all_captures};

/// Names of .NET's `HttpStatusCode` that occur in logs, and the reason phrases of the same codes.
const NAMES: &[(&str, u16)] = &[
    ("badrequest", 400),
    ("unauthorized", 401),
    ("paymentrequired", 402),
    ("forbidden", 403),
    ("notfound", 404),
    ("methodnotallowed", 405),
    ("notacceptable", 406),
    ("proxyauthenticationrequired", 407),
    ("requesttimeout", 408),
    ("conflict", 409),
    ("gone", 410),
    ("preconditionfailed", 412),
    ("requestentitytoolarge", 413),
    ("unsupportedmediatype", 415),
    ("unprocessableentity", 422),
    ("unprocessablecontent", 422),
    ("locked", 423),
    ("faileddependency", 424),
    ("toomanyrequests", 429),
    ("internalservererror", 500),
    ("notimplemented", 501),
    ("badgateway", 502),
    ("serviceunavailable", 503),
    ("gatewaytimeout", 504),
];

/// In order of trust, each with the gate that a text must pass before it is tried.
static PATTERNS: LazyLock<Vec<(StatusGate, StaticRegex)>> = LazyLock::new(|| {
    [
        (StatusGate::Keyword, r"Status code: ([A-Za-z]+|[0-9]{3})\.? Error code: DAP-RT-1101"),
        (StatusGate::Keyword, r"ProviderErrorCode ?: ?([0-9]{3})(?-u:\b)"),
        (StatusGate::Keyword, r"(?i)providerErrorCode - ([0-9]{3})(?-u:\b)"),
        (StatusGate::Keyword, r"Error Code: \[([0-9]{3})\]"),
        (StatusGate::Keyword, r"(?i)HTTP Status(?: Code)?: ([0-9]{3})(?-u:\b)"),
        (StatusGate::Keyword, r#"(?i)Status ?Code\\*"? ?(?:is )?[:=]? ?['\\"(]*([A-Za-z]+|[0-9]{3})(?-u:\b)"#),
        (StatusGate::Always, r"^HTTP ([0-9]{3}):"),
        (StatusGate::Keyword, r"(?:(?i:Error code)|エラー ?コード) ?[:：] ?([0-9]{3})(?-u:\b)"),
        (StatusGate::Keyword, r"does not indicate success: ([0-9]{3})(?-u:\b)"),
        (StatusGate::Phrase, r"\(([0-9]{3})\) (?:Bad|Unauthorized|Forbidden|Not Found|Proxy|Too Many|Internal|Service|Gateway)"),
        (StatusGate::Phrase, r"(?-u:\b)([45][0-9]{2}) \((?:Bad|Unauthorized|Forbidden|Not Found|Proxy|Too Many|Internal|Service|Gateway)"),
        (StatusGate::Keyword, r#"\\*"status(?:Code)?\\*" ?: ?([0-9]{3})(?-u:\b)"#),
    ]
    .map(|(gate, pattern)| (gate, StaticRegex::new(pattern)))
    .into()
});

/// A cheap condition without which a pattern cannot match.
#[derive(Clone, Copy)]
enum StatusGate {
    /// None: the pattern is anchored to the start of the text and fails fast.
    Always,
    /// One of the keywords of [`KeywordGroup::Status`].
    Keyword,
    /// `(404) …` or `404 (…`.
    Phrase,
}

/// The most trusted status in a normalised text. `keywords` are those of the same text.
pub(crate) fn status(text: &str, keywords: &Keywords) -> Option<u16> {
    let passes = |gate: &StatusGate| match gate {
        StatusGate::Always => true,
        StatusGate::Keyword => keywords.has_any(KeywordGroup::Status),
        StatusGate::Phrase => has_phrase(text.as_bytes()),
    };
    PATTERNS.iter().filter(|(gate, _)| passes(gate)).find_map(|(_, pattern)| {
        all_captures(pattern.get(), text).find_map(|captures| parse(captures.get(1)?.as_str()))
    })
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

/// Parses a status from 100 to 599, as a number or as a name in any case and spacing.
pub(crate) fn parse(word: &str) -> Option<u16> {
    if let Ok(number) = word.parse::<u16>() {
        return (100..600).contains(&number).then_some(number);
    }
    let name: String = word.chars().filter(char::is_ascii_alphabetic).collect();
    let name = name.to_ascii_lowercase();
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, number)| *number)
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
