//! Reads the fields of one record. Knows nothing of blocks or framing.

pub(crate) mod columns;
pub(crate) mod csv_cells;
pub(crate) mod error_reply;
pub(crate) mod fact_keys;
pub(crate) mod inventory;
pub(crate) mod job_row;
pub(crate) mod json_row;
pub(crate) mod log_row;
pub(crate) mod members;
pub(crate) mod read_context;
pub(crate) mod timestamp;
