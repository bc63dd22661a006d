//! Sinks for commands that ask about single sources and records: what the files of a path are, the
//! lines around a location in a report, every record of one job. Nothing is matched or stored; what
//! a scan makes of the same files is the business of `scan`.

pub(crate) mod excerpt;
pub(crate) mod heads;
pub(crate) mod job;
pub(crate) mod locate;
pub(crate) mod source_summary;
pub(crate) mod visit;

pub(crate) use excerpt::{ExcerptLine, excerpt};
pub(crate) use heads::{SourceHead, Times, look};
pub use job::{JobRecord, job_records};
pub(crate) use locate::locate;
pub use visit::{VisitedRecord, visit};
