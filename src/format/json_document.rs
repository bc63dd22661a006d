//! JSON documents (OData pages, arrays, client replies, single entities, several values in one
//! file) and JSON lines, row by row.

use super::json_rows::read_object;
use super::json_scan::JsonScanner;
use super::lines::{Line, LineCutter};
use super::{Format, Frame, Parsed, ReadContext, Reject, Shape, log_row};
use crate::model::{Record, RecordKind};

/// How rows are found.
enum Framing {
    Document(JsonScanner),
    Lines(LineCutter),
}

/// JSON rows at work.
pub struct JsonRows {
    framing: Framing,
    /// What the rows at hand are, from the last one that was read because it had to be.
    shape: Option<Shape>,
    /// Kinds of rows met, for the books.
    met: std::collections::BTreeSet<Shape>,
}

impl JsonRows {
    /// A document or several.
    pub fn document() -> JsonRows {
        let framing = Framing::Document(JsonScanner::new());
        JsonRows { framing, shape: None, met: Default::default() }
    }

    /// One object a line.
    pub fn lines() -> JsonRows {
        let framing = Framing::Lines(LineCutter::new(classify, false));
        JsonRows { framing, shape: None, met: Default::default() }
    }

    fn note(&mut self, shape: Shape) {
        self.shape = Some(shape);
        self.met.insert(shape);
    }
}

/// A line of JSON lines. Echoes of a shell around them hold neither quotes nor braces.
fn classify(line: &[u8]) -> Line {
    if line.starts_with(b"{") {
        Line::Start
    } else if line.iter().any(|b| matches!(b, b'"' | b'{' | b'}')) && !line.starts_with(b"[") {
        Line::Damaged("a line that is no JSON object")
    } else {
        Line::Inside
    }
}

impl Format for JsonRows {
    fn cut(&mut self, block: &[u8], end: bool, frames: &mut Vec<Frame>) -> usize {
        match &mut self.framing {
            Framing::Document(scanner) => scanner.cut(block, end, frames),
            Framing::Lines(cutter) => cutter.cut(block, end, frames),
        }
    }

    fn reads_all(&self) -> bool {
        self.shape != Some(Shape::Log)
    }

    fn read(&mut self, text: &str, context: &ReadContext) -> Result<Parsed, Reject> {
        let parsed = read_object(text, context)?;
        self.note(parsed.shape);
        Ok(parsed)
    }

    fn read_wrapper(&mut self, text: &str, context: &ReadContext) -> Result<Parsed, Reject> {
        let parsed = read_object(text, context)?;
        if parsed.shape != Shape::Other {
            self.met.insert(parsed.shape);
        }
        Ok(parsed)
    }

    fn read_head(&mut self, text: &str, context: &ReadContext) -> Option<Record> {
        log_row::head(text, RecordKind::ApiLog, context)
    }

    fn kind(&self) -> String {
        let lines = matches!(self.framing, Framing::Lines(_));
        let known: Vec<Shape> = self.met.iter().copied().filter(|s| *s > Shape::Aside).collect();
        match known.as_slice() {
            [] => "json",
            [Shape::Log] if lines => "robot-logs-ndjson",
            [Shape::Log] => "robot-logs-json",
            [Shape::Job] => "jobs-json",
            [Shape::Span] => "traces-json",
            [Shape::Folder] => "folders-json",
            [Shape::Connection] => "connections-json",
            [Shape::Reply | Shape::ErrorBody] => "reply-json",
            _ => "mixed-json",
        }
        .to_string()
    }

    fn unfinished(&self) -> Option<String> {
        match &self.framing {
            Framing::Document(scanner) => scanner.unfinished(),
            Framing::Lines(cutter) => {
                cutter.cut_off().then(|| "the last record is cut".to_string())
            }
        }
    }

    fn is_error_body(&self) -> bool {
        !self.met.is_empty() && self.met.iter().all(|shape| *shape == Shape::ErrorBody)
    }

    fn is_foreign(&self) -> bool {
        self.met.iter().all(|shape| *shape == Shape::Other)
    }
}
