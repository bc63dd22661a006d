//! Coverage: one row per source, which says how the source was read. `scan` fills the rows and
//! `correlate` adds them up; nothing here computes a total.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::time::Instant;

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
    /// It is no export and need not be one.
    Skipped,
    /// Nothing could be read.
    Failed,
}

impl SourceStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            SourceStatus::Complete => "complete",
            SourceStatus::Partial => "partial",
            SourceStatus::Unchanged => "unchanged",
            SourceStatus::Skipped => "skipped",
            SourceStatus::Failed => "failed",
        }
    }

    /// True if the source was read to its end, by this run or a previous one.
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
    /// `none`, `gzip`, `zstd` or `zip`.
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
        for time in later.first_time.iter().chain(&later.last_time) {
            self.include_time(*time);
        }
    }

    /// Extends the time range of the source to `time`.
    pub fn include_time(&mut self, time: Instant) {
        self.first_time = Some(self.first_time.map_or(time, |first| first.min(time)));
        self.last_time = Some(self.last_time.map_or(time, |last| last.max(time)));
    }
}

/// Serialises a row as a tuple, without column names, because a state has as many rows as sources.
/// A [`SourceItem`] is deserialised from rows that may be years old: a new column must be the last
/// one and have a default.
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
// Binary formats store it as a tuple without column names. The doc above is part of the published
// schema.
#[derive(Clone, PartialEq, Eq, JsonSchema, Debug)]
pub struct CoverageItem {
    pub source: String,
    #[serde(flatten)]
    pub item: SourceItem,
}

/// A row with column names, for human-readable formats.
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
