//! Writing to the two streams. A reader that stops early ends the run quietly; a stream that
//! cannot take what was asked for is a failure.

use std::io;
use std::io::{ErrorKind, IsTerminal, Write};
use std::panic::PanicHookInfo;

use crate::cli::exit::{CliError, Exit};
use crate::redact::redact;

/// Writes to standard output.
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

/// Says a line on standard error; a closed one is no reason to stop.
pub fn note(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Says what went wrong.
pub fn error(message: &str) {
    note(&format!("faultline: error: {}", crate::report::escape_for_terminal(message)));
}

/// Says where the program has a defect.
pub fn panic_hook(panic: &PanicHookInfo<'_>) {
    let words = panic.payload_as_str().unwrap_or("no message");
    let place = panic.location().map(|place| format!(" ({place})")).unwrap_or_default();
    error(&of_defect(words, &place));
}

/// What a panic says may quote log text.
fn of_defect(words: &str, place: &str) -> String {
    format!("a defect of the program: {}{place}", redact(words))
}

/// Columns of the terminal on standard output; a fixed width elsewhere, so that output in files
/// and pipes is the same everywhere.
pub fn width() -> usize {
    const ELSEWHERE: usize = 120;
    const NARROWEST: usize = 60;
    if !io::stdout().is_terminal() {
        return ELSEWHERE;
    }
    let named = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse::<usize>().ok());
    let columns = named.or_else(|| {
        let (_, columns) = console::Term::stdout().size_checked()?;
        Some(usize::from(columns))
    });
    columns.unwrap_or(ELSEWHERE).max(NARROWEST)
}

/// True when colours may be used on standard output.
pub fn colour() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal() && !refused && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_that_quotes_a_secret_is_told_without_it() {
        let told = of_defect("byte 9 of \"password=Hunter2!\" is no border", " (a.rs:1:2)");
        assert!(!told.contains("Hunter2"), "{told}");
        assert!(told.contains("[redacted:") && told.ends_with(" (a.rs:1:2)"), "{told}");
    }
}
