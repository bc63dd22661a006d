//! Reads a settings file and makes its values the defaults of the command line. Errors name file, line
//! and column. Commands must not read the file directly.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Arg, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::cli::exit::{CliError, Exit};
use crate::cli::values::config::keys::{SettingKey, ValueKind, keys};
use crate::model::nearest;

/// A valid settings file.
pub struct SettingsFile {
    /// As the user named it.
    pub path: PathBuf,
    settings: Vec<Setting>,
}

/// One key of the file with its values.
pub struct Setting {
    /// Id of the clap option.
    id: String,
    /// In the form of the command line.
    pub values: Vec<OsString>,
    /// Line of the key, from 1.
    pub line: usize,
}

impl SettingsFile {
    /// Parses the text of a file. The error names file, line and column.
    pub fn parse(path: PathBuf, text: &str) -> Result<SettingsFile, String> {
        // Editors on Windows write a byte order mark.
        let text = text.trim_start_matches('\u{feff}');
        let error_at = |offset: usize, message: String| {
            format!("{}{}: {message}", path.display(), line_and_column(text, offset))
        };
        let table = DeTable::parse(text).map_err(|error| {
            error_at(error.span().map_or(0, |span| span.start), error.message().to_string())
        })?;
        let keys = keys();
        let base = path.parent().unwrap_or(Path::new(""));
        let mut settings = Vec::new();
        for (name, value) in table.get_ref() {
            let key = keys
                .iter()
                .find(|key| key.name == name.get_ref().as_ref())
                .ok_or_else(|| error_at(name.span().start, unknown_key(name.get_ref(), &keys)))?;
            let values = command_line_values(key, value)
                .and_then(|values| validate(key, &values).map(|()| values))
                .map_err(|message| error_at(value.span().start, message))?;
            settings.push(Setting {
                id: key.arg.get_id().to_string(),
                values: values.into_iter().map(|value| resolve_path(key, base, value)).collect(),
                line: line_number(text, name.span().start),
            });
        }
        Ok(SettingsFile { path, settings })
    }

    /// Returns the setting of an option, if the file has it.
    pub fn setting(&self, arg: &Arg) -> Option<&Setting> {
        self.settings.iter().find(|setting| arg.get_id() == setting.id.as_str())
    }
}

/// Returns the line of a byte offset, from 1.
fn line_number(text: &str, offset: usize) -> usize {
    text.get(..offset).map_or(1, |before| before.matches('\n').count() + 1)
}

/// Returns `:line:column` of a byte offset. Columns count characters, from 1.
fn line_and_column(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or_default();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!(":{}:{column}", line_number(text, offset))
}

fn unknown_key(name: &str, keys: &[SettingKey]) -> String {
    let known = || keys.iter().map(|key| key.name.as_str());
    // Options have dashes, but users often write keys with underscores.
    match nearest(&name.replace('_', "-"), known()) {
        Some(key) => format!("unknown key `{name}`; did you mean `{key}`?"),
        None => {
            let known: Vec<&str> = known().collect();
            format!("unknown key `{name}`; known keys are {}", known.join(", "))
        }
    }
}

/// Converts the value of a key to the form of the command line.
fn command_line_values(
    key: &SettingKey,
    value: &Spanned<DeValue<'_>>,
) -> Result<Vec<String>, String> {
    let expected = match key.kind {
        ValueKind::Switch => "true or false",
        ValueKind::Single => "one value in quotes",
        ValueKind::List => "a list of values in quotes",
    };
    let type_error = || {
        format!(
            "invalid value of `{}`: expected {expected}, found {}",
            key.name,
            value.get_ref().type_str()
        )
    };
    let single = |value: &DeValue<'_>| match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) => Ok(number.as_str().to_string()),
        _ => Err(type_error()),
    };
    match (key.kind, value.get_ref()) {
        (ValueKind::Switch, DeValue::Boolean(on)) => Ok(vec![on.to_string()]),
        (ValueKind::Switch, _) => Err(type_error()),
        (ValueKind::List, DeValue::Array(items)) => {
            let values: Result<Vec<String>, String> =
                items.iter().map(|item| single(item.get_ref())).collect();
            let values = values?;
            // This option takes its list as one comma-separated value.
            let is_joined = key.arg.get_id() == "formats";
            Ok(if is_joined { vec![values.join(",")] } else { values })
        }
        (_, value) => Ok(vec![single(value)?]),
    }
}

/// Runs the value parser of the option on its values.
fn validate(key: &SettingKey, values: &[String]) -> Result<(), String> {
    let Some(long) = key.arg.get_long().filter(|_| key.kind != ValueKind::Switch) else {
        return Ok(());
    };
    let arguments = values.iter().map(|value| format!("--{long}={value}"));
    let command = Command::new("faultline").no_binary_name(true).arg(key.arg.clone());
    command.try_get_matches_from(arguments).map(|_| ()).map_err(|error| error_text(&error))
}

/// Returns the message of clap on one line, without the usage hints for a command line.
pub(crate) fn error_text(error: &clap::Error) -> String {
    let text = error.to_string();
    let message = text.split("\n\nFor more").next().unwrap_or_default();
    message.trim_start_matches("error: ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Resolves a path relative to the directory of the file. `-` stays standard input.
fn resolve_path(key: &SettingKey, base: &Path, value: String) -> OsString {
    if key.is_path() && value != "-" { base.join(value).into_os_string() } else { value.into() }
}

/// The file that is read from the working directory if no other is named.
pub const DEFAULT_NAME: &str = "faultline.toml";

/// Reads the named file, or the default one if it exists.
pub fn find_settings(named: Option<&Path>) -> Result<Option<SettingsFile>, CliError> {
    let path = match named {
        Some(path) => path.to_path_buf(),
        None if Path::new(DEFAULT_NAME).exists() => PathBuf::from(DEFAULT_NAME),
        None => return Ok(None),
    };
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let reason = anyhow::Error::new(error).context(format!("cannot read {}", path.display()));
        CliError { exit: Exit::Usage, reason }
    })?;
    SettingsFile::parse(path, &text).map(Some).map_err(CliError::usage)
}

/// Makes the settings of the file the defaults of the subcommand `names` and of the commands above it,
/// which may have global options.
pub(crate) fn with_defaults(command: Command, names: &[String], file: &SettingsFile) -> Command {
    let command = command.mut_args(|arg| match file.setting(&arg) {
        Some(setting) => {
            let values = setting.values.clone();
            arg.default_values(values)
        }
        None => arg,
    });
    match names.split_first() {
        Some((name, rest)) => {
            command.mut_subcommand(name, |subcommand| with_defaults(subcommand, rest, file))
        }
        None => command,
    }
}
