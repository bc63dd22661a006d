//! What the reading of a source depends on, whoever consumes its records.

use encoding_rs::Encoding;
use jiff::tz::TimeZone;

use crate::open::Limits;

/// Bytes read at a time: a block fits the second-level cache next to the search tables.
pub const BLOCK: usize = 256 << 10;

/// How sources are read.
#[derive(Clone, Debug)]
pub struct ReadSettings {
    /// Zone of times that carry none.
    pub zone: TimeZone,
    /// Replaces encoding detection.
    pub encoding: Option<&'static Encoding>,
    pub limits: Limits,
    /// Bytes read at a time. Results do not depend on it.
    pub block: usize,
}

impl Default for ReadSettings {
    fn default() -> ReadSettings {
        ReadSettings {
            zone: TimeZone::UTC,
            encoding: None,
            limits: Limits::default(),
            block: BLOCK,
        }
    }
}
