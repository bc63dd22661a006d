//! `mutes.toml`: which incidents are not to be spoken of, until when, and why. People edit it, so
//! their comments and their order stay.

use crate::model::Instant;
use crate::model::Mute;
use crate::state::lock::beside;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};
/// Name of the file beside the state.
pub(crate) const FILE: &str = "mutes.toml";

/// What a new file begins with.
const HEADER: &str =
    "# Incidents that are known and waited for. Each holds until its date (UTC).\n\n";

/// Why mutes cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum MutesError {
    /// The file does not say what it should.
    #[error("{}: {why}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        why: String,
    },
    /// It cannot be written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The file of mutes.
pub struct Mutes {
    path: PathBuf,
    document: DocumentMut,
}

/// There is no such file; what is wrong with a path to nowhere is the state's to say.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

impl Mutes {
    /// The mutes beside a state; none where there is no file.
    pub fn beside(state: &Path) -> Result<Mutes, MutesError> {
        let path = state.with_file_name(FILE);
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
                let at = error.span().map_or(0, |span| span.start);
                let line = 1 + text.get(..at).unwrap_or(&text).matches('\n').count();
                let why = format!("line {line}: {}", error.message().trim().replace('\n', "; "));
                Err(MutesError::Invalid { path, why })
            }
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All of them. `until` reads the words of a date, which the caller knows how to.
    pub fn list(
        &self,
        until: impl Fn(&str) -> Result<Instant, String>,
    ) -> Result<Vec<Mute>, MutesError> {
        let mut mutes = Vec::new();
        for (name, item) in self.document.iter() {
            let tables = item.as_array_of_tables().filter(|_| name == "mute");
            let tables = tables.ok_or_else(|| {
                self.invalid(format!("unknown key {name:?}; only [[mute]] stands here"))
            })?;
            for table in tables {
                mutes.push(self.mute(table, &until)?);
            }
        }
        Ok(mutes)
    }

    fn mute(
        &self,
        table: &Table,
        until: impl Fn(&str) -> Result<Instant, String>,
    ) -> Result<Mute, MutesError> {
        if let Some((key, _)) =
            table.iter().find(|(key, _)| !["id", "until", "reason"].contains(key))
        {
            let why = format!("unknown key {key:?} in [[mute]]; it has id, until and reason");
            return Err(self.invalid(why));
        }
        let text = |key: &str| {
            let value = table.get(key).and_then(Item::as_value);
            // A date may stand with or without quotes.
            let text = value.map(|value| match value.as_str() {
                Some(text) => text.to_string(),
                None => value.to_string().trim().to_string(),
            });
            text.filter(|text| !text.is_empty())
                .ok_or_else(|| self.invalid(format!("a [[mute]] without {key}")))
        };
        let until = until(&text("until")?).map_err(|why| self.invalid(why))?;
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

    /// Adds a mute, or changes the one there is.
    pub fn add(&mut self, id: &str, until: &str, reason: &str) -> Result<(), MutesError> {
        let tables = self.tables()?;
        let known = tables.iter_mut().find(|table| is(table, id));
        match known {
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
                    // Comments of a file without a mute stand at its end; they belong above.
                    let above = self.document.trailing().as_str().unwrap_or_default().to_string();
                    table.decor_mut().set_prefix(above);
                    self.document.set_trailing("");
                }
                self.tables()?.push(table);
            }
        }
        Ok(())
    }

    /// Removes the mutes of an incident; true if there was one. A comment right above one goes with
    /// it, one that an empty line sets apart is of the file and stays.
    pub fn remove(&mut self, ids: &[&str]) -> bool {
        let tables = self.document.get_mut("mute").and_then(Item::as_array_of_tables_mut);
        let Some(tables) = tables else { return false };
        let before = tables.len();
        let mut apart = String::new();
        let mut left = ArrayOfTables::new();
        for mut table in std::mem::take(tables) {
            let above = table.decor().prefix().and_then(|text| text.as_str()).unwrap_or_default();
            if ids.iter().any(|id| is(&table, id)) {
                let own = above.rfind("\n\n").map_or(0, |at| at + 2);
                apart.push_str(&above[..own]);
            } else {
                let above = std::mem::take(&mut apart) + above;
                table.decor_mut().set_prefix(above);
                left.push(table);
            }
        }
        let removed = left.len() < before;
        *tables = left;
        let behind = apart + self.document.trailing().as_str().unwrap_or_default();
        self.document.set_trailing(behind);
        removed
    }

    /// Writes the file: beside, made safe, renamed.
    pub fn save(&self) -> Result<(), MutesError> {
        let new = beside(&self.path, "new");
        let write = || {
            fs::write(&new, self.document.to_string())?;
            // Windows makes safe only what may be written to.
            fs::File::options().write(true).open(&new)?.sync_all()?;
            fs::rename(&new, &self.path)
        };
        write().map_err(|source| MutesError::Io { path: self.path.clone(), source })
    }

    fn invalid(&self, why: String) -> MutesError {
        MutesError::Invalid { path: self.path.clone(), why }
    }
}

fn is(table: &Table, id: &str) -> bool {
    table.get("id").and_then(Item::as_str) == Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(text: &str) -> Result<Instant, String> {
        if text.starts_with("2026-") { Ok(Instant(1)) } else { Err(format!("no date: {text}")) }
    }

    #[test]
    fn comments_and_neighbours_stay() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state.db");
        let text =
            "# ours\n[[mute]]\nid = \"FL-A\" # the old one\nuntil = 2026-12-01\nreason = \"r\"\n";
        fs::write(state.with_file_name(FILE), text).unwrap();
        let mut mutes = Mutes::beside(&state).unwrap();
        mutes.add("FL-B", "2026-12-02", "waiting").unwrap();
        mutes.save().unwrap();
        let mut mutes = Mutes::beside(&state).unwrap();
        let ids: Vec<String> = mutes.list(until).unwrap().into_iter().map(|m| m.id).collect();
        assert_eq!(ids, ["FL-A", "FL-B"]);
        assert!(mutes.remove(&["FL-B"]));
        assert!(!mutes.remove(&["FL-B"]));
        mutes.save().unwrap();
        assert_eq!(fs::read_to_string(mutes.path()).unwrap(), text);
    }

    #[test]
    fn what_the_file_says_of_itself_outlives_its_mutes() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state.db");
        let table = |id| format!("[[mute]]\nid = \"{id}\"\nuntil = 2026-12-01\nreason = \"r\"\n");
        let text = format!("# ours\n\n# about A\n{}# about B\n{}# end\n", table("A"), table("B"));
        fs::write(state.with_file_name(FILE), text).unwrap();
        let mut mutes = Mutes::beside(&state).unwrap();
        assert!(mutes.remove(&["A"]));
        let left = mutes.document.to_string();
        assert_eq!(left, format!("# ours\n\n# about B\n{}# end\n", table("B")));
        assert!(mutes.remove(&["B"]));
        assert_eq!(mutes.document.to_string(), "# ours\n\n# end\n");
        assert!(!mutes.remove(&["B"]));
    }

    #[test]
    fn a_new_file_begins_with_what_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state.db");
        let mut mutes = Mutes::beside(&state).unwrap();
        mutes.add("FL-A", "2026-12-02", "waiting").unwrap();
        mutes.add("FL-A", "2026-12-03", "still").unwrap();
        mutes.save().unwrap();
        let text = fs::read_to_string(mutes.path()).unwrap();
        let table = "[[mute]]\nid = \"FL-A\"\nuntil = \"2026-12-03\"\nreason = \"still\"\n";
        assert_eq!(text, format!("{HEADER}{table}"));
    }

    #[test]
    fn what_is_wrong_is_named() {
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
            fs::write(state.with_file_name(FILE), text).unwrap();
            let error = match Mutes::beside(&state) {
                Ok(mutes) => mutes.list(until).unwrap_err().to_string(),
                Err(error) => error.to_string(),
            };
            assert!(error.contains(word) && error.contains(FILE), "{error}");
        }
    }
}
