//! One finished report in several formats. Every renderer is a pure function from a
//! [`Report`](crate::model::Report) to bytes: it reads no clock and no file, and counts nothing beyond
//! what it prints. Only `staged_files` writes files, without interpreting them. The stage before is
//! `correlate`.

pub(crate) mod csv;
pub(crate) mod escape;
pub(crate) mod format;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod prometheus;
pub(crate) mod render;
#[cfg(test)]
pub(crate) mod sample;
pub(crate) mod saved;
pub(crate) mod staged_files;
pub(crate) mod style;
pub(crate) mod terminal;
pub(crate) mod text;

pub(crate) use escape::{escape_block, escape_for_terminal};
pub use format::ReportFormat;
pub(crate) use json::schema;
pub(crate) use render::{RenderedFile, render, renderers, slow_formats};
pub(crate) use saved::{
    SavedError, decode_report, encode_report, occurrences_of_csv, occurrences_of_ndjson, read,
};
pub(crate) use staged_files::{PublishError, StagedFiles, check_writable, is_own_file, stage};
pub(crate) use style::RenderError;
pub use style::Style;
pub(crate) use terminal::incident::{columns, detail, occurrences_of_incident};
pub use terminal::summary::{TerminalOptions, summary};
pub(crate) use text::diagnostics::localized_message;
pub(crate) use text::labels::{connection_of, folders_of};
pub(crate) use text::terms::Term;
