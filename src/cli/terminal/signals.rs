//! Being told to stop: the first signal lets the run finish what it has in hand, the second ends it
//! at once. And the one signal that only tells of a failed write.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

#[cfg(unix)]
use signal_hook::consts::SIGHUP;

/// What ends a run: Ctrl-C, a service manager, a terminal that goes away.
#[cfg(unix)]
const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

/// Elsewhere there is no terminal that goes away.
#[cfg(not(unix))]
const SIGNALS: [i32; 2] = [SIGINT, SIGTERM];

/// A signal that ends a process gives its number and this as the exit code.
const ENDED_BY_SIGNAL: i32 = 128;

/// From now on a file that grows beyond what the account may write is a write that failed, as on a
/// full disk, and no sudden end.
#[cfg(unix)]
pub fn survive_file_limits() {
    // Without it such a write still ends the run, only with less to say.
    let _ = flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
}

/// Elsewhere there are no such limits.
#[cfg(not(unix))]
pub fn survive_file_limits() {}

/// Remembers the first signal.
pub struct Signals {
    received: Arc<AtomicUsize>,
}

impl Signals {
    /// From now on the first signal only asks.
    pub fn watch() -> io::Result<Signals> {
        let received = Arc::new(AtomicUsize::new(0));
        let again = Arc::new(AtomicBool::new(false));
        for signal in SIGNALS {
            // In this order: the second signal finds the flag that the first one left.
            let code = ENDED_BY_SIGNAL + signal;
            flag::register_conditional_shutdown(signal, code, Arc::clone(&again))?;
            flag::register(signal, Arc::clone(&again))?;
            let number = usize::try_from(signal).unwrap_or_default();
            flag::register_usize(signal, Arc::clone(&received), number)?;
        }
        Ok(Signals { received })
    }

    /// The exit code that tells of the signal, once there was one.
    pub fn received(&self) -> Option<u8> {
        let number = self.received.load(Ordering::Relaxed);
        let number = u8::try_from(number).ok().filter(|number| *number > 0)?;
        Some(number.saturating_add(128))
    }
}
