//! Returns the lines around a location in a report. Opens the source again, of an archive only the
//! member, and reads it up to the location. Of a long line, only the part at the location is stored.
//! The caller redacts the text.

use std::collections::VecDeque;
use std::io;

use crate::decode::{Block, Decoder};
use crate::discover::FoundSource;
use crate::model::{Location, SourceKey};
use crate::open::{Fault, OpenInput, open_only};
use crate::read::{BLOCK, ReadSettings};

/// Bytes of one line that are shown; a JSON document may be one line of gigabytes.
const LINE_LIMIT: usize = 4000;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExcerptLine {
    /// From 1.
    pub number: u64,
    /// At most 4,000 bytes of the line, without its line end.
    pub text: String,
    /// Whether the line has more text before and after `text`.
    pub cut: (bool, bool),
    /// The line contains the location.
    pub wanted: bool,
}

/// The lines in order, or the reason why there are none.
pub type Excerpt = Result<Vec<ExcerptLine>, String>;

/// The line at a location, with up to `context` lines before and after it.
pub fn excerpt(
    found: &FoundSource,
    source: &SourceKey,
    location: Location,
    context: usize,
    settings: &ReadSettings,
) -> Excerpt {
    let mut excerpt = Err("it is no longer there".to_string());
    let input = OpenInput::File(&found.path);
    let report = open_only(&found.key, input, source, &settings.limits, &mut |opened| {
        if opened.key == *source {
            let mut decoder = Decoder::new(opened.reader, settings.encoding);
            excerpt = lines(&mut decoder, location, context);
        }
    });
    let unread = report.unread.into_iter().find(|(key, _)| key == source || *key == found.key);
    match (excerpt, unread) {
        (Err(_), Some((_, item))) => Err(item.reason),
        (excerpt, _) => excerpt,
    }
}

fn lines(decoder: &mut Decoder<'_>, location: Location, context: usize) -> Excerpt {
    let context = context as u64;
    let mut collector = LineCollector {
        location,
        first: location.line.saturating_sub(context).max(1),
        last: location.line.saturating_add(context),
        line: LinePart::new(1, 0),
        offset: 0,
        lines: VecDeque::new(),
    };
    let mut block = Block::with_capacity(BLOCK);
    while !collector.is_done() {
        block.clear();
        match decoder.read(&mut block, BLOCK) {
            Ok(0) => break,
            Ok(_) => collector.add_block(block.text()),
            Err(error) => {
                collector.end();
                return collector.result(Some(&error));
            }
        }
    }
    collector.end();
    collector.result(None)
}

/// The current line.
struct LinePart {
    number: u64,
    /// Offset of the line in bytes of decoded text.
    start: u64,
    /// Offset of the stored part.
    part_start: u64,
    part: Vec<u8>,
    /// Bytes of the line read so far.
    length: u64,
}

impl LinePart {
    fn new(number: u64, start: u64) -> LinePart {
        LinePart { number, start, part_start: start, part: Vec::new(), length: 0 }
    }
}

/// Collects the lines `first` to `last`.
struct LineCollector {
    location: Location,
    first: u64,
    last: u64,
    line: LinePart,
    /// Bytes of decoded text read so far.
    offset: u64,
    lines: VecDeque<ExcerptLine>,
}

impl LineCollector {
    fn is_done(&self) -> bool {
        self.line.number > self.last
    }

    fn add_block(&mut self, mut block: &[u8]) {
        while !block.is_empty() && !self.is_done() {
            let end = memchr::memchr(b'\n', block);
            let piece = &block[..end.unwrap_or(block.len())];
            self.add_to_line(piece);
            self.offset += piece.len() as u64;
            block = &block[piece.len()..];
            if end.is_some() {
                self.offset += 1;
                block = &block[1..];
                self.next_line();
            }
        }
    }

    fn add_to_line(&mut self, piece: &[u8]) {
        let line = &mut self.line;
        line.length += piece.len() as u64;
        if line.number < self.first {
            return;
        }
        // Far from the start of the line, the part begins at the location.
        let starts_at_location = line.number == self.location.line
            && self.location.offset > line.start + LINE_LIMIT as u64 / 2;
        if starts_at_location && line.part_start == line.start {
            line.part_start = self.location.offset;
            line.part.clear();
        }
        let skip =
            usize::try_from(line.part_start.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        if let Some(rest) = piece.get(skip..) {
            let capacity = LINE_LIMIT.saturating_sub(line.part.len());
            line.part.extend_from_slice(&rest[..rest.len().min(capacity)]);
        }
    }

    fn next_line(&mut self) {
        let next = LinePart::new(self.line.number + 1, self.offset);
        let line = std::mem::replace(&mut self.line, next);
        self.add_line(line);
    }

    fn end(&mut self) {
        if self.line.length > 0 && !self.is_done() {
            self.next_line();
        }
    }

    fn add_line(&mut self, line: LinePart) {
        if line.number < self.first {
            return;
        }
        // Decoded text is valid UTF-8; only the ends of the part can be half a character.
        let text = String::from_utf8_lossy(&line.part);
        let text = text.trim_matches('\u{fffd}').trim_end_matches('\r').to_string();
        let (before, length) = (line.part_start - line.start, line.part.len() as u64);
        self.lines.push_back(ExcerptLine {
            number: line.number,
            text,
            cut: (before > 0, before + length < line.length),
            wanted: line.number == self.location.line,
        });
    }

    fn result(self, error: Option<&io::Error>) -> Excerpt {
        if self.lines.iter().any(|line| line.wanted) {
            return Ok(self.lines.into());
        }
        Err(match error {
            Some(error) => Fault::from_error(error).message,
            None => format!("it ends before line {}: it is no longer the same", self.location.line),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, location: Location, context: usize) -> Vec<(u64, String)> {
        let mut reader = text.as_bytes();
        let mut decoder = Decoder::new(&mut reader, None);
        let lines = lines(&mut decoder, location, context).unwrap();
        lines.into_iter().map(|line| (line.number, line.text)).collect()
    }

    fn location(line: u64, offset: u64) -> Location {
        Location { line, offset, record: 0 }
    }

    #[test]
    fn the_line_and_its_context() {
        let text = "a\r\nb\r\nc\nd\ne";
        let wanted = |lines: &[(u64, &str)]| -> Vec<(u64, String)> {
            lines.iter().map(|(n, text)| (*n, (*text).to_string())).collect()
        };
        assert_eq!(shown(text, location(3, 6), 1), wanted(&[(2, "b"), (3, "c"), (4, "d")]));
        assert_eq!(shown(text, location(1, 0), 1), wanted(&[(1, "a"), (2, "b")]));
        assert_eq!(shown(text, location(5, 10), 2), wanted(&[(3, "c"), (4, "d"), (5, "e")]));
        assert_eq!(shown(text, location(2, 3), 0), wanted(&[(2, "b")]));
    }

    #[test]
    fn a_long_line_is_shown_from_the_location() {
        let beginning = "x".repeat(3 * BLOCK);
        let text = format!("head\n{beginning}接WANTED{}\ntail\n", "y".repeat(2 * LINE_LIMIT));
        let offset = (5 + beginning.len()) as u64;
        let mut reader = text.as_bytes();
        let mut decoder = Decoder::new(&mut reader, None);
        let lines = lines(&mut decoder, location(2, offset), 1).unwrap();
        assert_eq!(lines.len(), 3);
        assert!(lines[1].text.starts_with("接WANTEDyy"), "{}", &lines[1].text[..20]);
        assert_eq!((lines[1].cut, lines[1].wanted), ((true, true), true));
        assert_eq!((lines[0].cut, lines[2].text.as_str()), ((false, false), "tail"));
    }

    #[test]
    fn a_location_after_the_end_is_an_error() {
        let mut reader = "a\nb\n".as_bytes();
        let mut decoder = Decoder::new(&mut reader, None);
        let error = lines(&mut decoder, location(9, 80), 1).unwrap_err();
        assert!(error.contains("line 9"), "{error}");
    }
}
