//! Where the tables of a signature file stand in it, so that what is wrong with one is told with its
//! line. Places are looked for only when one is to be told, and then for all tables at once: a file of
//! ten thousand that each want a word is read once.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::rules::files::error::RuleFileError;

/// A signature file: where a table comes from.
#[derive(Clone, Debug)]
pub(crate) struct RuleFile {
    /// File name.
    pub file: Arc<str>,
    /// Its text; empty for what is shipped.
    text: Arc<str>,
    places: Arc<OnceLock<TableOffsets>>,
}

/// Bytes at which things begin.
#[derive(Debug, Default)]
struct TableOffsets {
    lines: Vec<usize>,
    /// Lines `id = "value"` and `code = "value"`, by value.
    tables: HashMap<String, Vec<usize>>,
}

impl RuleFile {
    /// A file and its text.
    pub fn new(file: &str, text: &str) -> RuleFile {
        RuleFile { file: Arc::from(file), text: Arc::from(text), places: Arc::default() }
    }

    /// An error of the file as a whole.
    pub fn whole(&self, message: String) -> RuleFileError {
        RuleFileError::at(&self.file, &self.text, None, message)
    }

    /// An error of the table that begins with this value, at a value inside it if there is one.
    pub fn error(&self, table: &str, inside: Option<&str>, message: String) -> RuleFileError {
        let start = self.table(table, 1);
        let at = inside.and_then(|value| {
            let from = start.unwrap_or_default();
            Some(from + self.text[from..].find(value)?)
        });
        self.at(at.or(start), message)
    }

    /// An error of the n-th table that begins with this value.
    pub fn error_of_nth(&self, table: &str, nth: usize, message: String) -> RuleFileError {
        self.at(self.table(table, nth), message)
    }

    /// Line of the table that begins with this value, from 1.
    pub fn line(&self, table: &str) -> Option<usize> {
        Some(self.line_at(self.table(table, 1)?).0)
    }

    fn at(&self, offset: Option<usize>, message: String) -> RuleFileError {
        let place = offset.map(|offset| {
            let (line, start) = self.line_at(offset);
            (line, self.text[start..offset].chars().count() + 1)
        });
        RuleFileError {
            file: self.file.to_string(),
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            message,
        }
    }

    /// Number of the line that holds a byte, and where it begins.
    fn line_at(&self, offset: usize) -> (usize, usize) {
        let lines = &self.places().lines;
        let number = lines.partition_point(|start| *start <= offset);
        (number, lines[number.saturating_sub(1)])
    }

    /// Where the n-th table begins that has this value.
    fn table(&self, value: &str, nth: usize) -> Option<usize> {
        self.places().tables.get(value)?.get(nth.checked_sub(1)?).copied()
    }

    fn places(&self) -> &TableOffsets {
        self.places.get_or_init(|| TableOffsets::of(&self.text))
    }
}

impl TableOffsets {
    fn of(text: &str) -> TableOffsets {
        let mut places = TableOffsets { lines: vec![0], tables: HashMap::new() };
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if let Some(value) = value_of_table(line) {
                places.tables.entry(value.to_string()).or_default().push(at);
            }
            at += line.len();
            places.lines.push(at);
        }
        places
    }
}

/// The value of a line `id = "value"` or `code = "value"`.
fn value_of_table(line: &str) -> Option<&str> {
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
    fn tables_have_their_places() {
        let text = "# a\n[[signature]]\nid = \"one\"\nrank = 1\n\n[[signature]]\n  id='one'\nrank = 2\n[[reason]]\ncode = \"接続\"";
        let origin = RuleFile::new("own.toml", text);
        let told = |error: RuleFileError| error.to_string();
        assert_eq!(told(origin.error("one", None, "x".into())), "own.toml:3:1: x");
        assert_eq!(told(origin.error("one", Some("rank = 2"), "x".into())), "own.toml:8:1: x");
        assert_eq!(told(origin.error("one", Some("1"), "x".into())), "own.toml:4:8: x");
        assert_eq!(told(origin.error("one", Some("nowhere"), "x".into())), "own.toml:3:1: x");
        assert_eq!(told(origin.error_of_nth("one", 2, "x".into())), "own.toml:7:1: x");
        assert_eq!(told(origin.error("接続", Some("続"), "x".into())), "own.toml:10:10: x");
        assert_eq!(told(origin.error("two", None, "x".into())), "own.toml: x");
        assert_eq!(origin.line("one"), Some(3));
        let shipped = RuleFile::new("seed.toml", "");
        assert_eq!(told(shipped.error("one", Some("x"), "x".into())), "seed.toml: x");
    }
}
