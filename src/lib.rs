//! faultline reads exported UiPath logs and reports which Integration Service connections failed, in
//! which folders, for which jobs, and why.
//!
//! # The way of a byte
//!
//! [`discover`] finds the sources, [`open`] turns each into bytes (archive members are sources too),
//! [`decode`] into UTF-8, [`mod@format`] into records. [`read`] is the only loop over these: it asks
//! [`search`] where a raw block is of interest and hands located rows to a sink. [`scan`] is the sink
//! that builds one [`model::Digest`] of each source: [`rules`] judge its records and [`redact`] removes
//! secrets. Digests merge in any order. Once, at the end, [`correlate`] joins, names and groups, and
//! [`report`] renders one finished value in several formats. [`state`] stores digests and reported
//! incidents between runs. [`pipeline`] is the use case from end to end: read it first.
//!
//! # Who may import whom
//!
//! | room | may import |
//! |---|---|
//! | `model`, `schedule`, `threads` | nothing of the crate |
//! | `search` | `model`, `threads` |
//! | `discover`, `open`, `decode`, `format`, `compare`, `state` | `model`, `threads`, not each other |
//! | `correlate`, `report` | `model`, `threads` |
//! | `redact` | `model`, `search` |
//! | `rules` | `model`, `threads`, `search`, `redact` |
//! | `authoring` | `model`, `search`, `redact`, `rules` |
//! | `read` | `model`, `threads`, `open`, `decode`, `format`, `search` |
//! | `scan` | `model`, `threads`, `open`, `decode`, `format`, `search`, `redact`, `rules`, `read` |
//! | `inspect` | `model`, `discover`, `open`, `decode`, `format`, `search`, `read` |
//! | `pipeline` | all of the above but `authoring`, `inspect`, `compare`, `schedule` |
//! | `cli` | `pipeline`, `authoring`, `inspect`, `compare`, `report`, `rules`, `redact`, `search`, `state`, `schedule`, `model` |
//!
//! Inside a room files and folders are layered too: no two import each other, directly or in a circle.
//! `tests/layering` reads the imports of every file and fails on any other edge.

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
