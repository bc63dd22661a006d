//! The night's run as the system's own scheduler wants it: systemd units, a cron line, a task of
//! the Windows Task Scheduler. Text in, text out: nothing here reads the clock, writes a file or
//! starts anything.

pub(crate) mod cron;
pub(crate) mod job;
pub(crate) mod systemd;
pub(crate) mod windows;

pub(crate) use cron::{cron, with_block, without_block};
pub(crate) use job::{At, Job, MARK};
pub(crate) use systemd::systemd;
pub(crate) use windows::windows;
