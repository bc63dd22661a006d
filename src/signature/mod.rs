//! What a failing connection looks like, and whether a record shows one.
//!
//! Two stages. [`Prefilter`] looks at raw blocks of an export and lists where a record may be of
//! interest; it may be wrong in one direction only, too many. [`RuleSet::judge`] then decides on the
//! parsed record. Between them stand `scan` and `format`; what comes out goes into a digest.
//!
//! The knowledge itself is data: `signatures/*.toml`, read by `load`, checked by [`check`].
//! Nothing here reads a file, a clock or the environment.

mod account;
mod activity;
mod advice;
mod anchors;
mod builtin;
mod check;
mod codes;
mod confirm;
mod cut_off;
mod draft;
mod evidence;
mod explain;
mod extract;
mod foreign;
mod forms;
mod kernel;
mod literals;
mod load;
mod matcher;
mod origin;
mod pack;
mod pattern;
mod reasons;
mod redact;
mod redaction;
mod rivals;
mod schema;
mod select;
mod signs;
mod status;
mod text;
mod trial;
mod unused;
mod vetting;

#[cfg(test)]
mod confirm_tests;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod lookalikes;
#[cfg(test)]
mod samples;

pub use anchors::Prefilter;
pub use check::{Problem, check};
pub use draft::{Draft, draft};
pub use explain::Verdict;
pub use forms::escaped_variants;
pub use load::{FILE_LIMIT, RuleFileError};
pub use pack::{Judgement, RuleSet};
pub use redact::redact;
pub use redaction::{PseudonymKey, Redaction};
pub use rivals::conflicts;
pub use schema::schema;
pub use select::RuleSelection;
pub use text::headline;
pub use trial::{ExampleResult, run_examples};
