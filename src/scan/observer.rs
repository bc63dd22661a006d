//! How a run is watched from outside. Workers report; nothing here draws or prints.

/// Watches a scan. Called from worker threads.
pub trait Observer: Sync {
    /// So many bytes were taken from files.
    fn bytes(&self, _count: u64) {}

    /// A source is done.
    fn source_done(&self) {}

    /// True when the run should stop soon: no further source is begun.
    fn stopping(&self) -> bool {
        false
    }
}

/// Watches nothing.
pub struct Silent;

impl Observer for Silent {}
