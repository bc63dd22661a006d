//! The lines around a place: the source is opened again, an archive only at the member, and read
//! up to the place. A line of any length is shown in part, the place in it.

use std::collections::VecDeque;
use std::io;

use crate::decode::{Block, Decoder};
use crate::discover::FoundSource;
use crate::model::{Location, SourceKey};
use crate::open::{Fault, OpenInput, open_only};
use crate::read::{BLOCK, ReadSettings};

/// Bytes of one line that are shown; a page of JSON may be one line of gigabytes.
const SHOWN: usize = 4000;

/// A line as it stands in the source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExcerptLine {
    /// Its number, from 1.
    pub number: u64,
    /// Its text, or a part of it.
    pub text: String,
    /// More of the line stands before, or behind, what is shown.
    pub cut: (bool, bool),
    /// The place is in it.
    pub wanted: bool,
}

/// What was found at a place.
pub type Excerpt = Result<Vec<ExcerptLine>, String>;

/// The line at a place and so many lines around it.
pub fn excerpt(
    found: &FoundSource,
    source: &SourceKey,
    place: Location,
    context: usize,
    reading: &ReadSettings,
) -> Excerpt {
    let mut excerpt = Err("it is no longer there".to_string());
    let input = OpenInput::File(&found.path);
    let report = open_only(&found.key, input, source, &reading.limits, &mut |opened| {
        if opened.key == *source {
            let mut decoder = Decoder::new(opened.reader, reading.encoding);
            excerpt = lines(&mut decoder, place, context);
        }
    });
    let refused = report.unread.into_iter().find(|(key, _)| key == source || *key == found.key);
    match (excerpt, refused) {
        (Err(_), Some((_, item))) => Err(item.reason),
        (excerpt, _) => excerpt,
    }
}

fn lines(decoder: &mut Decoder<'_>, place: Location, context: usize) -> Excerpt {
    let context = context as u64;
    let mut around = Around {
        place,
        first: place.line.saturating_sub(context).max(1),
        last: place.line.saturating_add(context),
        line: LinePart::new(1, 0),
        offset: 0,
        kept: VecDeque::new(),
    };
    let mut block = Block::with_capacity(BLOCK);
    while !around.done() {
        block.clear();
        match decoder.read(&mut block, BLOCK) {
            Ok(0) => break,
            Ok(_) => around.take(block.text()),
            Err(error) => {
                around.end();
                return around.result(Some(&error));
            }
        }
    }
    around.end();
    around.result(None)
}

/// The line being read.
struct LinePart {
    number: u64,
    /// Where it begins, in bytes of text.
    start: u64,
    /// Where what is kept of it begins.
    from: u64,
    kept: Vec<u8>,
    /// Bytes seen of it.
    length: u64,
}

impl LinePart {
    fn new(number: u64, start: u64) -> LinePart {
        LinePart { number, start, from: start, kept: Vec::new(), length: 0 }
    }
}

struct Around {
    place: Location,
    first: u64,
    last: u64,
    line: LinePart,
    /// Bytes of text seen.
    offset: u64,
    kept: VecDeque<ExcerptLine>,
}

impl Around {
    fn done(&self) -> bool {
        self.line.number > self.last
    }

    fn take(&mut self, mut block: &[u8]) {
        while !block.is_empty() && !self.done() {
            let end = memchr::memchr(b'\n', block);
            let piece = &block[..end.unwrap_or(block.len())];
            self.piece(piece);
            self.offset += piece.len() as u64;
            block = &block[piece.len()..];
            if end.is_some() {
                self.offset += 1;
                block = &block[1..];
                self.next_line();
            }
        }
    }

    /// A piece of the current line.
    fn piece(&mut self, piece: &[u8]) {
        let line = &mut self.line;
        line.length += piece.len() as u64;
        if line.number < self.first {
            return;
        }
        // The place is deep inside the line: what is shown begins there.
        let deep =
            line.number == self.place.line && self.place.offset > line.start + SHOWN as u64 / 2;
        if deep && line.from == line.start {
            line.from = self.place.offset;
            line.kept.clear();
        }
        let skip = usize::try_from(line.from.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        if let Some(rest) = piece.get(skip..) {
            let room = SHOWN.saturating_sub(line.kept.len());
            line.kept.extend_from_slice(&rest[..rest.len().min(room)]);
        }
    }

    fn next_line(&mut self) {
        let next = LinePart::new(self.line.number + 1, self.offset);
        let line = std::mem::replace(&mut self.line, next);
        self.keep(line);
    }

    fn end(&mut self) {
        if self.line.length > 0 && !self.done() {
            self.next_line();
        }
    }

    fn keep(&mut self, line: LinePart) {
        if line.number < self.first {
            return;
        }
        // Only the ends of what is kept can be part of a character.
        let text = String::from_utf8_lossy(&line.kept);
        let text = text.trim_matches('\u{fffd}').trim_end_matches('\r').to_string();
        let (before, kept) = (line.from - line.start, line.kept.len() as u64);
        self.kept.push_back(ExcerptLine {
            number: line.number,
            text,
            cut: (before > 0, before + kept < line.length),
            wanted: line.number == self.place.line,
        });
    }

    fn result(self, error: Option<&io::Error>) -> Excerpt {
        if self.kept.iter().any(|line| line.wanted) {
            return Ok(self.kept.into());
        }
        Err(match error {
            Some(error) => Fault::from_error(error).message,
            None => format!("it ends before line {}: it is no longer the same", self.place.line),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, place: Location, context: usize) -> Vec<(u64, String)> {
        let mut reader = text.as_bytes();
        let mut decoder = Decoder::new(&mut reader, None);
        let lines = lines(&mut decoder, place, context).unwrap();
        lines.into_iter().map(|line| (line.number, line.text)).collect()
    }

    fn place(line: u64, offset: u64) -> Location {
        Location { line, offset, record: 0 }
    }

    #[test]
    fn the_line_with_those_around_it() {
        let text = "a\r\nb\r\nc\nd\ne";
        let wanted = |lines: &[(u64, &str)]| -> Vec<(u64, String)> {
            lines.iter().map(|(n, text)| (*n, (*text).to_string())).collect()
        };
        assert_eq!(shown(text, place(3, 6), 1), wanted(&[(2, "b"), (3, "c"), (4, "d")]));
        assert_eq!(shown(text, place(1, 0), 1), wanted(&[(1, "a"), (2, "b")]));
        assert_eq!(shown(text, place(5, 10), 2), wanted(&[(3, "c"), (4, "d"), (5, "e")]));
        assert_eq!(shown(text, place(2, 3), 0), wanted(&[(2, "b")]));
    }

    #[test]
    fn a_place_deep_in_a_line_is_shown_from_there() {
        let front = "x".repeat(3 * BLOCK);
        let text = format!("head\n{front}接WANTED{}\ntail\n", "y".repeat(2 * SHOWN));
        let at = (5 + front.len()) as u64;
        let mut reader = text.as_bytes();
        let mut decoder = Decoder::new(&mut reader, None);
        let lines = lines(&mut decoder, place(2, at), 1).unwrap();
        assert_eq!(lines.len(), 3);
        assert!(lines[1].text.starts_with("接WANTEDyy"), "{}", &lines[1].text[..20]);
        assert_eq!((lines[1].cut, lines[1].wanted), ((true, true), true));
        assert_eq!((lines[0].cut, lines[2].text.as_str()), ((false, false), "tail"));
    }

    #[test]
    fn a_place_beyond_the_end_is_told() {
        let mut reader = "a\nb\n".as_bytes();
        let mut decoder = Decoder::new(&mut reader, None);
        let error = lines(&mut decoder, place(9, 80), 1).unwrap_err();
        assert!(error.contains("line 9"), "{error}");
    }
}
