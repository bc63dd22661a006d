//! Entry point of the program: parses the arguments, runs the command and returns its exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::cli::exit::Exit;
use crate::cli::parse::{self, ParseError};
use crate::cli::terminal::{output, signals};

/// Runs the program. `arguments` begins with the name of the program.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    std::panic::set_hook(Box::new(output::panic_hook));
    signals::survive_file_limits();
    let arguments: Vec<OsString> = arguments.collect();
    let result = match parse::parse(&arguments) {
        Ok(arguments) => arguments.command.run(&parse::check_scan),
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
