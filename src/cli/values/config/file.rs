//! Reads a settings file: what it says, where, and precisely what is wrong with it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Arg, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::cli::exit::{CliError, Exit};
use crate::cli::values::config::keys::{SettingKey, ValueKind, keys};
use crate::model::nearest;

/// A settings file that holds.
pub struct SettingsFile {
    /// Where it is, as named.
    pub path: PathBuf,
    settings: Vec<Setting>,
}

/// What the file says of one key.
pub struct Setting {
    /// The option it sets.
    id: String,
    /// The values, as they would stand on the command line.
    pub values: Vec<OsString>,
    /// Line of the key, from 1.
    pub line: usize,
}

impl SettingsFile {
    /// Reads the text of a file. The error names file, line and column.
    pub fn read(path: PathBuf, text: &str) -> Result<SettingsFile, String> {
        // Editors of Windows put a mark in front.
        let text = text.trim_start_matches('\u{feff}');
        let at = |offset: usize, message: String| {
            format!("{}{}: {message}", path.display(), place(text, offset))
        };
        let table = DeTable::parse(text).map_err(|error| {
            at(error.span().map_or(0, |span| span.start), error.message().to_string())
        })?;
        let keys = keys();
        let base = path.parent().unwrap_or(Path::new(""));
        let mut settings = Vec::new();
        for (name, value) in table.get_ref() {
            let key = keys
                .iter()
                .find(|key| key.name == name.get_ref().as_ref())
                .ok_or_else(|| at(name.span().start, unknown(name.get_ref(), &keys)))?;
            let values = values(key, value)
                .and_then(|words| check(key, &words).map(|()| words))
                .map_err(|message| at(value.span().start, message))?;
            settings.push(Setting {
                id: key.arg.get_id().to_string(),
                values: values.into_iter().map(|word| resolved(key, base, word)).collect(),
                line: line(text, name.span().start),
            });
        }
        Ok(SettingsFile { path, settings })
    }

    /// What the file says of an option.
    pub fn setting(&self, arg: &Arg) -> Option<&Setting> {
        self.settings.iter().find(|setting| arg.get_id() == setting.id.as_str())
    }
}

fn line(text: &str, offset: usize) -> usize {
    text.get(..offset).map_or(1, |before| before.matches('\n').count() + 1)
}

fn place(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or_default();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!(":{}:{column}", line(text, offset))
}

fn unknown(name: &str, keys: &[SettingKey]) -> String {
    let known = || keys.iter().map(|key| key.name.as_str());
    // Options are written with dashes, and many a file with the other one.
    match nearest(&name.replace('_', "-"), known()) {
        Some(word) => format!("unknown key `{name}`; did you mean `{word}`?"),
        None => {
            let known: Vec<&str> = known().collect();
            format!("unknown key `{name}`; known are {}", known.join(", "))
        }
    }
}

/// The words that would stand on the command line.
fn values(key: &SettingKey, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, String> {
    let wanted = match key.kind {
        ValueKind::Switch => "true or false",
        ValueKind::One => "one value in quotes",
        ValueKind::List => "a list of values in quotes",
    };
    let wrong =
        || format!("`{}` takes {wanted}; this is: {}", key.name, value.get_ref().type_str());
    let one = |value: &DeValue<'_>| match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) => Ok(number.as_str().to_string()),
        _ => Err(wrong()),
    };
    match (key.kind, value.get_ref()) {
        (ValueKind::Switch, DeValue::Boolean(on)) => Ok(vec![on.to_string()]),
        (ValueKind::Switch, _) => Err(wrong()),
        (ValueKind::List, DeValue::Array(items)) => {
            let words: Result<Vec<String>, String> =
                items.iter().map(|item| one(item.get_ref())).collect();
            let words = words?;
            // An option whose list stands in one word.
            let joined = key.arg.get_id() == "formats";
            Ok(if joined { vec![words.join(",")] } else { words })
        }
        (_, value) => Ok(vec![one(value)?]),
    }
}

/// Lets the option itself look at its values.
fn check(key: &SettingKey, words: &[String]) -> Result<(), String> {
    let Some(long) = key.arg.get_long().filter(|_| key.kind != ValueKind::Switch) else {
        return Ok(());
    };
    let given = words.iter().map(|word| format!("--{long}={word}"));
    let alone = Command::new("faultline").no_binary_name(true).arg(key.arg.clone());
    match alone.try_get_matches_from(given) {
        Ok(_) => Ok(()),
        Err(error) => Err(said(&error)),
    }
}

/// What is wrong, in the words of the parser but without those for a command line.
pub(crate) fn said(error: &clap::Error) -> String {
    let text = error.to_string();
    let said = text.split("\n\nFor more").next().unwrap_or_default();
    said.trim_start_matches("error: ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Paths are relative to the file; `-` stays standard input.
fn resolved(key: &SettingKey, base: &Path, word: String) -> OsString {
    if key.is_path() && word != "-" { base.join(word).into_os_string() } else { word.into() }
}

/// The file that is read when none is named.
pub const NAME: &str = "faultline.toml";

/// The file that holds: the one that is named, or the one of the working directory.
pub fn find(named: Option<&Path>) -> Result<Option<SettingsFile>, CliError> {
    let path = match named {
        Some(path) => path.to_path_buf(),
        None if Path::new(NAME).exists() => PathBuf::from(NAME),
        None => return Ok(None),
    };
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let reason = anyhow::Error::new(error).context(format!("cannot read {}", path.display()));
        CliError { exit: Exit::Usage, reason }
    })?;
    SettingsFile::read(path, &text).map(Some).map_err(CliError::usage)
}

/// The command with the file's settings as defaults of the options of that subcommand and of those
/// around it, which may have options for all their subcommands.
pub(crate) fn with_defaults(command: Command, names: &[String], file: &SettingsFile) -> Command {
    let command = command.mut_args(|arg| match file.setting(&arg) {
        Some(setting) => {
            let values = setting.values.clone();
            arg.default_values(values)
        }
        None => arg,
    });
    match names.split_first() {
        Some((name, deeper)) => {
            command.mut_subcommand(name, |inner| with_defaults(inner, deeper, file))
        }
        None => command,
    }
}
