//! Values a user can type, parsed and lifted into plain settings.

pub(crate) mod common;
pub(crate) mod config;
pub(crate) mod language;
pub(crate) mod parsers;
pub(crate) mod pseudonym_key;
pub(crate) mod report_source;
pub(crate) mod run_ref;
pub(crate) mod saved_report;
pub(crate) mod scan_options;
pub(crate) mod settings;
pub(crate) mod signature_files;
pub(crate) mod size;
pub(crate) mod system_memory;
pub(crate) mod time;
