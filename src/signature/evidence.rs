//! Whether a record shows Integration Service at all. Socket sentences, HTTP codes and token
//! sentences are written by everything that talks to a network; they count only beside one of
//! these.

use std::sync::LazyLock;

use regex::Regex;

use super::codes::Codes;
use super::pattern::fixed;

/// Classes and frames of the connector runtime. Rare in healthy logs, so they are searched in raw
/// blocks too: an Error record that shows one is looked at even if no signature takes it.
pub(super) const FRAMES: &[&str] = &[
    "UiPath.IntegrationService.",
    "UiPath.ConnectionClient.",
    "UiPath.IntegrationCore.",
    "at ConnectorActivity",
    "at ConnectorHttpActivity",
    "at ConnectorTriggerActivity",
    "Office365Exception",
    "GSuiteException",
];

/// How codes of the products begin; a digit follows. Searched in raw blocks like [`FRAMES`].
pub(super) const CODE_PREFIXES: &[&str] =
    &["DAP-GE-", "DAP-RT-", "AADSTS", "ErrorCode: \"CNS", "Error code: CNS", "\"code\":\"CNS"];

/// Further evidence, too common or too rarely alone to be searched in raw blocks.
const QUIET: &[&str] = &[
    "UiPath.BAF.",
    ".IntegrationService.Activities",
    "at ConnectorPersistenceActivity \"",
    "/elements_/",
    "/connections_/",
    "ConnectionServiceActivity",
    "Integration Service",
];

/// `at DownloadFileConnections "Download File"`: an activity of the Microsoft or Google packages
/// that uses a connection.
static CONNECTIONS_ACTIVITY: LazyLock<Regex> =
    LazyLock::new(|| fixed("(?-u:\\b)at [\\w.]+Connections(?:`\\d+)? \""));

/// What a normalised text shows of Integration Service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Evidence {
    /// The first of [`FRAMES`] in the text.
    pub frame: Option<&'static str>,
    /// The codes that count.
    pub codes: Codes,
    /// Anything at all.
    pub any: bool,
}

impl Evidence {
    /// Reads a normalised text.
    pub fn read(text: &str) -> Evidence {
        let frame = FRAMES.iter().copied().find(|frame| text.contains(frame));
        let shown = frame.is_some()
            || QUIET.iter().any(|literal| text.contains(literal))
            || CONNECTIONS_ACTIVITY.is_match(text);
        let codes = Codes::read(text, shown);
        let any = shown || codes.runtime_dap() || codes.keyed_cns;
        Evidence { frame, codes, any }
    }

    /// True if a text may hold anything that [`Evidence::unexplained`] looks for.
    pub fn may_be_in(text: &str) -> bool {
        FRAMES.iter().any(|frame| text.contains(frame))
            || CODE_PREFIXES.iter().any(|prefix| begins_code(text, prefix))
    }

    /// What makes an Error record worth listing although no signature takes it. Everything that
    /// answers here is also searched in raw blocks, so that whether a record is listed never
    /// depends on what else made it a candidate.
    pub fn unexplained(&self, text: &str) -> Option<&'static str> {
        if self.codes.only_ignored() {
            return None;
        }
        let code = || {
            let known = !self.codes.all.is_empty();
            CODE_PREFIXES.iter().copied().find(|prefix| known && begins_code(text, prefix))
        };
        self.frame.or_else(code)
    }
}

/// True if the beginning of a code stands in front of a digit. Prose and cut texts are full of
/// bare beginnings.
fn begins_code(text: &str, prefix: &str) -> bool {
    let digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    text.match_indices(prefix).any(|(at, _)| digit(at + prefix.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_codes_and_activities_are_evidence() {
        for text in [
            "x at ConnectorActivity \"A\"",
            "at ReadRangeConnections`1 \"Read Range\"",
            "GET https://cloud.example.com/a/b/elements_/v3",
            "Error code: DAP-RT-1101.",
            "[ErrorCode: \"CNS1045\"]",
        ] {
            assert!(Evidence::read(text).any, "{text}");
        }
        for text in
            ["No such host is known", "AADSTS50020: x", "CNS1045 cable", "Connection Timeout=30"]
        {
            assert!(!Evidence::read(text).any, "{text}");
        }
    }

    #[test]
    fn unexplained_needs_what_the_prefilter_finds() {
        let unexplained = |text: &str| Evidence::read(text).unexplained(text);
        assert_eq!(unexplained("AADSTS99999: new"), Some("AADSTS"));
        assert_eq!(unexplained("x GSuiteException y"), Some("GSuiteException"));
        assert_eq!(unexplained("Integration Service is slow"), None);
        assert_eq!(unexplained("at ConnectorActivity \"A\" DAP-RT-1052"), None);
        assert_eq!(unexplained("DAP-GE- without number"), None);
    }
}
