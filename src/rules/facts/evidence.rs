//! Whether a text shows Integration Service at all. Every network client writes socket sentences,
//! HTTP codes and token sentences; they count only together with evidence from here. Knows no
//! signature.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::knowledge::KNOWLEDGE;
use crate::rules::facts::codes::Codes;
use crate::rules::facts::keywords::Keywords;
use crate::search::static_regex;

static CONNECTIONS_ACTIVITY: LazyLock<Regex> =
    LazyLock::new(|| static_regex(&KNOWLEDGE.product.connections_activity.pattern));

/// The evidence of Integration Service in a normalised text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ProductEvidence {
    /// The frame or code prefix for which an Error record is listed although no signature matches
    /// it. The prefilter searches for each of them too, so whether a record is listed never depends
    /// on which other literal made it a candidate.
    pub unexplained: Option<&'static str>,
    pub codes: Codes,
    /// The text shows any evidence.
    pub any: bool,
}

impl ProductEvidence {
    /// Reads a normalised text. `keywords` are those of the same text.
    pub fn read(text: &str, keywords: &Keywords) -> ProductEvidence {
        let has_frame = keywords.frame().is_some()
            || keywords.context_only
            || keywords.connections && CONNECTIONS_ACTIVITY.is_match(text);
        let codes = Codes::read(text, has_frame);
        let any = has_frame || codes.show_product || codes.keyed;
        let code = || keywords.code().filter(|_| !codes.all.is_empty());
        let unexplained = keywords.frame().or_else(code).filter(|_| !codes.has_only_ignored());
        ProductEvidence { unexplained, codes, any }
    }

    /// False if a text with these keywords cannot have a value in `unexplained`.
    pub fn may_be_in(keywords: &Keywords) -> bool {
        keywords.frame().is_some() || keywords.code().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> ProductEvidence {
        ProductEvidence::read(text, &Keywords::read(text))
    }

    #[test]
    fn frames_codes_and_activities_are_evidence() {
        for text in [
            "x at ConnectorActivity \"A\"",
            "at ReadRangeConnections`1 \"Read Range\"",
            "GET https://cloud.example.com/a/b/elements_/v3",
            "Error code: DAP-RT-1101.",
            "[ErrorCode: \"CNS1045\"]",
        ] {
            assert!(read(text).any, "{text}");
        }
        for text in
            ["No such host is known", "AADSTS50020: x", "CNS1045 cable", "Connection Timeout=30"]
        {
            assert!(!read(text).any, "{text}");
        }
    }

    #[test]
    fn unexplained_is_what_the_prefilter_searches_for() {
        let unexplained = |text: &str| read(text).unexplained;
        assert_eq!(unexplained("AADSTS99999: new"), Some("AADSTS"));
        assert_eq!(unexplained("x GSuiteException y"), Some("GSuiteException"));
        assert_eq!(unexplained("Integration Service is slow"), None);
        assert_eq!(unexplained("at ConnectorActivity \"A\" DAP-RT-1052"), None);
        assert_eq!(unexplained("DAP-GE- without number"), None);
    }
}
