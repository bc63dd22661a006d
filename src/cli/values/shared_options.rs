//! Groups of options that several commands share. Holds definitions only.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::values::language::Language;

/// The settings file of a command. Its settings are the defaults of the command's options.
#[derive(Args, Debug)]
pub struct ConfigFile {
    /// Settings file; ./faultline.toml if it exists
    #[arg(long, value_name = "FILE", env = "FAULTLINE_CONFIG")]
    pub config: Option<PathBuf>,
}

/// Where the state is.
#[derive(Args, Debug)]
pub struct StateFile {
    /// State file that scan --state writes
    #[arg(long, value_name = "FILE", env = "FAULTLINE_STATE", global = true)]
    pub state: Option<PathBuf>,

    /// Settings file that may name the state; ./faultline.toml if it exists
    #[arg(long, value_name = "FILE", env = "FAULTLINE_CONFIG", global = true)]
    pub config: Option<PathBuf>,
}

/// The form of what a command prints.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum OutputFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

/// How a command speaks that writes no files.
#[derive(Args, Debug)]
pub struct OutputLanguage {
    /// Language of the output
    #[arg(long, value_name = "LANG", env = "FAULTLINE_LANG")]
    pub lang: Option<Language>,
}
