//! `faultline config`: writes a commented settings file, and shows what holds and why.

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

/// `faultline config`.
#[derive(Args, Debug)]
pub struct ConfigArguments {
    /// What to do
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// Subcommands of `faultline config`.
#[derive(Subcommand, Debug)]
pub enum ConfigCommand {
    /// Write a commented settings file; never over one that is there
    Init {
        /// Where
        #[arg(value_name = "FILE", default_value = DEFAULT_NAME)]
        file: PathBuf,
    },
    /// The settings that hold, as a settings file
    Show {
        /// Say where each comes from
        #[arg(long)]
        origin: bool,
        /// Settings file.
        #[command(flatten)]
        config: ConfigFile,
    },
}

/// Runs the command.
pub fn run(arguments: &ConfigArguments) -> Result<Exit, CliError> {
    match &arguments.command {
        ConfigCommand::Init { file } => init(file)?,
        ConfigCommand::Show { origin, config } => {
            let file = find_settings(config.config.as_deref())?;
            output::print(show(file.as_ref(), *origin)?.as_bytes())?;
        }
    }
    Ok(Exit::Done)
}

fn init(path: &Path) -> Result<(), CliError> {
    // A file that is there, a link too, is never written over.
    let made = OpenOptions::new().write(true).create_new(true).open(path);
    let written = made.and_then(|mut file| file.write_all(template().as_bytes()));
    match written {
        Ok(()) => output::print(format!("{} is written\n", path.display()).as_bytes()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let message = format!("{} is there already; it stays as it is", path.display());
            Err(CliError::usage(message))
        }
        Err(error) => {
            let context = format!("cannot write {}", path.display());
            Err(CliError { exit: Exit::Output, reason: anyhow::Error::new(error).context(context) })
        }
    }
}

/// What holds for `scan` without any flag.
fn show(file: Option<&SettingsFile>, origin: bool) -> Result<String, CliError> {
    let mut command = ScanArguments::augment_args(Command::new("scan"));
    if let Some(file) = file {
        command = with_defaults(command, &[], file);
    }
    let matches = command
        .try_get_matches_from(["scan"])
        .map_err(|error| CliError::usage(error_text(&error)))?;
    let mut text = String::new();
    let keys = keys();
    let lines: Vec<(String, String)> =
        keys.iter().map(|key| (line(key, &matches), from(key, &matches, file))).collect();
    let width = lines.iter().map(|(line, _)| line.chars().count()).max().unwrap_or(0);
    for (line, from) in lines {
        // Writing to a string cannot fail.
        let _ = if origin {
            writeln!(text, "{line:width$}  # {from}")
        } else {
            writeln!(text, "{line}")
        };
    }
    Ok(text)
}

fn line(key: &SettingKey, matches: &ArgMatches) -> String {
    let words: Vec<String> = matches
        .get_raw(key.arg.get_id().as_str())
        .into_iter()
        .flatten()
        .map(|word| quoted(&word.to_string_lossy()))
        .collect();
    match key.kind {
        ValueKind::Switch => {
            let on = matches.get_flag(key.arg.get_id().as_str());
            format!("{} = {on}", key.name)
        }
        _ if words.is_empty() => format!("# {} is not set", key.name),
        ValueKind::List if words.len() > 1 => format!("{} = [{}]", key.name, words.join(", ")),
        _ => format!("{} = {}", key.name, words[0]),
    }
}

/// A TOML string: literal where it can be, because most are paths.
fn quoted(text: &str) -> String {
    let literal = !text.contains('\'') && !text.chars().any(char::is_control);
    if literal && text.contains('\\') {
        return format!("'{text}'");
    }
    // JSON's strings are TOML's too.
    serde_json::Value::from(text).to_string()
}

fn from(key: &SettingKey, matches: &ArgMatches, file: Option<&SettingsFile>) -> String {
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
