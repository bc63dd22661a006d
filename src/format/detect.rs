//! Detects the format of a source from its first bytes, or names what it is instead. Reads no record.

use crate::format::csv_export::CsvRows;
use crate::format::execution_log::{ExecutionLog, is_prefixed};
use crate::format::fields::members::Members;
use crate::format::fields::timestamp;
use crate::format::framing::csv;
use crate::format::json_export::JsonRows;
use crate::format::log_format::LogFormat;
use crate::model::{LogLevel, cut_between_words};

/// Bytes of decoded text that detection uses; real headers and first records are far shorter.
pub const HEAD_BYTES: usize = 64 << 10;

/// Lines before the first record that are skipped at most.
const NOISE_LINES: usize = 200;

/// Bytes of an unknown header that are reported: enough to identify the table.
const HEADER_LIMIT: usize = 300;

/// The result of detection.
pub enum Detected {
    Format {
        format: Box<dyn LogFormat>,
        /// Dates in this source have the day before the month.
        day_first: bool,
    },
    /// An HTML page saved where an export was expected.
    Html,
    /// A table of log rows with an unknown header; the header.
    UnknownLayout(String),
    /// Not an export; a description.
    NotAnExport(&'static str),
}

/// Detects the format from the first bytes of decoded text.
pub fn detect(head: &[u8]) -> Detected {
    let text = match std::str::from_utf8(&head[..head.len().min(HEAD_BYTES)]) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
    };
    let trimmed = text.trim_start_matches(['\u{feff}', '\0', ' ', '\t', '\r', '\n']);
    if trimmed.is_empty() {
        return Detected::NotAnExport(if head.is_empty() { "empty" } else { "whitespace only" });
    }
    if is_html(trimmed) {
        return Detected::Html;
    }
    if is_own_report(trimmed) {
        return Detected::NotAnExport("a report of faultline");
    }
    // Headers are tried before records: cells of a table may contain lines that look like records.
    if let Some((delimiter, columns, rows)) = csv::header(text) {
        let day_first = text[rows.min(text.len())..].lines().any(|line| {
            line.split(delimiter as char)
                .take(16)
                .any(|cell| timestamp::shows_day_first(cell.trim_matches('"')))
        });
        let format = Box::new(CsvRows::new(delimiter, columns));
        return Detected::Format { format, day_first };
    }
    if let Some(format) = first_record(text) {
        return Detected::Format { format, day_first: false };
    }
    if is_binary(head) {
        return Detected::NotAnExport("binary");
    }
    match log_table_header(text) {
        Some(header) => Detected::UnknownLayout(header),
        None => Detected::NotAnExport("text of an unknown format"),
    }
}

/// The format of the first line that begins a record, within [`NOISE_LINES`].
fn first_record(text: &str) -> Option<Box<dyn LogFormat>> {
    let mut lines = text.lines().take(NOISE_LINES);
    while let Some(line) = lines.next() {
        let line = line.trim_start_matches(['\u{feff}', '\0', ' ', '\t']);
        if is_prefixed(line.as_bytes()) && line.contains('{') {
            return Some(Box::new(ExecutionLog::new()));
        }
        let after_bracket = line.strip_prefix('[').map(str::trim_start);
        if after_bracket.is_some_and(|b| b.is_empty() || b.starts_with(['{', ']'])) {
            return Some(Box::new(JsonRows::document()));
        }
        if let Some(after_brace) = line.strip_prefix('{').map(str::trim_start) {
            if !after_brace.is_empty() && !after_brace.starts_with(['"', '}']) {
                continue;
            }
            return Some(object_format(line, lines.next()));
        }
    }
    None
}

/// The format of a source whose first record is an object: one on each line, or a document.
fn object_format(line: &str, next: Option<&str>) -> Box<dyn LogFormat> {
    let Ok(members) = Members::parse(line.trim_end()) else {
        return Box::new(JsonRows::document());
    };
    let page = ["value", "Data", "hits", "auditEvents", "Result", "Jobs"];
    if page.iter().any(|key| members.first(key).is_some()) {
        return Box::new(JsonRows::document());
    }
    let robots = ["logType", "fingerprint", "windowsIdentity", "organizationUnitId"];
    if robots.iter().filter(|key| members.iter().any(|(name, _)| name == **key)).count() >= 2 {
        return Box::new(ExecutionLog::new());
    }
    match next {
        Some(next) if next.trim_start().starts_with('{') => Box::new(JsonRows::lines()),
        _ => Box::new(JsonRows::document()),
    }
}

fn is_html(text: &str) -> bool {
    let head: String = text.chars().take(256).collect::<String>().to_ascii_lowercase();
    head.starts_with("<!doctype html") || head.starts_with("<html") || {
        head.starts_with('<') && head.contains("<html")
    }
}

/// Reports of this program may be in scanned directories. They quote failures and are not exports.
fn is_own_report(text: &str) -> bool {
    let head: String = text.chars().take(400).filter(|c| !c.is_whitespace()).collect();
    head.starts_with("{\"schema_version\":") && head.contains("\"tool_version\":")
        || text.trim_start().split([',', '\t']).next() == Some("incident_id")
        || head.starts_with("connection_id,connection_name,")
        || head.starts_with("source,kind,encoding,")
        || head.starts_with("{\"incident_id\":")
}

/// True if more than a tenth of the first bytes are control characters.
fn is_binary(head: &[u8]) -> bool {
    let window = &head[..head.len().min(4096)];
    let odd = window
        .iter()
        .filter(|b| **b < 0x20 && !matches!(**b, b'\n' | b'\r' | b'\t' | 0x1b))
        .count();
    odd * 10 > window.len()
}

/// The first line of a table whose next rows contain a time and a level: a log export in an unknown
/// language or layout, which is reported instead of skipped.
fn log_table_header(text: &str) -> Option<String> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let header = lines.next()?;
    let rows: Vec<&str> = lines.take(3).collect();
    let delimiter = [',', ';', '\t'].into_iter().max_by_key(|d| header.matches(*d).count())?;
    if header.matches(delimiter).count() < 2 || rows.is_empty() {
        return None;
    }
    let has_log_rows = rows.iter().any(|row| {
        let cells: Vec<&str> = row.split(delimiter).map(|c| c.trim_matches('"')).collect();
        let is_level = |c: &&str| c.len() > 3 && LogLevel::parse(c).is_some();
        cells.iter().any(is_level)
            && cells.iter().any(|c| timestamp::read_time(c, &Default::default()).is_some())
    });
    has_log_rows.then(|| cut_between_words(header, HEADER_LIMIT).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::parsed::RowKindsSeen;

    fn kind(text: &str) -> String {
        match detect(text.as_bytes()) {
            Detected::Format { format, .. } => format.kind(&RowKindsSeen::default()),
            Detected::Html => "html".into(),
            Detected::UnknownLayout(_) => "unknown layout".into(),
            Detected::NotAnExport(what) => what.into(),
        }
    }

    #[test]
    fn an_unknown_header_is_cut_between_words() {
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl".repeat(3);
        let text =
            format!("Zeit,Ebene,{},{token}\n2026-03-14 07:14:09,Error,boom\n", "Text".repeat(60));
        let Detected::UnknownLayout(header) = detect(text.as_bytes()) else {
            panic!("{}", kind(&text))
        };
        assert!(header.ends_with("Text") && header.len() > 200, "{header}");
    }

    #[test]
    fn content_decides_the_format() {
        for (text, want) in [
            ("08:14:03.2217 Info {\"message\":\"x\"}\n", "execution-log"),
            ("{\"message\":\"x\",\"logType\":\"User\",\"fingerprint\":\"\"}\n", "execution-log"),
            ("{\"value\":[]}", "json"),
            ("[\n  {\"a\":1}]", "json"),
            ("{\"Level\":\"Info\"}\n{\"Level\":\"Info\"}\n", "json"),
            ("EXIT=0\n{\n \"Result\": \"Success\"}", "json"),
            ("[ERROR] HTTP 404\n{\"Result\":\"Failure\"}", "json"),
            ("Time,Level,Message\n", "logs-csv"),
            ("<!DOCTYPE html><html>", "html"),
            ("1.195.0\n", "text of an unknown format"),
            ("", "empty"),
            ("name,amount\nx,1\n", "text of an unknown format"),
            ("Time,Level,Message\n2026-03-14,Error,\"no:\n{\"\"code\"\":400}\"\n", "logs-csv"),
            ("Zeit,Ebene,Text\n2026-03-14 07:14:09,Error,boom\n", "unknown layout"),
            ("\u{1}\u{2}\u{3}\u{4}ABC", "binary"),
        ] {
            assert_eq!(kind(text), want, "{text}");
        }
    }
}
