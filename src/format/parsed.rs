//! The result of reading a frame: a record, facts, and the kind of the row. Plain values; `read` passes
//! them to a sink.

use crate::model::{Fact, Record};

/// The content of a frame.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Parsed {
    /// `None` if rows of this kind cannot report a failure.
    pub record: Option<Record>,
    pub facts: Vec<Fact>,
    /// Link to the next page, from a wrapper; empty on the last page.
    pub continuation: Option<String>,
    /// Counted in coverage.
    pub row_kind: RowKind,
}

/// The kind of a row. Decides the kind of the source in coverage and which directories hold logs and
/// jobs. The kinds up to `Irrelevant` do not decide the kind of the source.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum RowKind {
    /// A row of an unknown layout.
    #[default]
    Other,
    /// A row of a known export without relevant content: a list of machines, an empty page.
    Irrelevant,
    Log,
    Job,
    /// Of a trace.
    Span,
    Folder,
    Connection,
    /// A failure envelope of the client.
    Reply,
    /// An error response of a service.
    ErrorBody,
}

/// The reason why a row cannot be parsed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reject(pub String);

pub type RowKindsSeen = std::collections::BTreeSet<RowKind>;

/// True when the source contains error responses of services and nothing else.
pub fn is_error_body(kinds: &RowKindsSeen) -> bool {
    !kinds.is_empty() && kinds.iter().all(|kind| *kind == RowKind::ErrorBody)
}
