//! Places where a test lets the program die or fail: each step of commit and publish. Compiled only
//! with the feature `failpoints`, which no release has; without it a place is nothing.
//!
//! `FAULTLINE_FAILPOINT=state-commit=kill` kills at the first passing of that place,
//! `state-source:3=fail` lets the third passing fail as if the disk were full, and `any:7=kill`
//! counts every place.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
/// What stands in the environment.
const VARIABLE: &str = "FAULTLINE_FAILPOINT";

static PASSED: AtomicU64 = AtomicU64::new(0);

/// Passes a place.
pub fn pass(name: &str) -> io::Result<()> {
    let Ok(wanted) = std::env::var(VARIABLE) else { return Ok(()) };
    let Some((place, action)) = wanted.split_once('=') else { return Ok(()) };
    let (place, count) = place.split_once(':').unwrap_or((place, "1"));
    if place != "any" && place != name {
        return Ok(());
    }
    let passed = PASSED.fetch_add(1, Ordering::SeqCst) + 1;
    if count.parse() != Ok(passed) {
        return Ok(());
    }
    match action {
        // No destructor runs and nothing is flushed, as with `kill -9`.
        "kill" => std::process::abort(),
        _ => Err(io::Error::from(io::ErrorKind::StorageFull)),
    }
}
