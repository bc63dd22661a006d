//! Exit codes, and which of several wins.

use std::process::ExitCode;

use crate::pipeline::PipelineError;
use crate::state::{MutesError, StateError};

/// How a run ended. The order is the order in which they win: the first that holds is returned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Exit {
    /// A signal ended it: 128 and its number. What was finished is kept where there is a state.
    Interrupted(u8),
    /// Usage, configuration or signature error, or no PATH exists; nothing was scanned.
    Usage,
    /// The state is damaged, foreign, too new or may not be written; nothing changed.
    Unusable,
    /// Another run has the state.
    Locked,
    /// Outputs or state could not be written; earlier ones are untouched.
    Output,
    /// The `--fail-on` class was reached.
    Found,
    /// Results are written, but at least one input was not read completely.
    Partial,
    /// Everything was read and written.
    Done,
}

impl Exit {
    /// The number.
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

/// Why a command stopped.
#[derive(Debug)]
pub struct CliError {
    /// How it ends.
    pub exit: Exit,
    /// What is said.
    pub reason: anyhow::Error,
}

impl CliError {
    /// A failure that ends so.
    pub fn new(exit: Exit, reason: impl Into<anyhow::Error>) -> CliError {
        CliError { exit, reason: reason.into() }
    }

    /// What is said: the reason and what led to it. Many reasons quote what led to them, which is
    /// not said twice.
    pub fn message(&self) -> String {
        let mut causes = self.reason.chain().map(ToString::to_string);
        let first = causes.next().unwrap_or_default();
        causes.fold(
            first,
            |said, cause| {
                if said.contains(&cause) { said } else { format!("{said}: {cause}") }
            },
        )
    }

    /// A usage error.
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
    fn a_cause_that_is_quoted_is_said_once() {
        let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
        let quoted = anyhow::Error::new(full()).context(format!("cannot write a: {}", full()));
        let apart = anyhow::Error::new(full()).context("cannot write b");
        let words = |reason| CliError::new(Exit::Output, reason).message();
        assert_eq!(words(quoted), format!("cannot write a: {}", full()));
        assert_eq!(words(apart), format!("cannot write b: {}", full()));
    }

    #[test]
    fn of_several_the_first_wins() {
        assert_eq!(Exit::Partial.min(Exit::Found), Exit::Found);
        assert_eq!(Exit::Found.min(Exit::Output), Exit::Output);
        assert_eq!(Exit::Done.min(Exit::Partial).code(), 3);
        assert_eq!(Exit::Usage.min(Exit::Output).code(), 2);
        assert_eq!(Exit::Output.min(Exit::Locked).min(Exit::Unusable).code(), 6);
        assert_eq!(Exit::Usage.min(Exit::Interrupted(143)).code(), 143);
    }
}
