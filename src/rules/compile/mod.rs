//! One signature, compiled within limits.

pub(crate) mod matcher;
pub(crate) mod pattern_cache;
pub(crate) mod regex_limits;
