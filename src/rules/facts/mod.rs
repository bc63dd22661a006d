//! What one text shows without any signature: codes, status, hosts, ids, activity and causes. Knows
//! no signature and decides nothing about the record.

pub(crate) mod causes;
pub(crate) mod codes;
pub(crate) mod evidence;
pub(crate) mod extract;
pub(crate) mod field_patterns;
pub(crate) mod headline;
pub(crate) mod keywords;
pub(crate) mod stack;
pub(crate) mod status;
pub(crate) mod truncated;
pub(crate) mod views;
