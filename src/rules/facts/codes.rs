//! The product codes in a text: DAP, CNS and AADSTS, as whole codes only. Does not decide what a
//! code means.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::search::{LiteralSet, all_captures, static_regex};

static DAP: LazyLock<Regex> =
    LazyLock::new(|| static_regex(r"(?-u:\b)DAP-(?:GE|RT|DT)-[0-9]{4}(?-u:\b)"));

static CNS: LazyLock<Regex> = LazyLock::new(|| static_regex(r"(?-u:\b)CNS[123][0-9]{3}(?-u:\b)"));

static AADSTS: LazyLock<Regex> =
    LazyLock::new(|| static_regex(r"(?-u:\b)AADSTS[0-9]{5,8}(?-u:\b)"));

/// A CNS code after a key such as `ErrorCode`. Elsewhere the same letters may be an article number.
static KEYED_CNS: LazyLock<Regex> = LazyLock::new(|| {
    static_regex(
        r#"(?:(?i:error ?code)\\*["']? ?[:=] ?\[?\\*["']?|\\*["'](?i:code)\\*["'] ?: ?\\*["'])(CNS[123][0-9]{3})(?-u:\b)"#,
    )
});

/// The beginnings of all codes. Most texts have none of them and need no regex.
static CODE_BEGINNINGS: LazyLock<LiteralSet> =
    LazyLock::new(|| LiteralSet::new(["DAP-", "CNS", "AADSTS"]));

/// Codes that are not connection failures: design time, debug only, background noise and sign-ins
/// that are still pending.
const IGNORED: &[&str] =
    &["DAP-RT-1052", "CNS1071", "AADSTS70016", "AADSTS50140", "AADSTS50199", "AADSTS900561"];

/// The codes of one text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Codes {
    pub all: BTreeSet<String>,
    /// A CNS code follows its key.
    pub keyed_cns: bool,
}

impl Codes {
    /// Reads the codes of a normalised text. `has_evidence`: the text shows Integration Service by
    /// something other than a code, so that CNS codes count without their key.
    pub fn read(text: &str, has_evidence: bool) -> Codes {
        let mut codes = Codes::default();
        if !CODE_BEGINNINGS.any_in(text) {
            return codes;
        }
        codes.add_matches(&DAP, text);
        let has_evidence = has_evidence || codes.has_runtime_dap();
        for captures in all_captures(&KEYED_CNS, text) {
            codes.keyed_cns = true;
            codes.all.insert(captures[1].to_string());
        }
        if has_evidence || codes.keyed_cns {
            codes.add_matches(&CNS, text);
        }
        codes.add_matches(&AADSTS, text);
        codes
    }

    fn add_matches(&mut self, pattern: &Regex, text: &str) {
        self.all.extend(pattern.find_iter(text).map(|code| code.as_str().to_string()));
    }

    /// True if a code of the connector runtime is present.
    pub fn has_runtime_dap(&self) -> bool {
        self.all.iter().any(|code| code.starts_with("DAP-GE-") || code.starts_with("DAP-RT-"))
    }

    /// True if there are codes and each of them is ignored.
    pub fn has_only_ignored(&self) -> bool {
        !self.all.is_empty() && self.all.iter().all(|code| is_ignored(code))
    }

    pub fn aadsts(&self) -> impl Iterator<Item = u32> {
        self.all.iter().filter_map(|code| code.strip_prefix("AADSTS")?.parse().ok())
    }
}

/// True for a code that never shows a connection failure.
pub(crate) fn is_ignored(code: &str) -> bool {
    let cns = code.strip_prefix("CNS").and_then(|number| number.parse::<u16>().ok());
    code.starts_with("DAP-DT-")
        || IGNORED.contains(&code)
        || cns.is_some_and(|number| matches!(number, 2030..=2044 | 2046))
}

/// True if a literal is one whole code; it then matches only where [`Codes::read`] returns the
/// code.
pub(crate) fn is_code(literal: &str) -> bool {
    [&DAP, &CNS, &AADSTS]
        .iter()
        .any(|pattern| pattern.find(literal).is_some_and(|code| code.as_str() == literal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        Codes::read(text, false).all.into_iter().collect()
    }

    #[test]
    fn only_whole_codes_are_read() {
        assert_eq!(
            read("AADSTS500208: x AADSTS700082. AADSTS50020;"),
            ["AADSTS50020", "AADSTS500208", "AADSTS700082"]
        );
        assert_eq!(read("エラーDAP-GE-3000。"), ["DAP-GE-3000"]);
        assert!(
            read("DapperException DAP-GE-30001 DAP-XX-3000 XDAP-GE-3000 Error code: 3005")
                .is_empty()
        );
    }

    #[test]
    fn cns_needs_its_key_or_evidence() {
        assert!(read("CNS-1008 cable, article CNS1008, Product code: CNS1008").is_empty());
        assert_eq!(read(r#"[StatusCode: Forbidden, ErrorCode: "CNS1045"]"#), ["CNS1045"]);
        assert_eq!(read(r#"{\"code\":\"CNS1045\"}"#), ["CNS1045"]);
        assert_eq!(read("{'code': 'CNS1045'}, error code = 'CNS1006'"), ["CNS1006", "CNS1045"]);
        assert_eq!(read("failed (CNS1008) Error code: DAP-GE-3000."), ["CNS1008", "DAP-GE-3000"]);
        assert!(Codes::read("x CNS1008", true).all.contains("CNS1008"));
    }

    #[test]
    fn ignored_codes_alone_are_no_evidence() {
        assert!(Codes::read("DAP-RT-1052 DAP-DT-2001", false).has_only_ignored());
        assert!(!Codes::read("DAP-RT-1052 DAP-RT-1101", false).has_only_ignored());
        assert!(!Codes::read("no code", false).has_only_ignored());
    }

    #[test]
    fn a_literal_is_a_code_only_as_a_whole() {
        assert!(is_code("CNS1045") && is_code("DAP-RT-1103") && is_code("AADSTS50020"));
        assert!(!is_code("Error code: DAP-RT-1103") && !is_code("AADSTS"));
    }
}
