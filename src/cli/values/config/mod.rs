//! The settings file: its keys, its values, its template.

pub(crate) mod file;
pub(crate) mod keys;
pub(crate) mod template;
