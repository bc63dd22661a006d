//! Whether a record shows Integration Service at all. Socket sentences, HTTP codes and token
//! sentences are written by everything that talks to a network; they count only beside one of
//! these.

use std::sync::LazyLock;

use regex::Regex;

use crate::rules::facts::codes::Codes;
use crate::rules::facts::keywords::Keywords;
use crate::search::static_regex;

/// `at DownloadFileConnections "Download File"`: an activity of the Microsoft or Google packages
/// that uses a connection.
static CONNECTIONS_ACTIVITY: LazyLock<Regex> =
    LazyLock::new(|| static_regex("(?-u:\\b)at [\\w.]+Connections(?:`\\d+)? \""));

/// What a normalised text shows of Integration Service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ProductEvidence {
    /// What makes an Error record worth listing although no signature takes it. Everything that
    /// answers here is also searched in raw blocks, so that whether a record is listed never
    /// depends on what else made it a candidate.
    pub unexplained: Option<&'static str>,
    /// The codes that count.
    pub codes: Codes,
    /// Anything at all.
    pub any: bool,
}

impl ProductEvidence {
    /// Reads a normalised text whose words are known.
    pub fn read(text: &str, signs: &Keywords) -> ProductEvidence {
        let shown = signs.frame().is_some()
            || signs.quiet
            || signs.connections && CONNECTIONS_ACTIVITY.is_match(text);
        let codes = Codes::read(text, shown);
        let any = shown || codes.runtime_dap() || codes.keyed_cns;
        let known_code = || signs.code().filter(|_| !codes.all.is_empty());
        let unexplained = signs.frame().or_else(known_code).filter(|_| !codes.only_ignored());
        ProductEvidence { unexplained, codes, any }
    }

    /// True if a text with these words may hold anything that makes it worth listing.
    pub fn may_be_in(signs: &Keywords) -> bool {
        signs.frame().is_some() || signs.code().is_some()
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
    fn unexplained_needs_what_the_prefilter_finds() {
        let unexplained = |text: &str| read(text).unexplained;
        assert_eq!(unexplained("AADSTS99999: new"), Some("AADSTS"));
        assert_eq!(unexplained("x GSuiteException y"), Some("GSuiteException"));
        assert_eq!(unexplained("Integration Service is slow"), None);
        assert_eq!(unexplained("at ConnectorActivity \"A\" DAP-RT-1052"), None);
        assert_eq!(unexplained("DAP-GE- without number"), None);
    }
}
