//! Output to the terminal and signals from it.

pub(crate) mod diagnostics;
pub(crate) mod output;
pub(crate) mod progress;
pub(crate) mod signals;
pub(crate) mod source_lines;
