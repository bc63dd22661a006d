//! The memory of a series of runs: one SQLite file with the digest of every source, the incidents
//! and what each run told of them. Comes between `scan` and `correlate`; knows how things are kept
//! and never what they mean. SQLite stands nowhere else.
//!
//! Nothing is ever repaired or emptied in silence: a file that does not hold what was written into
//! it is refused, unchanged. See docs/adr/0020-state.md.

pub(crate) mod checksum;
pub(crate) mod compact_time;
pub(crate) mod database;
pub(crate) mod encoded_digest;
pub(crate) mod error;
pub(crate) mod export;
pub(crate) mod file_stamp;
pub(crate) mod lock;
pub(crate) mod mutes;
pub(crate) mod reports;
pub(crate) mod runs;
pub(crate) mod snapshot;
pub(crate) mod sources;
pub(crate) mod store;

pub(crate) use encoded_digest::EncodedDigest;
pub(crate) use error::StateError;
pub(crate) use file_stamp::FileStamp;
pub(crate) use mutes::{Mutes, MutesError};
pub(crate) use reports::{ArchivedReport, DeltaBase};
pub(crate) use runs::{History, RunAbout, RunRecord, RunRow};
pub(crate) use snapshot::StateSnapshot;
pub(crate) use sources::{Changes, Source, path_of};
pub(crate) use store::files;
pub use store::{StateStore, sqlite_version};
