//! Values that users type, parsed and converted to plain settings.

pub(crate) mod config;
pub(crate) mod language;
pub(crate) mod parsers;
pub(crate) mod pseudonym_key;
pub(crate) mod report_source;
pub(crate) mod run_ref;
pub(crate) mod saved_report;
pub(crate) mod scan_options;
pub(crate) mod settings;
pub(crate) mod shared_options;
pub(crate) mod signature_files;
pub(crate) mod size;
pub(crate) mod system_memory;
pub(crate) mod time;
