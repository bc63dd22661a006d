//! What the integration tests share: a place of their own, the built program, rows in every dress.
//!
//! Nothing here knows what a test expects, except the books of coverage: they are checked after
//! every run.

mod books;
mod env;
pub mod json_schema;
mod library;
mod pack;
mod rows;

pub use env::{Env, Outcome, incidents, item, normalised};
pub use library::{Pieces, digest_of, report_of, scanner, shared_pack};
pub use pack::{gzip, zip};
pub use rows::{
    Row, connection, envelope, execution_log, guid, job_row, jobs_csv, logs_csv, missing,
    odata_page, provider_refused, view_denied,
};
