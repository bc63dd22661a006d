//! The positions of the tables in a signature file, so that an error has its line. They are
//! computed with the first error, then for all tables at once: a file with ten thousand problems is
//! scanned once. Parses no TOML beyond `id` and `code` lines.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::rules::files::error::RuleFileError;

#[derive(Clone, Debug)]
pub(crate) struct RuleFile {
    pub file: Arc<str>,
    /// Empty for a built-in file.
    text: Arc<str>,
    offsets: Arc<OnceLock<TableOffsets>>,
}

/// Byte offsets in a file.
#[derive(Debug, Default)]
struct TableOffsets {
    /// Starts of the lines.
    lines: Vec<usize>,
    /// Starts of the lines `id = "value"` and `code = "value"`, by value.
    tables: HashMap<String, Vec<usize>>,
}

impl RuleFile {
    pub fn new(file: &str, text: &str) -> RuleFile {
        RuleFile { file: Arc::from(file), text: Arc::from(text), offsets: Arc::default() }
    }

    pub fn is_builtin(&self) -> bool {
        self.text.is_empty()
    }

    /// An error without a position.
    pub fn file_error(&self, message: String) -> RuleFileError {
        RuleFileError::at(&self.file, &self.text, None, message)
    }

    /// An error of the first table with this id or code. Its position is that of `value` in the
    /// table if the value is given and present.
    pub fn table_error(&self, id: &str, value: Option<&str>, message: String) -> RuleFileError {
        let table = self.table(id, 1);
        let inside = value.and_then(|value| {
            let start = table.unwrap_or_default();
            Some(start + self.text[start..].find(value)?)
        });
        self.error_at(inside.or(table), message)
    }

    /// An error of the n-th table with this id or code, from 1.
    pub fn nth_table_error(&self, id: &str, nth: usize, message: String) -> RuleFileError {
        self.error_at(self.table(id, nth), message)
    }

    /// Line of the first table with this id or code, from 1.
    pub fn line(&self, id: &str) -> Option<usize> {
        Some(self.line_at(self.table(id, 1)?).0)
    }

    fn error_at(&self, offset: Option<usize>, message: String) -> RuleFileError {
        let position = offset.map(|offset| {
            let (line, start) = self.line_at(offset);
            (line, self.text[start..offset].chars().count() + 1)
        });
        RuleFileError {
            file: self.file.to_string(),
            line: position.map(|(line, _)| line),
            column: position.map(|(_, column)| column),
            message,
        }
    }

    /// Number of the line that holds a byte, from 1, and offset of its start.
    fn line_at(&self, offset: usize) -> (usize, usize) {
        let lines = &self.offsets().lines;
        let number = lines.partition_point(|start| *start <= offset);
        (number, lines[number.saturating_sub(1)])
    }

    /// Offset of the n-th table with this id or code, from 1.
    fn table(&self, id: &str, nth: usize) -> Option<usize> {
        self.offsets().tables.get(id)?.get(nth.checked_sub(1)?).copied()
    }

    fn offsets(&self) -> &TableOffsets {
        self.offsets.get_or_init(|| TableOffsets::new(&self.text))
    }
}

impl TableOffsets {
    fn new(text: &str) -> TableOffsets {
        let mut offsets = TableOffsets { lines: vec![0], tables: HashMap::new() };
        let mut offset = 0;
        for line in text.split_inclusive('\n') {
            if let Some(id) = table_id(line) {
                offsets.tables.entry(id.to_string()).or_default().push(offset);
            }
            offset += line.len();
            offsets.lines.push(offset);
        }
        offsets
    }
}

/// The value of a line `id = "value"` or `code = "value"`.
fn table_id(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = line.strip_prefix("id").or_else(|| line.strip_prefix("code"))?;
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| ['"', '\''].contains(c))?;
    value[1..].split(quote).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_the_position_of_its_table() {
        let text = "# a\n[[signature]]\nid = \"one\"\nrank = 1\n\n[[signature]]\n  id='one'\nrank = 2\n[[reason]]\ncode = \"接続\"";
        let file = RuleFile::new("own.toml", text);
        let text = |error: RuleFileError| error.to_string();
        assert_eq!(text(file.table_error("one", None, "x".into())), "own.toml:3:1: x");
        assert_eq!(text(file.table_error("one", Some("rank = 2"), "x".into())), "own.toml:8:1: x");
        assert_eq!(text(file.table_error("one", Some("1"), "x".into())), "own.toml:4:8: x");
        assert_eq!(text(file.table_error("one", Some("nowhere"), "x".into())), "own.toml:3:1: x");
        assert_eq!(text(file.nth_table_error("one", 2, "x".into())), "own.toml:7:1: x");
        assert_eq!(text(file.table_error("接続", Some("続"), "x".into())), "own.toml:10:10: x");
        assert_eq!(text(file.table_error("two", None, "x".into())), "own.toml: x");
        assert_eq!(file.line("one"), Some(3));
        let builtin = RuleFile::new("seed.toml", "");
        assert_eq!(text(builtin.table_error("one", Some("x"), "x".into())), "seed.toml: x");
    }
}
