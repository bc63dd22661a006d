//! A run with a state: unchanged sources come from the state, changed ones are read.

pub(crate) mod known_sources;
pub(crate) mod prune;
pub(crate) mod reading_key;
pub(crate) mod recorder;
pub(crate) mod report_builder;
pub(crate) mod retired;
pub(crate) mod run;
