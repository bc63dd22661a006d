//! Why a stream ended before its end. A fault travels inside `io::Error`, after all good bytes, so
//! that every reader between here and the records can stay an ordinary `Read`.

use std::io;
/// A named reason that ends a stream. The bytes handed out before it count.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// Permanent code: `open.truncated-stream`, `open.damaged-stream`, `open.limit-ratio`,
    /// `open.limit-size`, `open.limit-window`, `open.read-error` or `open.shrunk`.
    pub code: &'static str,
    /// What happened and where.
    pub message: String,
}

impl Fault {
    /// A fault under a permanent code.
    pub fn new(code: &'static str, message: impl Into<String>) -> Fault {
        Fault { code, message: message.into() }
    }

    /// The stream stops in the middle.
    pub(crate) fn truncated(message: impl Into<String>) -> Fault {
        Fault::new("open.truncated-stream", message)
    }

    /// The stream contradicts itself.
    pub(crate) fn damaged(message: impl Into<String>) -> Fault {
        Fault::new("open.damaged-stream", message)
    }

    /// The fault an error carries, if it came from this stage.
    pub fn of(error: &io::Error) -> Option<&Fault> {
        error.get_ref()?.downcast_ref()
    }

    /// The fault an error carries, or the error itself as a failed read.
    pub fn from_error(error: &io::Error) -> Fault {
        match Fault::of(error) {
            Some(fault) => fault.clone(),
            None => Fault::new("open.read-error", error.to_string()),
        }
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, fault)
    }
}
