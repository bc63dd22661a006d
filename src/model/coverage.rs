//! The books: one row per source, whose sums must balance.

use crate::model::time::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
/// How the reading of one source ended.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, Debug,
)]
#[serde(rename_all = "lowercase")]
pub enum SourceStatus {
    /// Read to its end, everything understood.
    Complete,
    /// Something in it was damaged, rejected or limited; what was read counts.
    Partial,
    /// Not read again: the state knows it.
    Unchanged,
    /// Plainly something else.
    Skipped,
    /// Nothing could be read.
    Failed,
}

impl SourceStatus {
    /// The word as printed.
    pub fn as_str(self) -> &'static str {
        match self {
            SourceStatus::Complete => "complete",
            SourceStatus::Partial => "partial",
            SourceStatus::Unchanged => "unchanged",
            SourceStatus::Skipped => "skipped",
            SourceStatus::Failed => "failed",
        }
    }

    /// True for what was read to its end, by this run or an earlier one.
    pub fn is_whole(self) -> bool {
        matches!(self, SourceStatus::Complete | SourceStatus::Unchanged)
    }
}

/// One source as it was read: a row of `coverage`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, Debug)]
pub struct SourceItem {
    /// Format id (`execution-log`, `logs-csv`, `robot-logs-json` …), empty if none was recognised.
    pub kind: String,
    /// WHATWG label of the encoding, empty if nothing was decoded.
    pub encoding: String,
    /// `none`, `gzip`, `zip`.
    pub compression: String,
    /// Bytes taken from the file or archive.
    pub bytes: u64,
    /// Bytes of text after decompression and decoding.
    pub decoded: u64,
    /// Rows of whatever kind, copies included.
    pub records: u64,
    /// Rows that matched a signature.
    pub matched: u64,
    /// Rows that were looked at and could not be understood.
    pub rejected: u64,
    /// Earliest of the first, the last and every parsed row.
    pub first_time: Option<Instant>,
    /// Latest of the same.
    pub last_time: Option<Instant>,
    /// How it ended.
    pub status: SourceStatus,
    /// Why, when it is not `complete`. Empty otherwise.
    pub reason: String,
}

impl SourceItem {
    /// A row for a source of which nothing was read.
    pub fn unread(status: SourceStatus, bytes: u64, reason: impl Into<String>) -> SourceItem {
        SourceItem {
            kind: String::new(),
            encoding: String::new(),
            compression: "none".to_string(),
            bytes,
            decoded: 0,
            records: 0,
            matched: 0,
            rejected: 0,
            first_time: None,
            last_time: None,
            status,
            reason: reason.into(),
        }
    }

    /// Adds the rows of a later part of the same source.
    pub fn append_rows(&mut self, later: &SourceItem) {
        self.records += later.records;
        self.matched += later.matched;
        self.rejected += later.rejected;
        for at in later.first_time.iter().chain(&later.last_time) {
            self.include_time(*at);
        }
    }

    /// Widens the span of times.
    pub fn include_time(&mut self, at: Instant) {
        self.first_time = Some(self.first_time.map_or(at, |first| first.min(at)));
        self.last_time = Some(self.last_time.map_or(at, |last| last.max(at)));
    }
}

/// A row of the books without the names of its columns, in their order: there are as many rows as
/// sources. A [`SourceItem`] is read from it, for years: a new column comes last, and one that an
/// older row lacks has a default.
pub struct ItemColumns<'i>(pub &'i SourceItem);

impl Serialize for ItemColumns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let SourceItem {
            kind,
            encoding,
            compression,
            bytes,
            decoded,
            records,
            matched,
            rejected,
            first_time,
            last_time,
            status,
            reason,
        } = self.0;
        (
            kind,
            encoding,
            compression,
            bytes,
            decoded,
            records,
            matched,
            rejected,
            first_time,
            last_time,
            status,
            reason,
        )
            .serialize(serializer)
    }
}

/// A row of coverage.
// Where nobody reads it, it is kept without the names of its columns. What stands above is told in
// the published schema as well.
#[derive(Clone, PartialEq, Eq, JsonSchema, Debug)]
pub struct CoverageItem {
    /// Source key.
    pub source: String,
    /// The rest.
    #[serde(flatten)]
    pub item: SourceItem,
}

/// A row as people read it.
#[derive(Serialize, Deserialize)]
struct NamedColumns<S, I> {
    source: S,
    #[serde(flatten)]
    item: I,
}

impl Serialize for CoverageItem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let CoverageItem { source, item } = self;
        if serializer.is_human_readable() {
            return NamedColumns { source, item }.serialize(serializer);
        }
        (source, ItemColumns(item)).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CoverageItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<CoverageItem, D::Error> {
        if deserializer.is_human_readable() {
            let NamedColumns { source, item } = NamedColumns::deserialize(deserializer)?;
            return Ok(CoverageItem { source, item });
        }
        let (source, item) = Deserialize::deserialize(deserializer)?;
        Ok(CoverageItem { source, item })
    }
}
