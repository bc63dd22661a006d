//! Plain values that every stage speaks in: no input, no output, no clock.
//!
//! Everything that crosses a thread or reaches a file is defined here, so that the laws of the
//! house (merge is commutative, associative and idempotent) can be read in one place: `digest`.
//! This module imports nothing of the crate.

pub mod coverage;
pub mod diagnostic;
pub mod digest;
pub mod fact;
pub mod guid;
pub mod history;
pub mod hit;
pub mod places;
pub mod record;
mod rekey;
pub mod report;
pub mod signature;
pub mod source;
pub mod text;
pub mod time;
pub mod vocabulary;

pub use coverage::{ItemColumns, SourceItem, SourceStatus};
pub use diagnostic::{Diagnostic, DiagnosticSeverity, Diagnostics};
pub use digest::Digest;
pub use fact::{ConnectionFact, Fact, FolderFact, JobFact, TraceFact};
pub use guid::Guid;
pub use hit::{Cause, Hit, HitKey, MatchDetails, UNMATCHED, Witness};
pub use places::{HitLocation, HitLocations};
pub use record::{FolderRef, Location, LogLevel, Record, RecordKind};
pub use source::SourceKey;
pub use time::{Instant, RecordTime, TimeQuality};
pub use vocabulary::{Attribution, Category, Confidence, Owner, Severity, Surface};
