//! faultline: which Integration Service connections fail, in which folders, why, and what to do.

pub mod decode;
pub mod discover;
pub mod model;
pub mod signature;
