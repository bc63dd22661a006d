//! The settings of a scan. `pipeline` sets them for each run; the rules are not part of them.

use crate::model::Instant;
use crate::read::ReadSettings;
use crate::redact::Redaction;

/// Bytes of a range: a few milliseconds of work, so that all threads finish at about the same time,
/// and far more than the cost of starting one.
pub const RANGE: u64 = 8 << 20;

/// The value of [`ScanSettings::range`] with which each file is read by one thread.
pub const WHOLE: u64 = u64::MAX;

#[derive(Clone, Debug)]
pub struct ScanSettings {
    pub read: ReadSettings,
    /// Hits before this instant are ignored.
    pub since: Option<Instant>,
    /// Hits at or after this instant are ignored.
    pub until: Option<Instant>,
    pub redaction: Redaction,
    /// An unfinished last record of a growing file is left for the next run and is not reported as
    /// damage.
    pub defers_cut_record: bool,
    /// Memory budget in bytes for digests, until the reports are written.
    pub memory: u64,
    /// Bytes of a large plain file that one thread reads at a time. Results are independent of it.
    pub range: u64,
}
