//! One signature, compiled within limits. Decides nothing about records.

pub(crate) mod matcher;
pub(crate) mod pattern_cache;
pub(crate) mod regex_limits;
