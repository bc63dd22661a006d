//! One source becomes one digest: raw blocks are searched for anchors first, and only frames that
//! hold one, or that name something, are read. Sources run side by side.
//!
//! The stages before are `open`, `decode`, `format` and `signature`, which know nothing of each
//! other; here they meet. Nothing is joined across sources: that is `correlate`'s.

pub(crate) mod budget;
pub(crate) mod coverage;
pub(crate) mod digest_builder;
pub(crate) mod hits;
pub(crate) mod observer;
pub(crate) mod ranges;
pub(crate) mod record_reader;
pub(crate) mod settings;
pub(crate) mod source;
pub(crate) mod visit;
pub(crate) mod workers;

pub(crate) use budget::estimated_bytes;
pub use observer::NoObserver;
pub use observer::Observer;
pub use settings::{BLOCK, RANGE, ScanSettings, WHOLE};
pub use source::{SourceScanner, prefilter_literals};
pub use workers::Task;
pub(crate) use workers::scan_all;
