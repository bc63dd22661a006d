//! `mutes.toml`: the incidents that are muted, until when, and why. Users edit the file, so changes
//! keep its comments and its order.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use crate::model::{Instant, Mute};
use crate::state::lock::sibling_path;

/// The file is in the directory of the state.
pub(crate) const FILE_NAME: &str = "mutes.toml";

/// The beginning of a new file.
const HEADER: &str =
    "# Incidents that are known and waited for. Each holds until its date (UTC).\n\n";

#[derive(Debug, thiserror::Error)]
pub enum MutesError {
    /// The file cannot be read or has invalid content; `why` names the line or the key.
    #[error("{}: {why}", path.display())]
    Invalid { path: PathBuf, why: String },
    /// The file cannot be written.
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

pub struct Mutes {
    path: PathBuf,
    document: DocumentMut,
}

/// A parent directory that is missing counts as a missing file: opening the state reports it.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

impl Mutes {
    /// Opens the mutes of a state; empty if the file is missing.
    pub fn open_for_state(state: &Path) -> Result<Mutes, MutesError> {
        let path = state.with_file_name(FILE_NAME);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if is_absent(&error) => HEADER.to_string(),
            Err(error) => {
                return Err(MutesError::Invalid { path, why: format!("cannot be read: {error}") });
            }
        };
        match text.parse::<DocumentMut>() {
            Ok(document) => Ok(Mutes { path, document }),
            Err(error) => {
                let offset = error.span().map_or(0, |span| span.start);
                let line = 1 + text.get(..offset).unwrap_or(&text).matches('\n').count();
                let why = format!("line {line}: {}", error.message().trim().replace('\n', "; "));
                Err(MutesError::Invalid { path, why })
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All mutes. `parse_until` parses a date in any form that the command line accepts.
    pub fn list(
        &self,
        parse_until: impl Fn(&str) -> Result<Instant, String>,
    ) -> Result<Vec<Mute>, MutesError> {
        let mut mutes = Vec::new();
        for (name, item) in self.document.iter() {
            let tables = item.as_array_of_tables().filter(|_| name == "mute");
            let tables = tables.ok_or_else(|| {
                self.invalid(format!("unknown key {name:?}; only [[mute]] stands here"))
            })?;
            for table in tables {
                mutes.push(self.parse_mute(table, &parse_until)?);
            }
        }
        Ok(mutes)
    }

    fn parse_mute(
        &self,
        table: &Table,
        parse_until: impl Fn(&str) -> Result<Instant, String>,
    ) -> Result<Mute, MutesError> {
        if let Some((key, _)) =
            table.iter().find(|(key, _)| !["id", "until", "reason"].contains(key))
        {
            let why = format!("unknown key {key:?} in [[mute]]; it has id, until and reason");
            return Err(self.invalid(why));
        }
        let text = |key: &str| {
            let value = table.get(key).and_then(Item::as_value);
            // A date may be a TOML date or a string.
            let text = value.map(|value| match value.as_str() {
                Some(text) => text.to_string(),
                None => value.to_string().trim().to_string(),
            });
            text.filter(|text| !text.is_empty())
                .ok_or_else(|| self.invalid(format!("a [[mute]] without {key}")))
        };
        let until = parse_until(&text("until")?).map_err(|why| self.invalid(why))?;
        Ok(Mute { id: text("id")?, until, reason: text("reason")? })
    }

    fn tables(&mut self) -> Result<&mut ArrayOfTables, MutesError> {
        let path = &self.path;
        let item = self.document.entry("mute").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
        item.as_array_of_tables_mut().ok_or_else(|| MutesError::Invalid {
            path: path.clone(),
            why: "mute is not a list of tables: write [[mute]]".to_string(),
        })
    }

    /// Adds a mute, or changes the existing one of the incident.
    pub fn add(&mut self, id: &str, until: &str, reason: &str) -> Result<(), MutesError> {
        let tables = self.tables()?;
        let existing = tables.iter_mut().find(|table| has_id(table, id));
        match existing {
            Some(table) => {
                table["until"] = value(until);
                table["reason"] = value(reason);
            }
            None => {
                let mut table = Table::new();
                table["id"] = value(id);
                table["until"] = value(until);
                table["reason"] = value(reason);
                if tables.is_empty() {
                    // In a file without mutes all comments are trailing; move them before the
                    // first mute.
                    let comments =
                        self.document.trailing().as_str().unwrap_or_default().to_string();
                    table.decor_mut().set_prefix(comments);
                    self.document.set_trailing("");
                }
                self.tables()?.push(table);
            }
        }
        Ok(())
    }

    /// Removes all mutes with one of the ids; true if there was one. The comment directly before a
    /// removed mute is removed too; one that is separated by an empty line belongs to the file and
    /// stays.
    pub fn remove(&mut self, ids: &[&str]) -> bool {
        let tables = self.document.get_mut("mute").and_then(Item::as_array_of_tables_mut);
        let Some(tables) = tables else { return false };
        let before = tables.len();
        let mut file_comments = String::new();
        let mut remaining = ArrayOfTables::new();
        for mut table in std::mem::take(tables) {
            let comments =
                table.decor().prefix().and_then(|text| text.as_str()).unwrap_or_default();
            if ids.iter().any(|id| has_id(&table, id)) {
                let end = comments.rfind("\n\n").map_or(0, |offset| offset + 2);
                file_comments.push_str(&comments[..end]);
            } else {
                let comments = std::mem::take(&mut file_comments) + comments;
                table.decor_mut().set_prefix(comments);
                remaining.push(table);
            }
        }
        let has_removed = remaining.len() < before;
        *tables = remaining;
        let trailing = file_comments + self.document.trailing().as_str().unwrap_or_default();
        self.document.set_trailing(trailing);
        has_removed
    }

    /// Writes a temporary file, syncs it, and renames it into place.
    pub fn save(&self) -> Result<(), MutesError> {
        let temporary = sibling_path(&self.path, "new");
        let write = || {
            fs::write(&temporary, self.document.to_string())?;
            // Windows syncs only files that are open for writing.
            fs::File::options().write(true).open(&temporary)?.sync_all()?;
            fs::rename(&temporary, &self.path)
        };
        write().map_err(|source| MutesError::Io { path: self.path.clone(), source })
    }

    fn invalid(&self, why: String) -> MutesError {
        MutesError::Invalid { path: self.path.clone(), why }
    }
}

fn has_id(table: &Table, id: &str) -> bool {
    table.get("id").and_then(Item::as_str) == Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_until(text: &str) -> Result<Instant, String> {
        if text.starts_with("2026-") { Ok(Instant(1)) } else { Err(format!("no date: {text}")) }
    }

    #[test]
    fn adding_and_removing_leaves_the_rest_of_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state.db");
        let text =
            "# ours\n[[mute]]\nid = \"FL-A\" # the old one\nuntil = 2026-12-01\nreason = \"r\"\n";
        fs::write(state.with_file_name(FILE_NAME), text).unwrap();
        let mut mutes = Mutes::open_for_state(&state).unwrap();
        mutes.add("FL-B", "2026-12-02", "waiting").unwrap();
        mutes.save().unwrap();
        let mut mutes = Mutes::open_for_state(&state).unwrap();
        let ids: Vec<String> = mutes.list(parse_until).unwrap().into_iter().map(|m| m.id).collect();
        assert_eq!(ids, ["FL-A", "FL-B"]);
        assert!(mutes.remove(&["FL-B"]));
        assert!(!mutes.remove(&["FL-B"]));
        mutes.save().unwrap();
        assert_eq!(fs::read_to_string(mutes.path()).unwrap(), text);
    }

    #[test]
    fn comments_of_the_file_stay_when_mutes_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state.db");
        let table = |id| format!("[[mute]]\nid = \"{id}\"\nuntil = 2026-12-01\nreason = \"r\"\n");
        let text = format!("# ours\n\n# about A\n{}# about B\n{}# end\n", table("A"), table("B"));
        fs::write(state.with_file_name(FILE_NAME), text).unwrap();
        let mut mutes = Mutes::open_for_state(&state).unwrap();
        assert!(mutes.remove(&["A"]));
        assert_eq!(
            mutes.document.to_string(),
            format!("# ours\n\n# about B\n{}# end\n", table("B"))
        );
        assert!(mutes.remove(&["B"]));
        assert_eq!(mutes.document.to_string(), "# ours\n\n# end\n");
        assert!(!mutes.remove(&["B"]));
    }

    #[test]
    fn a_new_file_begins_with_the_header() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state.db");
        let mut mutes = Mutes::open_for_state(&state).unwrap();
        mutes.add("FL-A", "2026-12-02", "waiting").unwrap();
        mutes.add("FL-A", "2026-12-03", "still").unwrap();
        mutes.save().unwrap();
        let text = fs::read_to_string(mutes.path()).unwrap();
        let table = "[[mute]]\nid = \"FL-A\"\nuntil = \"2026-12-03\"\nreason = \"still\"\n";
        assert_eq!(text, format!("{HEADER}{table}"));
    }

    #[test]
    fn errors_name_the_key_or_the_line() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state.db");
        for (text, word) in [
            ("[[mute]]\nid = \"FL-A\"\nuntil = \"soon\"\nreason = \"r\"\n", "no date: soon"),
            ("[[mute]]\nid = \"FL-A\"\nreason = \"r\"\n", "without until"),
            ("[[mute]]\nid = \"FL-A\"\nuntil = 2026-01-01\nreason=\"\"\n", "without reason"),
            ("[[mutes]]\nid = \"FL-A\"\n", "mutes"),
            ("[[mute]]\nid = \"FL-A\"\nwhy = \"x\"\n", "why"),
            ("mute", "line 1"),
        ] {
            fs::write(state.with_file_name(FILE_NAME), text).unwrap();
            let error = match Mutes::open_for_state(&state) {
                Ok(mutes) => mutes.list(parse_until).unwrap_err().to_string(),
                Err(error) => error.to_string(),
            };
            assert!(error.contains(word) && error.contains(FILE_NAME), "{error}");
        }
    }
}
