//! Looks at sources again, for a person with a question: what the files of a path are, the lines
//! around a place that a report names, everything one job said. Reads what it must and keeps
//! nothing; what a scan makes of the same files is `scan`'s.

pub(crate) mod excerpt;
pub(crate) mod heads;
pub(crate) mod job;
pub(crate) mod locate;
pub(crate) mod record_reader;
pub(crate) mod settings;

pub(crate) use excerpt::{ExcerptLine, excerpt};
pub(crate) use heads::{SourceHead, Times, look};
pub(crate) use job::{JobRecord, job_records};
pub(crate) use locate::locate;
pub(crate) use settings::InspectSettings;
