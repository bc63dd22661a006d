//! `faultline schema`: prints JSON Schemas of files, for editors and other programs.

use clap::{Args, ValueEnum};

use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;
use crate::cli::values::config::keys;
use crate::{authoring, report};

#[derive(Args, Debug)]
pub struct SchemaArguments {
    /// What the schema describes
    pub of: SchemaOf,
}

/// What there is a schema of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum SchemaOf {
    /// report.json.
    Report,
    /// faultline.toml.
    Config,
    /// Signature files.
    Signature,
}

pub fn run(arguments: &SchemaArguments) -> Result<Exit, CliError> {
    let schema = match arguments.of {
        SchemaOf::Report => report::schema(),
        SchemaOf::Config => keys::schema(),
        SchemaOf::Signature => authoring::schema(),
    };
    output::print(format!("{schema:#}\n").as_bytes())?;
    Ok(Exit::Done)
}
