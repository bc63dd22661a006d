//! Decodes bytes into UTF-8 blocks and detects their encoding. Comes after `open`, before `format`;
//! knows nothing of records.

pub(crate) mod block;
pub(crate) mod decoder;
pub(crate) mod detect;
pub(crate) mod utf8;

pub use block::Block;
pub use decoder::{DecodeOutcome, Decoder, encoding_for_label};
