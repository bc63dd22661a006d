//! Progress on standard error: bytes, rate, time left. Workers add to counters; one place draws.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::terminal::signals::Signals;
use crate::cli::values::scan_options::ProgressWhen;
use crate::pipeline::Observer;

/// A bar, or nothing, and whether somebody asked to stop.
pub struct ScanProgress<'s> {
    bar: ProgressBar,
    signals: &'s Signals,
}

impl<'s> ScanProgress<'s> {
    /// A bar over so many sources and bytes. On `auto` it is drawn on a terminal only.
    pub fn new(
        when: ProgressWhen,
        quiet: bool,
        (sources, bytes): (u64, u64),
        signals: &'s Signals,
    ) -> ScanProgress<'s> {
        let drawn = match when {
            ProgressWhen::Always => true,
            ProgressWhen::Never => false,
            ProgressWhen::Auto => !quiet && std::io::stderr().is_terminal(),
        };
        let target =
            if drawn { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(bytes), target);
        let template = "{bar:30} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left  {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(format!("{sources} files"));
        ScanProgress { bar, signals }
    }

    /// Clears the bar.
    pub fn done(&self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for ScanProgress<'_> {
    fn bytes(&self, count: u64) {
        self.bar.inc(count);
    }

    fn stopping(&self) -> bool {
        self.signals.received().is_some()
    }
}
