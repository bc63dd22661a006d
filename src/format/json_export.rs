//! The JSON format: documents (OData pages, arrays, client replies, single entities, several values in
//! one file) and JSON lines.

use crate::format::fields::json_row::read_object;
use crate::format::fields::log_row;
use crate::format::fields::read_context::ReadContext;
use crate::format::framing::frame::BlockEnd;
use crate::format::framing::frames::Frames;
use crate::format::framing::json;
use crate::format::framing::json::JsonScanner;
use crate::format::framing::lines::{LineCutter, LineKind};
use crate::format::log_format::LogFormat;
use crate::format::parsed::{Parsed, Reject, RowKind, RowKindsSeen};
use crate::model::{Record, RecordKind};

enum Framing {
    Document(JsonScanner),
    Lines(LineCutter),
}

/// Reads the rows of one JSON source.
pub struct JsonRows {
    framing: Framing,
    /// The kind of the last row that was read; the rows after it are likely to have the same kind.
    shape: Option<RowKind>,
    /// The first key of that row, in its quotes. Most rows of a source have the same first key.
    first_key: String,
}

impl JsonRows {
    /// For one document or several.
    pub fn document() -> JsonRows {
        JsonRows::new(Framing::Document(JsonScanner::new()))
    }

    /// For one object on each line.
    pub fn lines() -> JsonRows {
        JsonRows::new(Framing::Lines(LineCutter::new(classify, false)))
    }

    fn new(framing: Framing) -> JsonRows {
        JsonRows { framing, shape: None, first_key: String::new() }
    }
}

/// The first key of an object, in its quotes.
fn first_key(text: &str) -> Option<&str> {
    let inside = text.trim_start().strip_prefix('{')?.trim_start();
    let end = inside.strip_prefix('"')?.find('"')?;
    inside.get(..end + 2)
}

/// Classifies a line of JSON lines. Shell output between them has neither quotes nor braces.
fn classify(line: &[u8]) -> LineKind {
    if line.starts_with(b"{") {
        LineKind::Start
    } else if line.iter().any(|b| matches!(b, b'"' | b'{' | b'}')) && !line.starts_with(b"[") {
        LineKind::Damaged("a line that is no JSON object")
    } else {
        LineKind::Inside
    }
}

impl LogFormat for JsonRows {
    fn cut(&mut self, block: &[u8], block_end: BlockEnd, frames: &mut Frames) -> usize {
        match &mut self.framing {
            Framing::Document(scanner) => scanner.cut(block, block_end, frames),
            Framing::Lines(cutter) => cutter.cut(block, block_end, frames),
        }
    }

    fn reads_all(&self) -> bool {
        self.shape != Some(RowKind::Log)
    }

    fn read(&mut self, text: &str, context: &ReadContext) -> Result<Parsed, Reject> {
        let parsed = read_object(text, context)?;
        if self.shape != Some(parsed.row_kind) {
            self.shape = Some(parsed.row_kind);
            self.first_key = first_key(text).unwrap_or_default().to_string();
        }
        Ok(parsed)
    }

    fn read_wrapper(&mut self, text: &str, context: &ReadContext) -> Result<Parsed, Reject> {
        read_object(text, context)
    }

    fn read_head(&mut self, text: &str, context: &ReadContext) -> Option<Record> {
        log_row::read_head(text, RecordKind::ApiLog, context)
    }

    fn kind(&self, kinds: &RowKindsSeen) -> String {
        let lines = matches!(self.framing, Framing::Lines(_));
        let known: Vec<RowKind> =
            kinds.iter().copied().filter(|s| *s > RowKind::Irrelevant).collect();
        match known.as_slice() {
            [] => "json",
            [RowKind::Log] if lines => "robot-logs-ndjson",
            [RowKind::Log] => "robot-logs-json",
            [RowKind::Job] => "jobs-json",
            [RowKind::Span] => "traces-json",
            [RowKind::Folder] => "folders-json",
            [RowKind::Connection] => "connections-json",
            [RowKind::Reply | RowKind::ErrorBody] => "reply-json",
            _ => "mixed-json",
        }
        .to_string()
    }

    fn unfinished(&self) -> Option<String> {
        match &self.framing {
            Framing::Document(scanner) => scanner.unfinished(),
            Framing::Lines(cutter) => {
                cutter.cut_off().then(|| "the last record is truncated".to_string())
            }
        }
    }

    fn is_unknown_json(&self, kinds: &RowKindsSeen) -> bool {
        kinds.iter().all(|kind| *kind == RowKind::Other)
    }

    fn is_append_only(&self) -> bool {
        matches!(self.framing, Framing::Lines(_))
    }

    fn boundary_state(&self) -> Option<String> {
        let framing = match &self.framing {
            Framing::Document(scanner) => scanner.boundary_state()?,
            Framing::Lines(cutter) => cutter.at_line_start().then(String::new)?,
        };
        Some(format!("{:?} {framing}", self.shape))
    }

    fn find_record_start(&self, bytes: &[u8]) -> Option<usize> {
        match &self.framing {
            Framing::Document(_) => json::find_record_start(bytes, self.first_key.as_bytes()),
            Framing::Lines(cutter) => cutter.find_record_start(bytes),
        }
    }

    fn fork(&self) -> Option<Box<dyn LogFormat>> {
        let framing = match &self.framing {
            Framing::Document(scanner) => Framing::Document(scanner.fork()?),
            Framing::Lines(cutter) => Framing::Lines(cutter.fork()),
        };
        Some(Box::new(JsonRows { framing, shape: self.shape, first_key: self.first_key.clone() }))
    }
}
