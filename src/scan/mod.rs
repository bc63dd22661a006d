//! One source becomes one digest. [`SourceScanner`] opens it, the record loop of `read` parses it, and
//! the sink `digest_builder` judges its rows and adds hits and facts. Sources are scanned in parallel.
//! Nothing is joined across sources: `correlate` does that on the merged digest.

pub(crate) mod budget;
pub(crate) mod coverage;
pub(crate) mod digest_builder;
pub(crate) mod hits;
pub(crate) mod ranges;
pub(crate) mod scanner;
pub(crate) mod settings;
pub(crate) mod source;
pub(crate) mod workers;

pub(crate) use budget::estimated_bytes;
pub use scanner::{SourceScanner, prefilter_literals};
pub use settings::{RANGE, ScanSettings, WHOLE};
pub(crate) use workers::scan_all;
