//! Tells texts that cannot hold a secret from those that must be searched. May say yes too often and
//! never no wrongly.

use crate::redact::secrets::{NAMED, TRACE};
use crate::search::static_regex;
use regex::Regex;
use std::sync::LazyLock;

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
