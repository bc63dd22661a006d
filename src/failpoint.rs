//! Failpoints: the steps of commit and publish at which a test aborts the process or makes the
//! operation fail. Compiled only with the feature `failpoints`, which no release has; without it
//! `fail_point!` does nothing.
//!
//! `FAULTLINE_FAILPOINT=state-commit=kill` aborts the process when it first reaches that failpoint,
//! `state-source:3=fail` makes its third execution fail as if the disk were full, and `any:7=kill`
//! counts the executions of all failpoints.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

const VARIABLE: &str = "FAULTLINE_FAILPOINT";

/// Executions of the failpoint that the variable names, or of all for `any`.
static EXECUTIONS: AtomicU64 = AtomicU64::new(0);

/// Executes the failpoint `name`: aborts or returns an error if the variable asks for that.
pub fn pass(name: &str) -> io::Result<()> {
    let Ok(setting) = std::env::var(VARIABLE) else { return Ok(()) };
    let Some((failpoint, action)) = setting.split_once('=') else { return Ok(()) };
    let (failpoint, count) = failpoint.split_once(':').unwrap_or((failpoint, "1"));
    if failpoint != "any" && failpoint != name {
        return Ok(());
    }
    let executions = EXECUTIONS.fetch_add(1, Ordering::SeqCst) + 1;
    if count.parse() != Ok(executions) {
        return Ok(());
    }
    match action {
        // No destructor runs and nothing is flushed, as with `kill -9`.
        "kill" => std::process::abort(),
        _ => Err(io::Error::from(io::ErrorKind::StorageFull)),
    }
}
