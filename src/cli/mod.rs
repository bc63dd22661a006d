//! The command line. No other room knows arguments, the terminal, the clock or exit codes.

pub(crate) mod args;
pub(crate) mod commands;
pub(crate) mod exit;
pub(crate) mod main;
pub(crate) mod parse;
pub(crate) mod terminal;
pub(crate) mod values;

pub use main::main;
