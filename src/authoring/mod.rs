//! Tools for authors of signatures: check, draft, run examples, find conflicts. A scan never runs
//! this code.

pub(crate) mod check;
pub(crate) mod conflicts;
pub(crate) mod draft;
pub(crate) mod examples;
pub(crate) mod explain;
#[cfg(test)]
pub(crate) mod laws;
pub(crate) mod schema;
pub(crate) mod unused_branches;

pub use check::check;
pub use conflicts::conflicts;
pub(crate) use draft::draft;
pub(crate) use examples::{ExampleResult, run_examples};
pub use explain::Verdict;
pub(crate) use schema::schema;
