//! The texts of a report in English and Japanese. Nothing here escapes a text.

pub(crate) mod diagnostics;
pub(crate) mod incident_fields;
pub(crate) mod labels;
pub(crate) mod terms;
pub(crate) mod ui_strings;
pub(crate) mod verdict;
