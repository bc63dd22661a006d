//! The execution log format of the robot: `HH:mm:ss.ffff Level {json}`, one object on each line, or the
//! object alone if the layout was changed to the bare message. Other lines (stack traces in a changed
//! layout) belong to the record before them.
//!
//! The order of fields differs by version, and custom fields are in the middle. Position decides only
//! which of two duplicate keys is the standard field.

use memchr::memmem;

use crate::format::fields::log_row;
use crate::format::fields::members::Members;
use crate::format::fields::read_context::ReadContext;
use crate::format::framing::frame::BlockEnd;
use crate::format::framing::frames::Frames;
use crate::format::framing::lines::{LineCutter, LineKind};
use crate::format::log_format::LogFormat;
use crate::format::parsed::{Parsed, Reject, RowKind, RowKindsSeen};
use crate::model::{LogLevel, Record, RecordKind};

/// Characters that may surround a row.
const BLANK: [char; 4] = ['\0', '\r', '\n', ' '];

/// Bytes that are searched for a prefix; `08:14:03.2217000 Information ` has 29.
const MAX_PREFIX: usize = 48;

/// Reads the records of one execution log.
pub struct ExecutionLog {
    cutter: LineCutter,
}

impl ExecutionLog {
    pub fn new() -> ExecutionLog {
        ExecutionLog { cutter: LineCutter::new(classify, true) }
    }
}

/// True when a line begins like `08:14:03.2217 Info {`.
pub fn is_prefixed(line: &[u8]) -> bool {
    let Some((clock, rest)) = line.split_first_chunk() else { return false };
    if !is_clock(*clock) {
        return false;
    }
    let fraction = match rest {
        [b'.' | b',', rest @ ..] => rest,
        rest => rest,
    };
    let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
    matches!(&fraction[digits..], [b' ', letter, ..] if letter.is_ascii_alphabetic())
}

/// True for `08:14:03`. Runs for every line, so it tests all bytes in one step.
fn is_clock(bytes: [u8; 8]) -> bool {
    let values = u64::from_be_bytes(bytes) ^ u64::from_be_bytes(*b"00:00:00");
    // Digits are 0 to 9 now, and where nothing is above 15 no sum reaches the next byte.
    values & 0xf0f0_fff0_f0ff_f0f0 == 0
        && (values + 0x0606_0006_0600_0606) & 0xf0f0_00f0_f000_f0f0 == 0
}

/// The offset of a second row in a text: at its prefix or, in the layout without prefixes, after the end
/// of an object on the same line. A JSON string has a backslash before every quote, so no message can
/// look like a second row.
fn find_embedded_row(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let bare = text.starts_with("{\"");
    let line = if bare { memchr::memchr(b'\n', bytes).unwrap_or(bytes.len()) } else { bytes.len() };
    memmem::find_iter(&bytes[..line], b"{\"").find_map(|brace| {
        let start = if bare {
            text[..brace].trim_end_matches(BLANK).ends_with('}').then_some(brace)
        } else {
            let from = brace.saturating_sub(MAX_PREFIX);
            (from..brace)
                .rev()
                .find(|at| bytes[*at].is_ascii_digit() && is_prefix(&bytes[*at..brace]))
        };
        start.filter(|start| !text[..*start].trim_matches(BLANK).is_empty())
    })
}

/// True for `08:14:03.2217 Info ` and nothing else.
fn is_prefix(bytes: &[u8]) -> bool {
    let words: Vec<&[u8]> = bytes.split(|byte| *byte == b' ').collect();
    let [clock, level, b""] = words[..] else { return false };
    is_prefixed(bytes)
        && clock.iter().skip("08:14:03.".len()).all(u8::is_ascii_digit)
        && level.iter().all(u8::is_ascii_alphabetic)
}

fn classify(line: &[u8]) -> LineKind {
    if is_prefixed(line) || line.starts_with(b"{\"") { LineKind::Start } else { LineKind::Inside }
}

impl LogFormat for ExecutionLog {
    fn cut(&mut self, block: &[u8], block_end: BlockEnd, frames: &mut Frames) -> usize {
        self.cutter.cut(block, block_end, frames)
    }

    fn reads_all(&self) -> bool {
        false
    }

    fn embedded_record(&self, text: &str) -> Option<usize> {
        find_embedded_row(text)
    }

    fn read(&mut self, text: &str, context: &ReadContext) -> Result<Parsed, Reject> {
        let text = text.trim_matches(BLANK);
        let brace = text.find('{').ok_or_else(|| Reject("no JSON object in the line".into()))?;
        let (members, rest) = Members::parse_prefix(&text[brace..])?;
        let mut parsed = log_row::robot_row(&members, RecordKind::RobotLog, context);
        if let Some(record) = &mut parsed.record {
            let prefix = text[..brace].split_whitespace().nth(1);
            record.level = record.level.or_else(|| LogLevel::parse(prefix?));
            let rest = rest.trim_matches(BLANK);
            if !rest.is_empty() {
                record.message.push('\n');
                record.message.push_str(rest);
            }
        }
        parsed.row_kind = RowKind::Log;
        Ok(parsed)
    }

    fn read_head(&mut self, text: &str, context: &ReadContext) -> Option<Record> {
        log_row::read_head(text, RecordKind::RobotLog, context)
    }

    fn kind(&self, _kinds: &RowKindsSeen) -> String {
        "execution-log".to_string()
    }

    fn unfinished(&self) -> Option<String> {
        self.cutter.cut_off().then(|| "the last record is truncated".to_string())
    }

    fn is_append_only(&self) -> bool {
        true
    }

    fn boundary_state(&self) -> Option<String> {
        self.cutter.at_line_start().then(String::new)
    }

    fn find_record_start(&self, bytes: &[u8]) -> Option<usize> {
        self.cutter.find_record_start(bytes)
    }

    fn fork(&self) -> Option<Box<dyn LogFormat>> {
        Some(Box::new(ExecutionLog { cutter: self.cutter.fork() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_digits_and_colons() {
        assert!(is_clock(*b"08:14:03") && is_clock(*b"99:99:99") && is_clock(*b"00:00:00"));
        for position in 0..8 {
            for byte in 0..=u8::MAX {
                let mut text = *b"12:34:56";
                text[position] = byte;
                let right = byte == b':' && (position == 2 || position == 5);
                let digit = byte.is_ascii_digit() && position != 2 && position != 5;
                assert_eq!(is_clock(text), right || digit, "{text:?}");
            }
        }
    }

    #[test]
    fn another_row_begins_with_its_prefix() {
        let row = "08:14:03.2217 Info {\"message\":\"a\"}";
        for before in [row, "08:14:03.2217 Info {\"mess", "08:14:03.22", "x", "08:14:03 Info "] {
            for between in ["", "\r", " ", "7"] {
                for row in [row, "23:59:60 Error {\"", "08:14:03,1 Warning {\""] {
                    let line = format!("{before}{between}{row}");
                    let start = before.len() + between.len();
                    assert_eq!(find_embedded_row(&line), Some(start), "{line}");
                    assert_eq!(find_embedded_row(&line[start..]), None, "{line}");
                }
            }
        }
        let bare = "{\"a\":{\"b\":[{\"c\":1},{\"d\":2}]}}";
        assert_eq!(find_embedded_row(&format!("{bare}\r{bare}")), Some(bare.len() + 1));
        for line in [bare, "\r 08:14:03.2217 Info {\"a\":{\"b\":1}}", "", "{\""] {
            assert_eq!(find_embedded_row(line), None, "{line}");
        }
        let quoted = format!("08:14:04.1 Error {{\"message\":\"{}\"}}", row.replace('"', "\\\""));
        assert_eq!(find_embedded_row(&quoted), None);
    }

    #[test]
    fn a_prefix_is_a_time_and_a_level() {
        for line in ["08:14:03.2217 Info {", "08:14:03,22 Warn", "08:14:03 Error"] {
            assert!(is_prefixed(line.as_bytes()), "{line}");
        }
        for line in
            ["", "08:14:03", "08:14:03.2217", "8:14:03.2217 Info", "08:14:03.22 {", "08:14:0x Info"]
        {
            assert!(!is_prefixed(line.as_bytes()), "{line}");
        }
    }
}
