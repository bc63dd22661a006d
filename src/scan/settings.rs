//! What a scan depends on besides its rules.

use jiff::tz::TimeZone;

use crate::model::Instant;
use crate::open::Limits;
use crate::redact::Redaction;

/// How sources are read.
#[derive(Clone, Debug)]
pub struct ScanSettings {
    /// Zone of times that carry none.
    pub zone: TimeZone,
    /// Overrides encoding detection: a WHATWG label.
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// Hits before this instant do not count.
    pub since: Option<Instant>,
    /// Hits at or after this instant do not count.
    pub until: Option<Instant>,
    /// What is taken out of everything that is kept.
    pub redaction: Redaction,
    /// A last record that its writer had not finished waits for the next run, and is no damage.
    pub waits: bool,
    /// Limits of containers.
    pub limits: Limits,
    /// Bytes that what is learned may take, until the reports are written.
    pub memory: u64,
    /// Bytes read at a time. Results do not depend on it.
    pub block: usize,
    /// Bytes of a large plain file that are read by one thread at a time. Results do not depend on
    /// it.
    pub range: u64,
}

/// Bytes read at a time: fits the second-level cache beside the automaton.
pub const BLOCK: usize = 256 << 10;

/// Bytes of a range: a few milliseconds of work, so that threads end together, and far more than
/// what it costs to begin one.
pub const RANGE: u64 = 8 << 20;

/// As a range: files are read from end to end.
pub const WHOLE: u64 = u64::MAX;
