//! Writes to standard output and standard error. A closed pipe is not an error; any other failure to
//! write standard output is.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::panic::PanicHookInfo;

use crate::cli::exit::{CliError, Exit};
use crate::redact::redact;

pub fn print(text: &[u8]) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let reason = anyhow::Error::new(error).context("cannot write to standard output");
            Err(CliError { exit: Exit::Output, reason })
        }
        _ => Ok(()),
    }
}

/// Writes a line to standard error and ignores a closed stream.
pub fn note(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

pub fn print_error(message: &str) {
    note(&format!("faultline: error: {}", crate::report::escape_for_terminal(message)));
}

/// Prints an internal error with its location.
pub fn panic_hook(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("no message");
    let location = panic.location().map(|at| format!(" ({at})")).unwrap_or_default();
    print_error(&panic_text(message, &location));
}

/// Redacts the message, because a panic may quote log text.
fn panic_text(message: &str, location: &str) -> String {
    format!("internal error: {}{location}", redact(message))
}

/// Returns the columns of the terminal on standard output. Files and pipes get a fixed width, so that
/// their content does not depend on the machine.
pub fn terminal_width() -> usize {
    const DEFAULT_WIDTH: usize = 120;
    const MIN_WIDTH: usize = 60;
    if !io::stdout().is_terminal() {
        return DEFAULT_WIDTH;
    }
    let from_environment =
        std::env::var("COLUMNS").ok().and_then(|columns| columns.parse::<usize>().ok());
    let columns = from_environment.or_else(|| {
        let (_, columns) = console::Term::stdout().size_checked()?;
        Some(usize::from(columns))
    });
    columns.unwrap_or(DEFAULT_WIDTH).max(MIN_WIDTH)
}

/// True if standard output is a terminal that shows colours and `NO_COLOR` is not set.
pub fn has_colour() -> bool {
    let is_disabled = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal()
        && !is_disabled
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_a_panic_message_is_redacted() {
        let text = panic_text("byte 9 of \"password=Hunter2!\" is no border", " (a.rs:1:2)");
        assert!(!text.contains("Hunter2"), "{text}");
        assert!(text.contains("[redacted:") && text.ends_with(" (a.rs:1:2)"), "{text}");
    }
}
