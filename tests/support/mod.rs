//! Shared by the integration tests: a directory per test, the built program, and rows in every
//! form.
//!
//! Nothing here knows what a test expects, except that the coverage of every run is checked.

mod containers;
mod coverage_check;
mod env;
pub mod json_schema;
mod library;
mod rows;

pub use containers::{gzip, zip};
pub use env::{Env, Outcome, incidents, item, normalised};
pub use library::{Pieces, digest_of, report_of, scanner, shared_rule_set};
pub use rows::{
    Row, connection, envelope, execution_log, guid, job_row, jobs_csv, logs_csv, missing,
    odata_page, provider_refused, view_denied,
};
