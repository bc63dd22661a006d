//! One module per command, with its arguments and `run`. Commands call the pipeline and print; they do
//! not read logs themselves.

pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod lifecycle;
pub(crate) mod names;
pub(crate) mod report;
pub(crate) mod scan;
pub(crate) mod schedule;
pub(crate) mod schedule_install;
pub(crate) mod schema;
pub(crate) mod show;
pub(crate) mod signatures;
pub(crate) mod state;
