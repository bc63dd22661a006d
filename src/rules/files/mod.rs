//! Signature files in, rules or a precise error out.

pub(crate) mod builtin;
pub(crate) mod error;
pub(crate) mod load;
pub(crate) mod location;
pub(crate) mod parse_error;
pub(crate) mod select;
