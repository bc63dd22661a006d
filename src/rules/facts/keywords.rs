//! One pass over the normalised text of a record for every keyword that the other facts need before
//! they run a regex: evidence of Integration Service, openings of sentences, and the keywords
//! without which a pattern cannot match. Reports which keywords occur, never what they mean.

use std::sync::LazyLock;

use crate::model::knowledge::KNOWLEDGE;
use crate::search::LiteralSearcher;

/// A group of patterns that can match only if the text holds one of the group's keywords.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum KeywordGroup {
    /// The id of a connection.
    Connection,
    /// The id of a request or trace.
    Request,
    /// A status after a keyword.
    Status,
    /// The activity at which a job faulted.
    FaultedAt,
    /// The host after a sentence of the .NET Framework.
    Host,
}

#[derive(Clone, Copy, Debug)]
enum KeywordKind {
    Frame(usize),
    ContextOnly,
    Code(usize),
    Opening,
    Connections,
    Grouped(KeywordGroup),
}

static SEARCH: LazyLock<(LiteralSearcher, Vec<(KeywordKind, &'static str)>)> =
    LazyLock::new(|| {
        let (product, activities) = (&KNOWLEDGE.product, &KNOWLEDGE.activities);
        let fields = &KNOWLEDGE.fields;
        let mut kinds = Vec::new();
        let mut add = |kind: fn(usize) -> KeywordKind, keywords: &'static [String]| {
            let numbered = keywords.iter().enumerate();
            kinds.extend(numbered.map(|(index, keyword)| (kind(index), keyword.as_str())));
        };
        add(KeywordKind::Frame, &product.frames);
        add(|_| KeywordKind::ContextOnly, &product.context_only);
        add(|_| KeywordKind::Opening, &activities.openings);
        add(|_| KeywordKind::Grouped(KeywordGroup::Connection), &fields.connection.keywords);
        add(|_| KeywordKind::Grouped(KeywordGroup::Request), &fields.request_id.keywords);
        add(|_| KeywordKind::Grouped(KeywordGroup::Status), &fields.status.keywords);
        add(|_| KeywordKind::Grouped(KeywordGroup::Host), &fields.host.keywords);
        let codes = KNOWLEDGE.codes.searched().enumerate();
        kinds.extend(codes.map(|(index, keyword)| (KeywordKind::Code(index), keyword)));
        kinds.push((KeywordKind::Connections, &product.connections_activity.keyword));
        let faulted_at = KeywordKind::Grouped(KeywordGroup::FaultedAt);
        kinds.push((faulted_at, &activities.faulted_at.keyword));
        let lower =
            kinds.iter().enumerate().map(|(n, (_, keyword))| (n, keyword.to_ascii_lowercase()));
        (LiteralSearcher::new(lower), kinds)
    });

/// The keywords in one text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Keywords {
    /// Index of the first frame of the product that occurs.
    frame: Option<usize>,
    /// Index of the first code prefix that occurs before a digit. Prose and truncated texts often
    /// have a prefix without one.
    code: Option<usize>,
    pub context_only: bool,
    pub connections: bool,
    /// Offset of the first sentence of an activity package.
    pub opening: Option<usize>,
    /// One bit for each [`KeywordGroup`].
    groups: u32,
}

impl Keywords {
    /// Reads a normalised text.
    pub fn read(text: &str) -> Keywords {
        let (literals, kinds) = &*SEARCH;
        let bytes = text.as_bytes();
        let mut keywords = Keywords::default();
        literals.each(text, |number, start| {
            let (kind, keyword) = kinds[number];
            let is_exact = bytes[start..].starts_with(keyword.as_bytes());
            match kind {
                KeywordKind::Grouped(group) => keywords.groups |= 1 << group as u32,
                _ if !is_exact => {}
                KeywordKind::Frame(index) => keywords.frame = min_some(keywords.frame, index),
                KeywordKind::ContextOnly => keywords.context_only = true,
                KeywordKind::Code(index) => {
                    if bytes.get(start + keyword.len()).is_some_and(u8::is_ascii_digit) {
                        keywords.code = min_some(keywords.code, index);
                    }
                }
                KeywordKind::Opening => keywords.opening = min_some(keywords.opening, start),
                KeywordKind::Connections => keywords.connections = true,
            }
        });
        keywords
    }

    pub fn frame(&self) -> Option<&'static str> {
        self.frame.map(|index| KNOWLEDGE.product.frames[index].as_str())
    }

    pub fn code(&self) -> Option<&'static str> {
        self.code.and_then(|index| KNOWLEDGE.codes.searched().nth(index))
    }

    /// False if no pattern of the group can match.
    pub fn has_any(&self, group: KeywordGroup) -> bool {
        self.groups >> group as u32 & 1 == 1
    }
}

fn min_some(current: Option<usize>, other: usize) -> Option<usize> {
    Some(current.map_or(other, |current| current.min(other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_distinguishes_keywords_where_it_matters() {
        let keywords =
            Keywords::read("uipath.integrationservice. AADSTS x GSuiteException DAP-RT-1101");
        assert_eq!(keywords.frame(), Some("GSuiteException"));
        assert_eq!(keywords.code(), Some("DAP-RT-"));
        assert!(!keywords.context_only && !keywords.connections && keywords.opening.is_none());
        let keywords = Keywords::read("List: Connection [x] STATUS 4 at ReadConnections");
        assert_eq!(keywords.opening, Some("List: ".len()));
        assert!(keywords.connections && keywords.has_any(KeywordGroup::Status));
        assert!(
            keywords.has_any(KeywordGroup::Connection) && !keywords.has_any(KeywordGroup::Request)
        );
        assert_eq!(Keywords::read(""), Keywords::default());
    }
}
