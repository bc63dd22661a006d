//! The state of each incident, compared with previous runs: new, ongoing, quiet, resolved, regressed.

pub(crate) mod input;
pub(crate) mod log_series;
pub(crate) mod states;
