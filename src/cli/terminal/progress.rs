//! Progress bar on standard error: bytes, rate, remaining time. Workers add to counters, and the bar
//! draws them.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::terminal::signals::Signals;
use crate::cli::values::scan_options::ProgressWhen;
use crate::model::count;
use crate::pipeline::Observer;

/// Draws the progress of a scan and stops it after a signal.
pub struct ScanProgress<'s> {
    bar: ProgressBar,
    signals: &'s Signals,
}

impl<'s> ScanProgress<'s> {
    /// Starts a bar for this number of sources and bytes. `auto` draws it only on a terminal and only
    /// without `quiet`.
    pub fn new(
        when: ProgressWhen,
        quiet: bool,
        (sources, bytes): (u64, u64),
        signals: &'s Signals,
    ) -> ScanProgress<'s> {
        let is_visible = match when {
            ProgressWhen::Always => true,
            ProgressWhen::Never => false,
            ProgressWhen::Auto => !quiet && std::io::stderr().is_terminal(),
        };
        let target =
            if is_visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(bytes), target);
        let template = "{bar:30} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left  {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(count(sources, "file"));
        ScanProgress { bar, signals }
    }

    /// Removes the bar from the terminal.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for ScanProgress<'_> {
    fn bytes(&self, count: u64) {
        self.bar.inc(count);
    }

    fn is_stopping(&self) -> bool {
        self.signals.received().is_some()
    }
}
