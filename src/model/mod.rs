//! The plain values that all stages share: no I/O, no clock, no import from the rest of the crate.
//!
//! Every value that crosses a thread or reaches a file is defined here. `digest` defines the merge
//! on which the pipeline rests; it is commutative, associative and idempotent.

pub(crate) mod coverage;
pub(crate) mod diagnostic;
pub(crate) mod diagnostic_code;
pub(crate) mod digest;
pub(crate) mod fact;
pub(crate) mod guid;
pub(crate) mod hit;
pub(crate) mod hit_locations;
pub(crate) mod incident;
pub(crate) mod incident_history;
pub(crate) mod knowledge;
pub(crate) mod record;
pub(crate) mod rename_source;
pub(crate) mod report;
pub(crate) mod signature;
pub(crate) mod source;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod vocabulary;

pub(crate) use coverage::{CoverageItem, ItemColumns, SourceItem, SourceStatus};
pub(crate) use diagnostic::{Diagnostic, DiagnosticSeverity, Diagnostics};
pub(crate) use diagnostic_code::DiagnosticCode;
pub use digest::{DIGEST_VERSION, Digest};
pub(crate) use fact::{
    Binding, ConnectionFact, Fact, FolderFact, JobFact, JobSpan, TenantFact, TraceFact,
};
pub use guid::Guid;
pub use hit::MatchDetails;
pub use hit::UNMATCHED;
pub(crate) use hit::{Cause, Hit, HitKey, Witness};
pub(crate) use hit_locations::{HitLocation, HitLocations};
pub use incident::Incident;
pub(crate) use incident::{
    Candidate, ConnectionFolder, ConnectionRef, Counts, JobFolder, NamedJobs, Occurrence,
    Remediation, Sample, SignatureRef, Why, WhyData,
};
pub(crate) use incident_history::{
    IncidentHistory, KnownIncident, Mute, PreviousRuns, PrunedCounts,
};
pub(crate) use record::{FolderRef, Location};
pub use record::{LogLevel, Record, RecordKind};
pub use report::SCHEMA_VERSION;
pub(crate) use report::{
    Bilingual, ConnectionRow, Coverage, DiagnosticRow, Mention, Neighbour, Summary, Unmatched,
    UnmatchedRest,
};
pub use report::{Lang, Report, Run, SignatureSet, Window};
pub(crate) use signature::{Alternative, Counterexample, Example, Guard};
pub use signature::{CauseRule, Context, Signature, SignatureFile};
pub(crate) use source::MEMBER;
pub use source::{SourceKey, SourceUse};
pub use text::normalise;
pub(crate) use text::{count, cut, cut_between_words, format_number, nearest};
pub use time::Instant;
pub(crate) use time::{RecordTime, TimeQuality};
pub(crate) use vocabulary::{
    Attribution, Confidence, ConnectionFolderSource, FolderSource, GroupKey, IncidentState,
    Severity, Surface,
};
pub use vocabulary::{Category, Owner};
