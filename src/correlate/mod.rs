//! From a merged digest to incidents, once: rows that are copies become records, records join
//! their jobs, witnesses become occurrences, occurrences become incidents, and everything gets
//! the names that the input can prove.
//!
//! The order of the steps is the order of the modules: `records`, `jobs`, `failures`,
//! `attribution`, `occurrences`, `platform`, `incidents`, with `names`, `scope`, `weight` and `remedy`
//! beside them.
//! Where there is a past, `life` compares with it, by `carriers`. `translate` says a finished report again in another
//! language. Nothing here reads files or prints.

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
pub(crate) use explain::translate::{language, translate};
pub(crate) use folder_hint::FolderHint;
pub(crate) use lifecycle::input::{LifecycleInput, LifecycleOutcome};
pub(crate) use lifecycle::states::assign_states;
pub(crate) use naming::resolve::resolve;
