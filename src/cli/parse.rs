//! Parses the command line, with the values of the settings file as defaults.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgMatches, CommandFactory, FromArgMatches};

use crate::cli::args::{Arguments, Command};
use crate::cli::exit::CliError;
use crate::cli::values::config::file::{error_text, find_settings, with_defaults};

/// Why no command runs.
pub enum ParseError {
    /// Help, version, or invalid arguments.
    Clap(clap::Error),
    /// The settings file cannot be read or is invalid.
    Settings(CliError),
}

impl From<clap::Error> for ParseError {
    fn from(error: clap::Error) -> ParseError {
        ParseError::Clap(error)
    }
}

/// Parses twice if there is a settings file: first to find the file, then with its values as defaults.
pub fn parse(arguments: &[OsString]) -> Result<Arguments, ParseError> {
    let command = Arguments::command();
    let matches = command.clone().try_get_matches_from(arguments)?;
    let (names, leaf) = innermost_subcommand(&matches);
    // Only commands that read settings have the option `config`.
    let option = leaf.try_get_one::<PathBuf>("config").ok();
    let path = option.map(|path| path.map(PathBuf::as_path));
    let file = path.and_then(|path| find_settings(path).transpose()).transpose();
    let matches = match file.map_err(ParseError::Settings)? {
        Some(file) => with_defaults(command, &names, &file).try_get_matches_from(arguments)?,
        None => matches,
    };
    Ok(Arguments::from_arg_matches(&matches)?)
}

/// Checks whether `scan` accepts these arguments together with the settings file, so that a mistake shows
/// before the first scheduled run.
pub fn check_scan(arguments: &[String]) -> Result<(), String> {
    let arguments: Vec<OsString> = std::iter::once("faultline")
        .chain(arguments.iter().map(String::as_str))
        .map(OsString::from)
        .collect();
    match parse(&arguments).map(|arguments| arguments.command) {
        Ok(Command::Scan(scan)) if scan.paths.is_empty() => {
            Err("nothing says what to scan: `paths` is not set in the settings file".to_string())
        }
        Ok(_) => Ok(()),
        Err(ParseError::Settings(error)) => Err(error.message()),
        Err(ParseError::Clap(error)) => Err(error_text(&error)),
    }
}

/// Returns the innermost subcommand, and the names that lead to it.
fn innermost_subcommand(matches: &ArgMatches) -> (Vec<String>, &ArgMatches) {
    let (mut names, mut leaf) = (Vec::new(), matches);
    while let Some((name, subcommand)) = leaf.subcommand() {
        names.push(name.to_string());
        leaf = subcommand;
    }
    (names, leaf)
}
