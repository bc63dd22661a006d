//! From bytes to UTF-8 blocks, with the encoding detected. Knows nothing of records.

pub(crate) mod block;
pub(crate) mod decoder;
pub(crate) mod detect;
pub(crate) mod utf8;

pub use block::Block;
pub use decoder::{Decoded, Decoder};
