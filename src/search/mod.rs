//! Literals and regexes in text. Searches raw blocks for the literals that may make a record
//! interesting, and normalised texts for numbered literals. Knows no signature and no record.

pub(crate) mod block_search;
pub(crate) mod escaped_variants;
pub(crate) mod kernel;
pub(crate) mod literals;
pub(crate) mod prefilter;
pub(crate) mod regexes;

pub use block_search::BlockSearch;
pub(crate) use literals::{LiteralNumbers, LiteralSearcher, LiteralSet};
pub use prefilter::Prefilter;
pub(crate) use regexes::{
    COMPILED_LIMIT, GUID, StaticRegex, all_captures, compile_user_pattern, compile_variant,
    is_short, static_regex, static_regex_set,
};
