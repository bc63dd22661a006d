//! The error codes in a text, as whole codes only. Families are those of the product knowledge. Does
//! not decide what a code means.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::model::knowledge::{CodeFamily, KNOWLEDGE};
use crate::search::{LiteralSet, StaticRegex, all_captures, static_regex};

struct CompiledFamily {
    family: &'static CodeFamily,
    pattern: Regex,
    /// A code after a key such as `ErrorCode`. Elsewhere the same letters may be an article number.
    keyed: Option<StaticRegex>,
}

/// Families without keys first: their codes may be the evidence that those with keys need.
static FAMILIES: LazyLock<Vec<CompiledFamily>> = LazyLock::new(|| {
    let mut families: Vec<CompiledFamily> = KNOWLEDGE.codes.families.iter().map(compile).collect();
    families.sort_by_key(|compiled| compiled.keyed.is_some());
    families
});

/// The beginnings of all codes. Most texts have none of them and need no regex.
static CODE_BEGINNINGS: LazyLock<LiteralSet> =
    LazyLock::new(|| LiteralSet::new(KNOWLEDGE.codes.families.iter().map(|f| f.start.as_str())));

/// At the end of an ignored code: any rest may follow.
const ANY_REST: char = '*';

/// The codes of one text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Codes {
    pub all: BTreeSet<String>,
    /// A code follows its key.
    pub keyed: bool,
    /// A code is present that shows Integration Service by itself.
    pub show_product: bool,
}

impl Codes {
    /// Reads the codes of a normalised text. `has_evidence`: the text shows Integration Service by
    /// something other than a code, so that codes count without their key.
    pub fn read(text: &str, has_evidence: bool) -> Codes {
        let mut codes = Codes::default();
        if !CODE_BEGINNINGS.any_in(text) {
            return codes;
        }
        for CompiledFamily { family, pattern, keyed } in &*FAMILIES {
            for captures in keyed.iter().flat_map(|keyed| all_captures(keyed.get(), text)) {
                codes.keyed = true;
                codes.all.insert(captures[1].to_string());
            }
            if keyed.is_none() || has_evidence || codes.keyed || codes.show_product {
                codes.all.extend(pattern.find_iter(text).map(|code| code.as_str().to_string()));
            }
            let shows_product =
                |code: &String| family.shows_product.iter().any(|start| code.starts_with(start));
            codes.show_product |= codes.all.iter().any(shows_product);
        }
        codes
    }

    /// True if there are codes and each of them is ignored.
    pub fn has_only_ignored(&self) -> bool {
        !self.all.is_empty() && self.all.iter().all(|code| is_ignored(code))
    }

    pub fn aadsts(&self) -> impl Iterator<Item = u32> {
        self.all.iter().filter_map(|code| code.strip_prefix("AADSTS")?.parse().ok())
    }
}

fn compile(family: &'static CodeFamily) -> CompiledFamily {
    let keyed = family.keyed.as_deref().map(StaticRegex::new);
    CompiledFamily { family, pattern: static_regex(&family.pattern), keyed }
}

/// True for a code that never shows a connection failure.
pub(crate) fn is_ignored(code: &str) -> bool {
    KNOWLEDGE.codes.families.iter().any(|family| {
        let number = code.strip_prefix(&family.start).and_then(|number| number.parse().ok());
        let is_in_range = |(first, last): &(u32, u32)| {
            number.is_some_and(|number: u32| (*first..=*last).contains(&number))
        };
        family.ignored_ranges.iter().any(is_in_range)
            || family.ignored.iter().any(|ignored| match ignored.strip_suffix(ANY_REST) {
                Some(start) => code.starts_with(start),
                None => code == ignored,
            })
    })
}

/// True if a literal is one whole code; it then matches only where [`Codes::read`] returns the
/// code.
pub(crate) fn is_code(literal: &str) -> bool {
    FAMILIES
        .iter()
        .any(|family| family.pattern.find(literal).is_some_and(|code| code.as_str() == literal))
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
