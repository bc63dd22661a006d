//! Parses the command line with the settings file's values as defaults.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgMatches, CommandFactory, FromArgMatches};

use crate::cli::args::Arguments;
use crate::cli::exit::CliError;
use crate::cli::values::config::file;
use crate::cli::values::config::file::{find_settings, with_defaults};

/// Why arguments came to nothing.
pub enum ParseStop {
    /// clap has something to say: help, version, or what is wrong.
    Clap(clap::Error),
    /// The settings file does not hold.
    Failure(CliError),
}

impl From<clap::Error> for ParseStop {
    fn from(error: clap::Error) -> ParseStop {
        ParseStop::Clap(error)
    }
}

/// Parses the command line, with the settings of the file as defaults.
pub fn parse(words: &[OsString]) -> Result<Arguments, ParseStop> {
    let command = Arguments::command();
    let matches = command.clone().try_get_matches_from(words)?;
    let (names, leaf) = deepest(&matches);
    // Only commands that take settings have the option.
    let named = leaf.try_get_one::<PathBuf>("config").ok().map(|named| named.map(PathBuf::as_path));
    let file = named.and_then(|named| find_settings(named).transpose()).transpose();
    let matches = match file.map_err(ParseStop::Failure)? {
        Some(file) => with_defaults(command, &names, &file).try_get_matches_from(words)?,
        None => matches,
    };
    Ok(Arguments::from_arg_matches(&matches)?)
}

/// Whether `scan` takes these words, with what the settings file says: what is scheduled must not
/// fail for the first time at night.
pub fn check_scan(words: &[String]) -> Result<(), String> {
    let words: Vec<OsString> = std::iter::once("faultline")
        .chain(words.iter().map(String::as_str))
        .map(OsString::from)
        .collect();
    match parse(&words).map(|arguments| arguments.command) {
        Ok(crate::cli::args::Command::Scan(scan)) if scan.paths.is_empty() => {
            Err("nothing says what to scan: `paths` is not set in the settings file".to_string())
        }
        Ok(_) => Ok(()),
        Err(ParseStop::Failure(failure)) => Err(failure.message()),
        Err(ParseStop::Clap(error)) => Err(file::error_text(&error)),
    }
}

/// The subcommand that was called, by the names that lead to it.
fn deepest(matches: &ArgMatches) -> (Vec<String>, &ArgMatches) {
    let (mut names, mut leaf) = (Vec::new(), matches);
    while let Some((name, inner)) = leaf.subcommand() {
        names.push(name.to_string());
        leaf = inner;
    }
    (names, leaf)
}
