//! The HTTP status a record reports. Several may stand in one text; the outer ones are normalised
//! by the service, so the order of the patterns is the order of trust.

use std::sync::LazyLock;

use crate::rules::facts::keywords::{KeywordGroup, Keywords};
use crate::search::{StaticRegex, all_captures};

/// .NET's `HttpStatusCode` names, the ones a log shows, and the reason phrases of the same codes.
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

/// In the order of trust; with each what a text must hold for it.
static PATTERNS: LazyLock<Vec<(StatusGate, StaticRegex)>> = LazyLock::new(|| {
    [
        (StatusGate::Word, r"Status code: ([A-Za-z]+|[0-9]{3})\.? Error code: DAP-RT-1101"),
        (StatusGate::Word, r"ProviderErrorCode ?: ?([0-9]{3})(?-u:\b)"),
        (StatusGate::Word, r"(?i)providerErrorCode - ([0-9]{3})(?-u:\b)"),
        (StatusGate::Word, r"Error Code: \[([0-9]{3})\]"),
        (StatusGate::Word, r"(?i)HTTP Status(?: Code)?: ([0-9]{3})(?-u:\b)"),
        (StatusGate::Word, r#"(?i)Status ?Code\\*"? ?(?:is )?[:=]? ?['\\"(]*([A-Za-z]+|[0-9]{3})(?-u:\b)"#),
        (StatusGate::Nothing, r"^HTTP ([0-9]{3}):"),
        (StatusGate::Word, r"(?:(?i:Error code)|エラー ?コード) ?[:：] ?([0-9]{3})(?-u:\b)"),
        (StatusGate::Word, r"does not indicate success: ([0-9]{3})(?-u:\b)"),
        (StatusGate::Phrase, r"\(([0-9]{3})\) (?:Bad|Unauthorized|Forbidden|Not Found|Proxy|Too Many|Internal|Service|Gateway)"),
        (StatusGate::Phrase, r"(?-u:\b)([45][0-9]{2}) \((?:Bad|Unauthorized|Forbidden|Not Found|Proxy|Too Many|Internal|Service|Gateway)"),
        (StatusGate::Word, r#"\\*"status(?:Code)?\\*" ?: ?([0-9]{3})(?-u:\b)"#),
    ]
    .map(|(needs, pattern)| (needs, StaticRegex::new(pattern)))
    .into()
});

/// What a pattern cannot do without.
#[derive(Clone, Copy)]
enum StatusGate {
    /// It stands at the beginning or nowhere, and is quickly tried.
    Nothing,
    /// One of the words of [`KeywordGroup::Status`].
    Word,
    /// `(404) …` or `404 (…`.
    Phrase,
}

/// The status a normalised text reports.
pub(crate) fn status(text: &str, signs: &Keywords) -> Option<u16> {
    let holds = |needs: &StatusGate| match needs {
        StatusGate::Nothing => true,
        StatusGate::Word => signs.has_any(KeywordGroup::Status),
        StatusGate::Phrase => holds_phrase(text.as_bytes()),
    };
    PATTERNS.iter().filter(|(needs, _)| holds(needs)).find_map(|(_, pattern)| {
        all_captures(pattern.get(), text).find_map(|found| parse(found.get(1)?.as_str()))
    })
}

/// True if a number in brackets stands in front of a capital, or a number in front of a bracket and
/// one.
fn holds_phrase(text: &[u8]) -> bool {
    let digit = |byte: &u8| byte.is_ascii_digit();
    memchr::memchr_iter(b'(', text).any(|at| {
        let before = matches!(&text[..at], [.., last, b' '] if digit(last));
        match &text[at + 1..] {
            [first, ..] if before && first.is_ascii_uppercase() => true,
            [a, b, c, b')', b' ', first, ..] if first.is_ascii_uppercase() => {
                [a, b, c].into_iter().all(digit)
            }
            _ => false,
        }
    })
}

/// A status as number or as name.
pub(crate) fn parse(word: &str) -> Option<u16> {
    if let Ok(number) = word.parse::<u16>() {
        return (100..600).contains(&number).then_some(number);
    }
    let name: String = word.chars().filter(char::is_ascii_alphabetic).collect();
    let name = name.to_ascii_lowercase();
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, number)| *number)
}

/// True if a status is one of a list in which `4` and `5` stand for their hundred.
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
    fn every_dress_of_a_status() {
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
    fn hundreds_in_conditions() {
        assert!(
            is_one_of(Some(418), &[4]) && is_one_of(None, &[]) && is_one_of(Some(503), &[401, 5])
        );
        assert!(!is_one_of(Some(500), &[4]) && !is_one_of(None, &[5]));
    }
}
