//! Sorts out the texts that cannot hold a secret, so that `secrets` searches only the rest. A false
//! positive costs time; there must be no false negative.

use std::sync::LazyLock;

use regex::Regex;

use crate::search::{LiteralSet, static_regex};

/// Last letters of the names in [`NAMES`], `authorization` and `cookie`.
const LAST_LETTERS: &[u8] = b"denrty";

/// The name before `=` in a query. `code:` occurs in nearly every error, so only `=` counts here.
static QUERY: LazyLock<Regex> =
    LazyLock::new(|| static_regex(r"(?i)[?&;](?:sig(?:nature)?|code)$"));

/// Last letters of the names in [`QUERY`].
const LAST_OF_QUERY: &[u8] = b"eg";

/// False if no pattern can match, as in nearly all texts. Much faster than the patterns.
pub(crate) fn may_hold_a_secret(text: &str) -> bool {
    MARKER.any_in(text)
        || memchr::memchr2_iter(b'=', b':', text.as_bytes()).any(|index| {
            let (before, sign) = text.split_at(index);
            let in_url =
                if sign.starts_with('=') { is_query_name(before) } else { is_address(sign) };
            in_url || is_secret_name(before)
        })
}

/// True if the text before `=` or `:` ends with the name of a secret.
fn is_secret_name(before: &str) -> bool {
    let name = before.trim_end_matches(|c: char| c.is_whitespace() || "\"'\\".contains(c));
    ends_with_one_of(name, LAST_LETTERS) && NAMED.is_match(name)
}

/// True if the text before `=` ends with the name of a secret in a query.
fn is_query_name(before: &str) -> bool {
    ends_with_one_of(before, LAST_OF_QUERY) && QUERY.is_match(before)
}

fn ends_with_one_of(name: &str, letters: &[u8]) -> bool {
    name.bytes().next_back().is_some_and(|last| letters.contains(&last.to_ascii_lowercase()))
}

/// True for a colon that begins the rest of a URL with credentials: no character that ends a host
/// is before its `@`.
fn is_address(from_colon: &str) -> bool {
    from_colon.strip_prefix("://").is_some_and(|rest| {
        let ends = |c: char| c.is_whitespace() || "/@\"'<>".contains(c);
        rest.find(ends).is_some_and(|end| rest[end..].starts_with('@'))
    })
}

/// Names whose value is a secret, or the ends of such names (`db_password`).
pub(crate) const NAMES: &str = r"pass(?:word|wd|phrase|code)|pwd|secret|api[_-]?key|access[_-]?key|account[_-]?key|shared[_-]?access[_-]?key|private[_-]?key|subscription[_-]?key|(?:access|refresh|id|auth|bearer|session|security|sas|csrf)[_-]?token|client[_-]?assertion|code_verifier";

/// Beginnings of the secrets with a known shape, and of "bearer" in every case. A pattern that
/// needs no name before the value matches only a text with one of these.
pub(crate) const MARKERS: &[&str] = &[
    "-----BEGIN ",
    "eyJ",
    "AKIA",
    "ASIA",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "xox",
    "hooks.slack.com",
    "AIza",
    "GOCSPX-",
    "ya29.",
    "8Q~",
    "rt_",
    "bea",
    "beA",
    "bEa",
    "bEA",
    "Bea",
    "BeA",
    "BEa",
    "BEA",
];

pub(crate) static MARKER: LazyLock<LiteralSet> =
    LazyLock::new(|| LiteralSet::new(MARKERS.iter().copied()));

/// The end of the text before `=` or `:` and a secret, without quotes and spaces.
pub(crate) static NAMED: LazyLock<Regex> =
    LazyLock::new(|| static_regex(&format!(r"(?i)(?:{NAMES}|authorization|cookie)$")));
