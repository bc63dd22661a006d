//! Reads one source into a sink and returns its format and encoding. Matches nothing and stores
//! nothing.

use std::io;

use crate::decode::{DecodeOutcome, Decoder};
use crate::format::BlockEnd;
use crate::model::{SourceKey, SourceUse};
use crate::read::{
    BufferPool, ReadEnvironment, ReadSettings, ReadStop, RecordReader, RecordSink, RowFilter,
    Unrecognised,
};

/// Describes the part of a source that was read.
pub(crate) struct SourceSummary {
    /// Format id, or the reason why no format was detected.
    pub(crate) kind: Result<String, Unrecognised>,
    pub(crate) decoded: DecodeOutcome,
    /// The error of the reader, if reading ended early.
    pub(crate) error: Option<io::Error>,
}

/// How much of a source is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadPart {
    /// The first block, which is enough to detect the format.
    Head,
    Whole,
}

/// Reads one source; the sink gets the wanted records.
pub(crate) fn read_source(
    key: &SourceKey,
    bytes: &mut dyn io::Read,
    settings: &ReadSettings,
    wanted: RowFilter<'_>,
    extent: ReadPart,
    sink: &mut dyn RecordSink,
) -> SourceSummary {
    let buffers = BufferPool::default();
    let mut decoder = Decoder::new(bytes, settings.encoding);
    let environment = ReadEnvironment { settings, wanted, buffers: &buffers };
    let mut reader = RecordReader::new(environment, key, SourceUse::Records);
    let end = reader.fill_head(&mut decoder);
    if let Err(unrecognised) = reader.detect(key) {
        let error = end.and_then(Result::err);
        return SourceSummary { kind: Err(unrecognised), decoded: decoder.outcome(), error };
    }
    let result = match (end, extent) {
        (Some(end), _) => {
            reader.parse_block(BlockEnd::Nothing, sink);
            end
        }
        (None, ReadPart::Head) => {
            reader.parse_block(BlockEnd::More, sink);
            Ok(())
        }
        (None, ReadPart::Whole) => {
            reader.parse_block(BlockEnd::More, sink);
            match reader.advance(&mut decoder, sink) {
                ReadStop::End(end) => end,
                ReadStop::Pause => Ok(()),
            }
        }
    };
    let format = reader.format.as_deref();
    let kind = match format.filter(|format| !format.is_unknown_json(&reader.row_kinds)) {
        Some(format) => Ok(format.kind(&reader.row_kinds)),
        None => Err(Unrecognised::skipped("JSON of an unknown layout")),
    };
    SourceSummary { kind, decoded: decoder.outcome(), error: result.err() }
}
