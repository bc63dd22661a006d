//! What the user sees while a command runs and when it ends.

pub(crate) mod diagnostics;
pub(crate) mod output;
pub(crate) mod progress;
pub(crate) mod signals;
pub(crate) mod source_lines;
