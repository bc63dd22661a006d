//! The command line: the only place that knows arguments, progress, colours and exit codes. One
//! file per subcommand. Everything it finds out is handed down as plain values.

mod allowed;
mod args;
mod config;
mod diagnostics;
mod diff;
mod doctor;
mod exit;
mod generated;
mod language;
mod lifecycle;
mod names;
mod output;
mod past;
mod people;
mod progress;
mod raw;
mod report;
mod saved;
mod scan;
mod schedule;
mod schema;
mod show;
mod signals;
mod signatures;
mod size;
mod state;
mod when;

use std::ffi::OsString;
use std::process::ExitCode;

use args::Command;
use config::ParseStop;
use exit::CliError;
pub use exit::Exit;

/// Runs the program with these arguments.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    std::panic::set_hook(Box::new(output::panic_hook));
    signals::survive_file_limits();
    let words: Vec<OsString> = arguments.collect();
    let outcome = match config::parse(&words) {
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
            output::error(&failure.message());
            failure.exit.into()
        }
    }
}

fn run(command: Command) -> Result<Exit, CliError> {
    match command {
        Command::Scan(arguments) => scan::run(&arguments),
        Command::Signatures(arguments) => signatures::run(&arguments),
        Command::Show(arguments) => show::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Config(arguments) => config::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Names(arguments) => names::run(&arguments),
        Command::Schedule(arguments) => schedule::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Completions(arguments) => generated::completions(&arguments),
        Command::Man(arguments) => generated::man(&arguments),
        Command::State(arguments) => state::run(&arguments),
        Command::Mute(arguments) => lifecycle::mute(&arguments),
        Command::Unmute(arguments) => lifecycle::unmute(&arguments),
        Command::Resolve(arguments) => lifecycle::resolve(&arguments),
    }
}
