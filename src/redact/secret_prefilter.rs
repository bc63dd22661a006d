//! Tells texts that cannot hold a secret from those that must be searched. May say yes too often and
//! never no wrongly.

use std::sync::LazyLock;

use regex::Regex;

use crate::search::{LiteralSet, static_regex};

/// Last letters of these names.
const LAST_LETTERS: &[u8] = b"denrty";

/// What stands in front of `=` in a query. `code:` stands in nearly every error.
static QUERY: LazyLock<Regex> =
    LazyLock::new(|| static_regex(r"(?i)[?&;](?:sig(?:nature)?|code)$"));

/// Last letters of these.
const LAST_OF_QUERY: &[u8] = b"eg";

/// False for texts in which no pattern can find anything, which nearly all are: told much faster
/// than by trying them.
pub(crate) fn may_hold_a_secret(text: &str) -> bool {
    TRACE.any_in(text)
        || memchr::memchr2_iter(b'=', b':', text.as_bytes()).any(|at| {
            let (before, sign) = text.split_at(at);
            let told = if sign.starts_with('=') { is_asked(before) } else { is_address(sign) };
            told || is_named(before)
        })
}

/// True if what stands in front of a sign that divides a name from its value is the name of a
/// secret.
fn is_named(before: &str) -> bool {
    let name = before.trim_end_matches(|c: char| c.is_whitespace() || "\"'\\".contains(c));
    ends_with_one_of(name, LAST_LETTERS) && NAMED.is_match(name)
}

/// True if what stands in front of `=` is the name of a secret in a query.
fn is_asked(before: &str) -> bool {
    ends_with_one_of(before, LAST_OF_QUERY) && QUERY.is_match(before)
}

fn ends_with_one_of(name: &str, letters: &[u8]) -> bool {
    name.bytes().next_back().is_some_and(|last| letters.contains(&last.to_ascii_lowercase()))
}

/// True for a colon behind which an address begins that names somebody: nothing that ends a host
/// stands in front of its `@`.
fn is_address(from_colon: &str) -> bool {
    from_colon.strip_prefix("://").is_some_and(|rest| {
        let ends = |c: char| c.is_whitespace() || "/@\"'<>".contains(c);
        rest.find(ends).is_some_and(|end| rest[end..].starts_with('@'))
    })
}

/// Names whose value is a secret, or ends of such names (`db_password`).
pub(crate) const NAMES: &str = r"pass(?:word|wd|phrase|code)|pwd|secret|api[_-]?key|access[_-]?key|account[_-]?key|shared[_-]?access[_-]?key|private[_-]?key|subscription[_-]?key|(?:access|refresh|id|auth|bearer|session|security|sas|csrf)[_-]?token|client[_-]?assertion|code_verifier";

/// What a secret that is told by its shape begins with, and the beginning of "bearer", which no case
/// hides: every pattern that needs no name in front of a value needs one of these.
pub(crate) const TRACES: &[&str] = &[
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

pub(crate) static TRACE: LazyLock<LiteralSet> =
    LazyLock::new(|| LiteralSet::new(TRACES.iter().copied()));

/// What may stand in front of `=` or `:` and a secret, quotes and blanks left out.
pub(crate) static NAMED: LazyLock<Regex> =
    LazyLock::new(|| static_regex(&format!(r"(?i)(?:{NAMES}|authorization|cookie)$")));
