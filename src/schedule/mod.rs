//! The nightly run as text for the scheduler of the system: systemd units, a cron line, or a task of
//! the Windows Task Scheduler. Nothing here reads the clock, writes a file or starts a process.

pub(crate) mod cron;
pub(crate) mod job;
pub(crate) mod systemd;
pub(crate) mod windows;

pub(crate) use cron::{cron, with_block, without_block};
pub(crate) use job::{Job, MARK, TimeOfDay};
pub(crate) use systemd::systemd;
pub(crate) use windows::windows;
