//! How sources are read for inspection.

use jiff::tz::TimeZone;

use crate::open::Limits;

/// How sources are read.
pub struct InspectSettings {
    /// Zone of times that carry none.
    pub zone: TimeZone,
    /// Overrides encoding detection.
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// Limits of containers.
    pub limits: Limits,
}
