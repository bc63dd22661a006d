//! A run with a state: digests of unchanged sources are loaded from the state, other sources are
//! read. How a state is stored is decided in `state`.

pub(crate) mod known_sources;
pub(crate) mod prune;
pub(crate) mod reading_key;
pub(crate) mod recorder;
pub(crate) mod report_builder;
pub(crate) mod retired;
pub(crate) mod run;
