//! faultline: which Integration Service connections fail, in which folders, why, and what to do.

pub mod format;
pub mod model;
