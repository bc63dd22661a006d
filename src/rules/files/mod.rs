//! From signature files to rules, or to an error with its position. Compiles nothing for matching.

pub(crate) mod builtin;
pub(crate) mod error;
pub(crate) mod load;
pub(crate) mod location;
pub(crate) mod parse_error;
pub(crate) mod select;
