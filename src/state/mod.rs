//! The state of a series of runs: one SQLite file with the digest of every source, the incidents,
//! and what each run reported. Comes between `scan` and `correlate`; stores values and does not
//! interpret them. No other module uses SQLite.
//!
//! A file whose content is not what was written is refused and never repaired or emptied. See
//! docs/adr/0020-state.md.

pub(crate) mod checksum;
pub(crate) mod compact_time;
pub(crate) mod database;
pub(crate) mod encoded_digest;
pub(crate) mod error;
pub(crate) mod export;
pub(crate) mod file_stamp;
pub(crate) mod history;
pub(crate) mod incidents;
pub(crate) mod lock;
pub(crate) mod mutes;
pub(crate) mod reports;
pub(crate) mod runs;
pub(crate) mod snapshot;
pub(crate) mod sources;
pub(crate) mod store;
pub(crate) mod table;

pub(crate) use encoded_digest::EncodedDigest;
pub(crate) use error::StateError;
pub(crate) use file_stamp::FileStamp;
pub(crate) use history::History;
pub(crate) use mutes::{Mutes, MutesError};
pub(crate) use reports::{ArchivedReport, DeltaBase};
pub(crate) use runs::{RunAbout, RunRecord, RunRow};
pub(crate) use snapshot::StateSnapshot;
pub(crate) use sources::{Changes, Source, path_of};
pub(crate) use store::files;
pub use store::{StateStore, sqlite_version};
