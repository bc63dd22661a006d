//! Entry point of the program: parses the arguments, runs the command and returns its exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::CommandFactory;

use crate::cli::args::{Arguments, Command};
use crate::cli::commands::{
    completions, config, diff, doctor, lifecycle, names, report, scan, schedule, schema, show,
    signatures, state,
};
use crate::cli::exit::{CliError, Exit};
use crate::cli::parse::{self, ParseError};
use crate::cli::terminal::{output, signals};

/// Runs the program. `arguments` begins with the name of the program.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    std::panic::set_hook(Box::new(output::panic_hook));
    signals::survive_file_limits();
    let arguments: Vec<OsString> = arguments.collect();
    let result = match parse::parse(&arguments) {
        Ok(arguments) => run(arguments.command),
        Err(ParseError::Settings(error)) => Err(error),
        Err(ParseError::Clap(error)) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            // If the stream is closed, the message has no reader.
            let _ = error.print();
            return exit.into();
        }
    };
    match result {
        Ok(exit) => exit.into(),
        Err(error) => {
            output::print_error(&error.message());
            error.exit.into()
        }
    }
}

fn run(command: Command) -> Result<Exit, CliError> {
    match command {
        Command::Scan(arguments) => scan::run(&arguments),
        Command::Signatures(arguments) => signatures::run::run(&arguments),
        Command::Show(arguments) => show::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Config(arguments) => config::run(&arguments),
        Command::Doctor(arguments) => doctor::run::run(&arguments),
        Command::Names(arguments) => names::run(&arguments),
        Command::Schedule(arguments) => schedule::run(&arguments, &parse::check_scan),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Completions(arguments) => {
            completions::print_completions(&arguments, Arguments::command())
        }
        Command::Man(arguments) => completions::print_man_page(&arguments, Arguments::command()),
        Command::State(arguments) => state::run(&arguments),
        Command::Mute(arguments) => lifecycle::mute(&arguments),
        Command::Unmute(arguments) => lifecycle::unmute(&arguments),
        Command::Resolve(arguments) => lifecycle::resolve(&arguments),
    }
}
