//! The vector search for several hundred literals. `searcher` has the loop, `word_selection` chooses
//! which word of each literal is looked up, and `byte_profile` says how frequent bytes are.

pub(crate) mod byte_profile;
pub(crate) mod searcher;
pub(crate) mod word;
pub(crate) mod word_selection;
pub(crate) mod word_table;
