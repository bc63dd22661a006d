//! One pass over the normalised text of a record for every word that its readers ask for before
//! they look closer: what shows Integration Service, how sentences begin, and without which words
//! a pattern cannot fit. Says where words stand, never what they mean.

use std::sync::LazyLock;

use crate::rules::knowledge::{CODE_PREFIXES, FRAMES, OPENINGS, QUIET};
use crate::search::LiteralSearcher;

/// What stands behind the class in `at DownloadFileConnections "Download File"`.
const CONNECTIONS: &str = "Connections";

/// A question that a group of patterns can answer only if the text holds one of some words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum KeywordGroup {
    /// The id of a connection.
    Connection,
    /// The id of a request or trace.
    Request,
    /// A status behind a word.
    Status,
    /// The activity at which a job faulted.
    FaultedAt,
    /// The host behind a sentence of the .NET Framework.
    Host,
}

/// The words of each question, in lower case: every pattern that answers it holds one of them.
const ASKED: &[(KeywordGroup, &[&str])] = &[
    (KeywordGroup::Connection, &["connection", "コネクション", "接続", "specified id"]),
    (KeywordGroup::Request, &["requestid", "traceid", "trace id"]),
    (
        KeywordGroup::Status,
        &["status", "error code", "errorcode", "エラーコード", "エラー コード", "indicate success"],
    ),
    (KeywordGroup::FaultedAt, &["job faulted at activity"]),
    (
        KeywordGroup::Host,
        &[
            "resolved",
            "解決できませんでした",
            "aufgelöst werden",
            "être résolu",
            "nombre remoto",
            "ser resolvido",
            "远程名称",
            "확인할 수 없습니다",
        ],
    ),
];

/// What a word is to its readers.
#[derive(Clone, Copy, Debug)]
enum KeywordKind {
    Frame(usize),
    Quiet,
    Code(usize),
    Opening,
    Connections,
    Asked(KeywordGroup),
}

static WORDS: LazyLock<(LiteralSearcher, Vec<(KeywordKind, &'static str)>)> = LazyLock::new(|| {
    let exact = |kind: fn(usize) -> KeywordKind, words: &'static [&'static str]| {
        words.iter().enumerate().map(move |(at, word)| (kind(at), *word))
    };
    let asked =
        ASKED.iter().flat_map(|(ask, words)| words.iter().map(|w| (KeywordKind::Asked(*ask), *w)));
    let kinds: Vec<(KeywordKind, &'static str)> = exact(KeywordKind::Frame, FRAMES)
        .chain(exact(|_| KeywordKind::Quiet, QUIET))
        .chain(exact(KeywordKind::Code, CODE_PREFIXES))
        .chain(exact(|_| KeywordKind::Opening, OPENINGS))
        .chain([(KeywordKind::Connections, CONNECTIONS)])
        .chain(asked)
        .collect();
    let words = kinds.iter().enumerate().map(|(at, (_, word))| (at, word.to_ascii_lowercase()));
    (LiteralSearcher::new(words), kinds)
});

/// The words of one text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Keywords {
    /// The first of [`FRAMES`] that stands in it, by its number.
    frame: Option<usize>,
    /// The first of [`CODE_PREFIXES`] that stands in front of a digit, by its number. Prose and cut
    /// texts are full of bare beginnings.
    code: Option<usize>,
    /// One of [`QUIET`] stands in it.
    pub quiet: bool,
    /// [`CONNECTIONS`] stands in it.
    pub connections: bool,
    /// Where the first sentence of an activity package begins.
    pub opening: Option<usize>,
    asked: u32,
}

impl Keywords {
    /// Reads a normalised text.
    pub fn read(text: &str) -> Keywords {
        let (literals, kinds) = &*WORDS;
        let bytes = text.as_bytes();
        let mut signs = Keywords::default();
        literals.each(text, |number, start| {
            let (kind, word) = kinds[number];
            let exact = bytes[start..].starts_with(word.as_bytes());
            match kind {
                KeywordKind::Asked(ask) => signs.asked |= 1 << ask as u32,
                _ if !exact => {}
                KeywordKind::Frame(at) => signs.frame = first(signs.frame, at),
                KeywordKind::Quiet => signs.quiet = true,
                KeywordKind::Code(at) => {
                    if bytes.get(start + word.len()).is_some_and(u8::is_ascii_digit) {
                        signs.code = first(signs.code, at);
                    }
                }
                KeywordKind::Opening => signs.opening = first(signs.opening, start),
                KeywordKind::Connections => signs.connections = true,
            }
        });
        signs
    }

    /// The first frame of the connector runtime.
    pub fn frame(&self) -> Option<&'static str> {
        self.frame.map(|at| FRAMES[at])
    }

    /// How the first code begins.
    pub fn code(&self) -> Option<&'static str> {
        self.code.map(|at| CODE_PREFIXES[at])
    }

    /// True if the text may hold an answer.
    pub fn has_any(&self, ask: KeywordGroup) -> bool {
        self.asked >> ask as u32 & 1 == 1
    }
}

fn first(known: Option<usize>, other: usize) -> Option<usize> {
    Some(known.map_or(other, |known| known.min(other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart_by_case_where_it_matters() {
        let signs =
            Keywords::read("uipath.integrationservice. AADSTS x GSuiteException DAP-RT-1101");
        assert_eq!(signs.frame(), Some("GSuiteException"));
        assert_eq!(signs.code(), Some("DAP-RT-"));
        assert!(!signs.quiet && !signs.connections && signs.opening.is_none());
        let signs = Keywords::read("List: Connection [x] STATUS 4 at ReadConnections");
        assert_eq!(signs.opening, Some("List: ".len()));
        assert!(signs.connections && signs.has_any(KeywordGroup::Status));
        assert!(signs.has_any(KeywordGroup::Connection) && !signs.has_any(KeywordGroup::Request));
        assert_eq!(Keywords::read(""), Keywords::default());
    }
}
