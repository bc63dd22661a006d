//! Why a stream ended early. A fault travels inside `io::Error`, after all good bytes, so that
//! every reader between this stage and the records can be an ordinary `Read`.

use crate::model::DiagnosticCode;
use std::io;

/// The reason why a stream ended early. The bytes returned before it are valid.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    pub code: DiagnosticCode,
    /// What failed, and at which byte where that is known.
    pub message: String,
}

impl Fault {
    pub fn new(code: DiagnosticCode, message: impl Into<String>) -> Fault {
        Fault { code, message: message.into() }
    }

    /// The stream lacks its end.
    pub(crate) fn truncated(message: impl Into<String>) -> Fault {
        Fault::new(DiagnosticCode::OpenTruncatedStream, message)
    }

    /// The stream contradicts its format or its checksum.
    pub(crate) fn damaged(message: impl Into<String>) -> Fault {
        Fault::new(DiagnosticCode::OpenDamagedStream, message)
    }

    /// The fault inside `error`; `None` if the error does not come from this stage.
    pub fn downcast(error: &io::Error) -> Option<&Fault> {
        error.get_ref()?.downcast_ref()
    }

    /// The fault inside `error`; an error that has none becomes `open.read-error`.
    pub fn from_error(error: &io::Error) -> Fault {
        match Fault::downcast(error) {
            Some(fault) => fault.clone(),
            None => Fault::new(DiagnosticCode::OpenReadError, error.to_string()),
        }
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, fault)
    }
}
