//! One planned source.

use std::path::PathBuf;

use crate::model::{SourceKey, SourceUse};

/// One source to read.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its index among the tasks of the run, from 0.
    pub number: usize,
    pub key: SourceKey,
    /// Ignored for standard input.
    pub path: PathBuf,
    /// Bytes when it was found.
    pub size: u64,
    pub purpose: SourceUse,
    /// Read standard input instead.
    pub stdin: bool,
    /// A pipe, read to its end like standard input.
    pub pipe: bool,
}
