//! What is generated from the definition of the command line: completions and man pages.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;

/// `faultline completions`.
#[derive(Args, Debug)]
pub struct CompletionsArguments {
    /// For which shell
    pub shell: Shell,
}

/// `faultline man`.
#[derive(Args, Debug)]
pub struct ManArguments {
    /// The page of a subcommand, by the words that lead to it: man signatures list
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// Prints completions.
pub fn completions(
    arguments: &CompletionsArguments,
    mut command: Command,
) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "faultline", &mut script);
    output::print(&script)?;
    Ok(Exit::Done)
}

/// Prints a page in the format of `man`.
pub fn man(arguments: &ManArguments, mut command: Command) -> Result<Exit, CliError> {
    // Names of subcommands are settled when a command is built.
    command.build();
    let mut page = &command;
    for word in &arguments.command {
        page = page.find_subcommand(word).ok_or_else(|| {
            CliError::usage(format!("no command {:?}", arguments.command.join(" ")))
        })?;
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(page.clone())
        .render(&mut text)
        .map_err(|error| CliError::new(Exit::Output, error))?;
    output::print(&text)?;
    Ok(Exit::Done)
}
