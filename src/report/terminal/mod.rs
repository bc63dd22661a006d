//! The report as plain text for a terminal.

pub(crate) mod incident;
pub(crate) mod summary;
pub(crate) mod wrap;
