//! The settings file: keys, values and template.

pub(crate) mod file;
pub(crate) mod keys;
pub(crate) mod template;
