//! The record loop: bytes in, located rows out. `RecordReader` fills a block, searches it, cuts it
//! into frames, parses those that are wanted and hands each to a `RecordSink`. Nothing here matches
//! signatures; what a row means is the sink's decision. The stages before are `open`, `decode`,
//! `format` and `search`; the sinks are `scan` and `inspect`.

pub(crate) mod buffers;
pub(crate) mod observer;
pub(crate) mod record_reader;
pub(crate) mod settings;
pub(crate) mod sink;
pub(crate) mod task;
pub(crate) mod unrecognised;

pub(crate) use buffers::BufferPool;
pub use observer::{NoObserver, Observer};
pub(crate) use record_reader::{ReadEnvironment, ReadStop, RecordReader, RowFilter};
pub use settings::{BLOCK, ReadSettings};
pub(crate) use sink::{ReadItem, RecordSink};
pub use task::Task;
pub(crate) use unrecognised::Unrecognised;
