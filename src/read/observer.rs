//! How a run is watched from outside. Workers report; nothing here draws or prints.

use std::fs::{File, Metadata};

use crate::model::Digest;
use crate::read::task::Task;

/// Watches a scan. Called from worker threads.
pub trait Observer: Sync {
    /// So many bytes were taken from files.
    fn bytes(&self, _count: u64) {}

    /// A file is open and will be read; what the system says of it is at hand, and its first bytes.
    /// Whoever looks at it leaves it where it is.
    fn opened(&self, _task: &Task, _file: &File, _about: &Metadata, _head: &[u8]) {}

    /// A source is done.
    fn source_done(&self) {}

    /// What a source amounts to, before it is merged with others. Not called for one that was
    /// given up because the run should stop.
    fn source_scanned(&self, _task: &Task, _digest: &Digest) {}

    /// True when the run should stop soon: no further source is begun, and those at hand are given
    /// up.
    fn is_stopping(&self) -> bool {
        false
    }
}

pub struct NoObserver;

impl Observer for NoObserver {}
