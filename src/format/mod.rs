//! Turns text into records: where a record ends (framing), what it contains (fields), and which format a
//! source has. Content decides the format, never the name of the file alone.
//!
//! The stage before is `decode` (blocks of UTF-8), the stage after is `read`, which decides which frames
//! are read. Nothing here matches signatures or fills in absent fields.
//!
//! A new format is one file with a type that implements [`LogFormat`], and one line in `detect`.

pub(crate) mod csv_export;
pub(crate) mod detect;
pub(crate) mod execution_log;
pub(crate) mod fields;
pub(crate) mod framing;
pub(crate) mod json_export;
pub(crate) mod limits;
pub(crate) mod log_format;
pub(crate) mod parsed;

pub(crate) use detect::HEAD_BYTES;
pub use detect::{Detected, detect};
pub use fields::fact_keys::FACT_KEYS;
pub use fields::read_context::ReadContext;
pub use fields::timestamp::{TimeRules, read_time};
pub(crate) use framing::frame::Frame;
pub use framing::frame::{BlockEnd, FrameKind};
pub use framing::frames::Frames;
pub use log_format::LogFormat;
pub use parsed::RowKindsSeen;
pub(crate) use parsed::{Parsed, Reject, RowKind, is_error_body};
