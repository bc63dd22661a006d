//! `faultline signatures`: its arguments and its subcommands.

pub(crate) mod args;
pub(crate) mod list;
pub(crate) mod new;
pub(crate) mod run;
pub(crate) mod show;
pub(crate) mod try_signature;
