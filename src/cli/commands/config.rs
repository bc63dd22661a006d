//! `faultline config`: writes a commented settings file, and shows the effective settings and their
//! origin.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, Subcommand};

use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;
use crate::cli::values::config::file::{
    DEFAULT_NAME, SettingsFile, error_text, find_settings, with_defaults,
};
use crate::cli::values::config::keys::{SettingKey, ValueKind, keys};
use crate::cli::values::config::template::template;
use crate::cli::values::scan_options::ScanArguments;
use crate::cli::values::shared_options::ConfigFile;

#[derive(Args, Debug)]
pub struct ConfigArguments {
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// Subcommands of `faultline config`.
#[derive(Subcommand, Debug)]
pub enum ConfigCommand {
    /// Write a commented settings file; an existing file is not overwritten
    Init {
        /// Settings file to write
        #[arg(value_name = "FILE", default_value = DEFAULT_NAME)]
        file: PathBuf,
    },
    /// Print the effective settings as a settings file
    Show {
        /// Add where each value comes from
        #[arg(long)]
        origin: bool,
        #[command(flatten)]
        config: ConfigFile,
    },
}

pub fn run(arguments: &ConfigArguments) -> Result<Exit, CliError> {
    match &arguments.command {
        ConfigCommand::Init { file } => init(file)?,
        ConfigCommand::Show { origin, config } => {
            let file = find_settings(config.config.as_deref())?;
            output::print(format_settings(file.as_ref(), *origin)?.as_bytes())?;
        }
    }
    Ok(Exit::Done)
}

fn init(path: &Path) -> Result<(), CliError> {
    // `create_new` never overwrites an existing file and does not follow a link.
    let created = OpenOptions::new().write(true).create_new(true).open(path);
    match created.and_then(|mut file| file.write_all(template().as_bytes())) {
        Ok(()) => output::print(format!("{} is written\n", path.display()).as_bytes()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let message = format!("{} already exists and was not overwritten", path.display());
            Err(CliError::usage(message))
        }
        Err(error) => {
            let context = format!("cannot write {}", path.display());
            Err(CliError { exit: Exit::Output, reason: anyhow::Error::new(error).context(context) })
        }
    }
}

/// Formats the settings of a `scan` without flags, one per line.
fn format_settings(file: Option<&SettingsFile>, origin: bool) -> Result<String, CliError> {
    let mut command = ScanArguments::augment_args(Command::new("scan"));
    if let Some(file) = file {
        command = with_defaults(command, &[], file);
    }
    let matches = command
        .try_get_matches_from(["scan"])
        .map_err(|error| CliError::usage(error_text(&error)))?;
    let mut text = String::new();
    let keys = keys();
    let lines: Vec<(String, String)> = keys
        .iter()
        .map(|key| (format_line(key, &matches), origin_of(key, &matches, file)))
        .collect();
    let width = lines.iter().map(|(line, _)| line.chars().count()).max().unwrap_or(0);
    for (line, source) in lines {
        // Writing to a string cannot fail.
        let _ = if origin {
            writeln!(text, "{line:width$}  # {source}")
        } else {
            writeln!(text, "{line}")
        };
    }
    Ok(text)
}

fn format_line(key: &SettingKey, matches: &ArgMatches) -> String {
    let values: Vec<String> = matches
        .get_raw(key.arg.get_id().as_str())
        .into_iter()
        .flatten()
        .map(|value| quote(&value.to_string_lossy()))
        .collect();
    match key.kind {
        ValueKind::Switch => {
            let on = matches.get_flag(key.arg.get_id().as_str());
            format!("{} = {on}", key.name)
        }
        _ if values.is_empty() => format!("# {} is not set", key.name),
        ValueKind::List if values.len() > 1 => format!("{} = [{}]", key.name, values.join(", ")),
        _ => format!("{} = {}", key.name, values[0]),
    }
}

/// Quotes a TOML string. Text with backslashes becomes a literal string where TOML allows it, because
/// most such values are paths.
fn quote(text: &str) -> String {
    let can_be_literal = !text.contains('\'') && !text.chars().any(char::is_control);
    if can_be_literal && text.contains('\\') {
        return format!("'{text}'");
    }
    // A JSON string is a valid TOML string.
    serde_json::Value::from(text).to_string()
}

/// Names where the value of a setting comes from: environment, line of the file, or default.
fn origin_of(key: &SettingKey, matches: &ArgMatches, file: Option<&SettingsFile>) -> String {
    match matches.value_source(key.arg.get_id().as_str()) {
        Some(ValueSource::EnvVariable) => {
            let name = key.arg.get_env().map(|name| name.to_string_lossy().into_owned());
            format!("environment, {}", name.unwrap_or_default())
        }
        _ => match file.and_then(|file| Some((file, file.setting(&key.arg)?))) {
            Some((file, setting)) => format!("{}:{}", file.path.display(), setting.line),
            None => "default".to_string(),
        },
    }
}
