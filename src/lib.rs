//! faultline: which Integration Service connections fail, in which folders, why, and what to do -
//! told from any heap of exported UiPath Orchestrator and robot job logs.
//!
//! # The way of a byte
//!
//! [`discover`] finds the sources, [`open`] turns each into bytes (archive members are sources
//! too), [`decode`] into UTF-8, [`mod@format`] into records. [`signature`] looks at raw blocks first:
//! only records that hold an anchor are read. [`scan`] makes one [`model::Digest`] of each source;
//! digests merge in any order. Once, at the end, [`correlate`] joins, names and groups, and
//! [`report`] prints one finished value in several faces. Between the two, where a run has a
//! past, [`state`] keeps the digests and what was told. [`pipeline`] is the use case from one
//! end to the other: read it first.
//!
//! # Who may import whom
//!
//! | module | may import |
//! |---|---|
//! | `model`, `schedule` | nothing of the crate |
//! | `discover`, `open`, `decode`, `signature`, `correlate`, `compare`, `report`, `state` | `model`, not each other |
//! | `format` | `model`, `decode` |
//! | `scan` | `model`, `open`, `decode`, `format`, `signature` |
//! | `inspect` | `model`, `discover`, `open`, `decode`, `format` |
//! | `pipeline` | all of the above |
//! | `cli` | `pipeline`, `compare`, `inspect`, `schedule`, `report`, `signature`, `state`, `model` |
//!
//! `threads` and the failpoints stand below everything. A test reads the `use crate::` lines and fails
//! on any other edge.

/// A place where a test may let the program die or fail.
#[cfg(feature = "failpoints")]
macro_rules! fail_point {
    ($name:expr) => {
        crate::failpoint::pass($name)
    };
}

/// Nothing, in whatever is released.
#[cfg(not(feature = "failpoints"))]
macro_rules! fail_point {
    ($name:expr) => {
        Ok::<(), std::io::Error>(())
    };
}

pub mod authoring;
pub mod cli;
pub mod compare;
pub mod correlate;
pub mod decode;
pub mod discover;
#[cfg(feature = "failpoints")]
mod failpoint;
pub mod format;
pub mod inspect;
pub mod model;
pub mod open;
pub mod pipeline;
pub mod read;
pub mod redact;
pub mod report;
pub mod rules;
pub mod scan;
pub mod schedule;
pub mod search;
pub mod state;
mod threads;
