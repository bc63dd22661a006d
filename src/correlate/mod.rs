//! Turns a merged digest into the incidents of a report, once per run.
//!
//! Rows that are copies become one record, records join their jobs, witnesses become occurrences,
//! and occurrences become incidents; every id gets the name that the input proves. The order of
//! the steps is in `build`. `joining`, `grouping`, `naming` and `explain` hold the steps,
//! `lifecycle` compares the finished report with previous runs, and `explain::translate` changes
//! the language of a report. Nothing here reads a file or prints; the stage before is the merge of
//! digests, the stage after is `report`.

pub(crate) mod build;
pub(crate) mod coverage;
pub(crate) mod distinct;
pub(crate) mod explain;
pub(crate) mod folder_hint;
pub(crate) mod grouping;
pub(crate) mod joining;
pub(crate) mod lifecycle;
pub(crate) mod naming;
pub(crate) mod occurrence;
pub(crate) mod record;

pub use build::CorrelateInput;
pub use build::correlate;
pub(crate) use explain::translate::translate;
pub(crate) use folder_hint::FolderHint;
pub(crate) use lifecycle::input::{LifecycleInput, LifecycleOutcome};
pub(crate) use lifecycle::states::assign_states;
pub(crate) use naming::resolve::resolve;
