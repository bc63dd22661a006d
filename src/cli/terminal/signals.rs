//! Signal handling. The first signal asks the run to finish the sources in progress; the second ends the
//! process at once. SIGXFSZ is reduced to a failed write.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

#[cfg(unix)]
use signal_hook::consts::SIGHUP;

/// Sent by Ctrl-C, a service manager, or a terminal that closes.
#[cfg(unix)]
const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

/// Other systems have no signal for a terminal that closes.
#[cfg(not(unix))]
const SIGNALS: [i32; 2] = [SIGINT, SIGTERM];

/// A process that a signal ends has this plus the signal's number as its exit code.
const EXIT_CODE_BASE: u8 = 128;

/// Makes a file that exceeds the size limit of the account a failed write, as on a full disk, instead
/// of the end of the process.
#[cfg(unix)]
pub fn survive_file_limits() {
    // If this fails, such a write still ends the run, but without a message.
    let _ = flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
}

/// Other systems have no such limit.
#[cfg(not(unix))]
pub fn survive_file_limits() {}

/// Remembers the first signal.
pub struct Signals {
    received: Arc<AtomicUsize>,
}

impl Signals {
    /// Installs the handlers. From then on the first signal no longer ends the process.
    pub fn watch() -> io::Result<Signals> {
        let received = Arc::new(AtomicUsize::new(0));
        let shutdown = Arc::new(AtomicBool::new(false));
        for signal in SIGNALS {
            // The order matters: the first signal finds `shutdown` unset and then sets it, so that
            // only the second one ends the process.
            let code = i32::from(EXIT_CODE_BASE) + signal;
            flag::register_conditional_shutdown(signal, code, Arc::clone(&shutdown))?;
            flag::register(signal, Arc::clone(&shutdown))?;
            let number = usize::try_from(signal).unwrap_or_default();
            flag::register_usize(signal, Arc::clone(&received), number)?;
        }
        Ok(Signals { received })
    }

    /// Returns the exit code for the received signal, if there was one.
    pub fn received(&self) -> Option<u8> {
        let number = self.received.load(Ordering::Relaxed);
        let number = u8::try_from(number).ok().filter(|number| *number > 0)?;
        Some(number.saturating_add(EXIT_CODE_BASE))
    }
}
