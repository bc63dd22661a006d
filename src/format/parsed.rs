//! What a frame says, and which kinds of rows a source holds.

use crate::model::{Fact, Record};

/// What a frame says.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Parsed {
    /// The record, if the frame is a row that can tell of a failure.
    pub record: Option<Record>,
    /// What it names.
    pub facts: Vec<Fact>,
    /// Link to the next page, from a wrapper; empty on the last page.
    pub continuation: Option<String>,
    /// What kind of row it is, for the books.
    pub shape: RowKind,
}

/// Kinds of rows, for the books and for the question which directory holds what.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum RowKind {
    /// A row that means nothing to us.
    #[default]
    Other,
    /// A row of a known export that tells us nothing: a list of machines, an empty page.
    Aside,
    /// A log row.
    Log,
    /// A job row.
    Job,
    /// A trace span.
    Span,
    /// A folder.
    Folder,
    /// A connection.
    Connection,
    /// A client's reply that says what failed.
    Reply,
    /// A service's answer that says what failed.
    ErrorBody,
}

/// A row that was looked at and cannot be understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reject(pub String);

/// Kinds of rows that were met in a source.
pub type RowKindsSeen = std::collections::BTreeSet<RowKind>;

/// True when the source holds nothing but a service's error answer.
pub fn is_error_body(met: &RowKindsSeen) -> bool {
    !met.is_empty() && met.iter().all(|shape| *shape == RowKind::ErrorBody)
}
