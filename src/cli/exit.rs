//! Exit codes and their precedence, and the error that ends a command.

use std::process::ExitCode;

use crate::pipeline::PipelineError;
use crate::state::{MutesError, StateError};

/// How a command ended. The variants are in order of precedence: if several apply, the first one, which is
/// the minimum, is returned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Exit {
    /// Interrupted by a signal; the code is 128 plus its number. A state stores the sources that were read
    /// completely.
    Interrupted(u8),
    /// Invalid arguments, settings or signatures, or no path exists; nothing was scanned.
    Usage,
    /// The state is damaged, not a state, too new or not writable; nothing changed.
    Unusable,
    /// Another run has locked the state.
    Locked,
    /// Outputs or state could not be written; the previous ones are unchanged.
    Output,
    /// An incident has a class of `--fail-on`.
    Found,
    /// Results were written, but at least one input was not read completely.
    Partial,
    Done,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Found => 1,
            Exit::Usage => 2,
            Exit::Partial => 3,
            Exit::Output => 4,
            Exit::Locked => 5,
            Exit::Unusable => 6,
            Exit::Interrupted(code) => code,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// Ends a command with an exit code and a message.
#[derive(Debug)]
pub struct CliError {
    pub exit: Exit,
    pub reason: anyhow::Error,
}

impl CliError {
    pub fn new(exit: Exit, reason: impl Into<anyhow::Error>) -> CliError {
        CliError { exit, reason: reason.into() }
    }

    /// Returns the reason with its causes. A cause that the text already quotes is not repeated.
    pub fn message(&self) -> String {
        let mut causes = self.reason.chain().map(ToString::to_string);
        let first = causes.next().unwrap_or_default();
        causes.fold(
            first,
            |text, cause| {
                if text.contains(&cause) { text } else { format!("{text}: {cause}") }
            },
        )
    }

    pub fn usage(message: impl std::fmt::Display) -> CliError {
        CliError { exit: Exit::Usage, reason: anyhow::anyhow!("{message}") }
    }
}

impl From<StateError> for CliError {
    fn from(error: StateError) -> CliError {
        let exit = match &error {
            StateError::Locked { .. } => Exit::Locked,
            StateError::Unusable { .. } => Exit::Unusable,
            StateError::NotWritten { .. }
            | StateError::NotMarked { .. }
            | StateError::NotConfirmed { .. } => Exit::Output,
            StateError::Missing { .. } => Exit::Usage,
        };
        CliError::new(exit, error)
    }
}

impl From<MutesError> for CliError {
    fn from(error: MutesError) -> CliError {
        let exit = match &error {
            MutesError::Invalid { .. } => Exit::Usage,
            MutesError::Io { .. } => Exit::Output,
        };
        CliError::new(exit, error)
    }
}

impl From<PipelineError> for CliError {
    fn from(error: PipelineError) -> CliError {
        let exit = match error {
            PipelineError::State(error) => return error.into(),
            PipelineError::Discover(_) | PipelineError::NothingThere(_) => Exit::Usage,
            PipelineError::Threads(_) | PipelineError::Render(_) | PipelineError::Publish(_) => {
                Exit::Output
            }
        };
        CliError::new(exit, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_cause_is_not_repeated() {
        let disk_full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
        let quoted =
            anyhow::Error::new(disk_full()).context(format!("cannot write a: {}", disk_full()));
        let unquoted = anyhow::Error::new(disk_full()).context("cannot write b");
        let message = |reason| CliError::new(Exit::Output, reason).message();
        assert_eq!(message(quoted), format!("cannot write a: {}", disk_full()));
        assert_eq!(message(unquoted), format!("cannot write b: {}", disk_full()));
    }

    #[test]
    fn the_first_of_several_codes_has_precedence() {
        assert_eq!(Exit::Partial.min(Exit::Found), Exit::Found);
        assert_eq!(Exit::Found.min(Exit::Output), Exit::Output);
        assert_eq!(Exit::Done.min(Exit::Partial).code(), 3);
        assert_eq!(Exit::Usage.min(Exit::Output).code(), 2);
        assert_eq!(Exit::Output.min(Exit::Locked).min(Exit::Unusable).code(), 6);
        assert_eq!(Exit::Usage.min(Exit::Interrupted(143)).code(), 143);
    }
}
