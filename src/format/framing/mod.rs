//! Finds where records begin and end in blocks. Reads no fields.

pub(crate) mod bitmask;
pub(crate) mod csv;
pub(crate) mod csv_stride;
pub(crate) mod frame;
pub(crate) mod frames;
pub(crate) mod json;
pub(crate) mod json_stride;
pub(crate) mod lines;
#[cfg(test)]
pub(crate) mod pieces;
