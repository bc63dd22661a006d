//! Entry of the program: parses arguments, runs the command, ends with its exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::CommandFactory;

use crate::cli::args::{Arguments, Command};
use crate::cli::commands::{
    completions, config, diff, doctor, lifecycle, names, report, scan, schedule, schema, show,
    signatures, state,
};
use crate::cli::exit::{CliError, Exit};
use crate::cli::parse;
use crate::cli::parse::ParseStop;
use crate::cli::terminal::{output, signals};

/// Runs the program with these arguments.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    std::panic::set_hook(Box::new(output::panic_hook));
    signals::survive_file_limits();
    let words: Vec<OsString> = arguments.collect();
    let outcome = match parse::parse(&words) {
        Ok(arguments) => run(arguments.command),
        Err(ParseStop::Failure(failure)) => Err(failure),
        Err(ParseStop::Clap(error)) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            // A closed stream leaves nothing to be said.
            let _ = error.print();
            return exit.into();
        }
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output::print_error(&failure.message());
            failure.exit.into()
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
