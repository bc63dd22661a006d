//! The command line: the only place that knows arguments, progress, colours and exit codes. One
//! file per subcommand. Everything it finds out is handed down as plain values.

mod args;
mod diagnostics;
mod exit;
mod language;
mod output;
mod progress;
mod scan;
mod signatures;
mod when;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};
pub use exit::Exit;

/// Runs the program with these arguments.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            // A closed stream leaves nothing to be said.
            let _ = error.print();
            return exit.into();
        }
    };
    let outcome = match arguments.command {
        Command::Scan(scan) => scan::run(&scan),
        Command::Signatures(signatures) => signatures::run(&signatures),
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output::error(&format!("{:#}", failure.reason));
            failure.exit.into()
        }
    }
}
