//! The state of each incident against earlier runs: new, ongoing, quiet, resolved, regressed.

pub(crate) mod input;
pub(crate) mod log_series;
pub(crate) mod states;
