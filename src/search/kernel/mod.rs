//! The vector search for several hundred literals. `searcher` has the loop, `word_selection`
//! chooses the words of each literal that are looked up in the `word_table`, and `byte_profile`
//! counts how frequent words are. Knows no meaning of a literal.

pub(crate) mod byte_profile;
pub(crate) mod searcher;
pub(crate) mod word;
pub(crate) mod word_selection;
pub(crate) mod word_table;
