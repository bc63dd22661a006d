//! What a scan depends on besides its rules.

use crate::model::Instant;
use crate::read::ReadSettings;
use crate::redact::Redaction;

/// Bytes of a range: a few milliseconds of work, so that threads end together, and far more than
/// what it costs to start one.
pub const RANGE: u64 = 8 << 20;

/// As a range: files are read from end to end.
pub const WHOLE: u64 = u64::MAX;

/// How sources are scanned.
#[derive(Clone, Debug)]
pub struct ScanSettings {
    pub read: ReadSettings,
    /// Hits before this instant do not count.
    pub since: Option<Instant>,
    /// Hits at or after this instant do not count.
    pub until: Option<Instant>,
    pub redaction: Redaction,
    /// A last record that its writer had not finished waits for the next run, and is no damage.
    pub waits: bool,
    /// Memory budget in bytes for digests, until the reports are written.
    pub memory: u64,
    /// Bytes of a large plain file that one thread reads at a time. Results do not depend on it.
    pub range: u64,
}
