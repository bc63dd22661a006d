//! `faultline completions` and `faultline man`: generates both from the definition of the command line.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;

#[derive(Args, Debug)]
pub struct CompletionsArguments {
    /// Name of the shell
    pub shell: Shell,
}

#[derive(Args, Debug)]
pub struct ManArguments {
    /// Subcommand whose page is printed, for example: man signatures list
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// Prints the completion script of a shell.
pub fn print_completions(
    arguments: &CompletionsArguments,
    mut command: Command,
) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "faultline", &mut script);
    output::print(&script)?;
    Ok(Exit::Done)
}

/// Prints a page in the format of `man`.
pub fn print_man_page(arguments: &ManArguments, mut command: Command) -> Result<Exit, CliError> {
    // clap sets the full names of subcommands when it builds the command.
    command.build();
    let mut page = &command;
    for name in &arguments.command {
        page = page.find_subcommand(name).ok_or_else(|| {
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
