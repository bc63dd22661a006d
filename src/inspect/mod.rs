//! Sinks for commands that inspect single sources and records: the heads of the files of a path, the
//! lines around a location in a report, every record of one job. Nothing is matched or stored; `scan`
//! builds the digest of the same files.

pub(crate) mod excerpt;
pub(crate) mod heads;
pub(crate) mod job;
pub(crate) mod locate;
pub(crate) mod source_summary;
pub(crate) mod visit;

pub(crate) use excerpt::{ExcerptLine, excerpt};
pub(crate) use heads::{SourceHead, Times, read_heads};
pub use job::{JobRecord, job_records};
pub(crate) use locate::locate;
pub use visit::{VisitedRecord, visit};
