//! `faultline schedule`: prints, installs or removes a nightly run in the scheduler of the system. Does
//! not call the scheduler itself; `schedule_install` does.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::cli::commands::schedule_install;
use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;
use crate::cli::values::config::file;
use crate::cli::values::shared_options::ConfigFile;
use crate::cli::values::time;
use crate::schedule::{Job, TimeOfDay, cron, systemd, windows};

#[derive(Args, Debug)]
pub struct ScheduleArguments {
    #[command(subcommand)]
    pub command: ScheduleCommand,
}

/// Subcommands of `faultline schedule`.
#[derive(Subcommand, Debug)]
pub enum ScheduleCommand {
    /// Print what install would create
    Print(JobArguments),
    /// Install the schedule, or replace it
    Install(JobArguments),
    /// Remove the schedule
    Remove(TargetArguments),
}

/// Where a job is installed.
#[derive(Args, Debug)]
pub struct TargetArguments {
    /// Systemd timer and service
    #[arg(long, group = "scheduler")]
    pub systemd: bool,

    /// Line for cron
    #[arg(long, group = "scheduler")]
    pub cron: bool,

    /// Task of the Windows Task Scheduler
    #[arg(long, group = "scheduler")]
    pub windows: bool,

    /// With --systemd: system units instead of user units
    #[arg(long, conflicts_with_all = ["cron", "windows"])]
    pub system: bool,

    /// Account that runs it; your own unless given
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,

    /// Name of the unit, line or task
    #[arg(long, value_name = "NAME", default_value = "faultline", value_parser = validate_name)]
    pub name: String,
}

/// What is to be run, and when.
#[derive(Args, Debug)]
pub struct JobArguments {
    /// Time of day, every day
    #[arg(long, value_name = "HH:MM")]
    pub at: TimeOfDay,

    /// Time zone of that time; unless given, that of the machine
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true, value_parser = crate::cli::values::parsers::validate_zone)]
    pub zone: Option<String>,

    #[command(flatten)]
    pub target: TargetArguments,

    #[command(flatten)]
    pub config: ConfigFile,

    /// Further arguments of scan
    #[arg(value_name = "ARGS", last = true)]
    pub arguments: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Scheduler {
    Systemd,
    Cron,
    Windows,
}

impl TargetArguments {
    /// Returns the scheduler of the flags, else that of the platform.
    fn scheduler(&self) -> Scheduler {
        match (self.windows, self.cron) {
            (true, _) => Scheduler::Windows,
            (_, true) => Scheduler::Cron,
            _ if self.systemd || self.system || !cfg!(windows) => Scheduler::Systemd,
            _ => Scheduler::Windows,
        }
    }
}

/// Accepts a name that every scheduler takes without quoting.
fn validate_name(text: &str) -> Result<String, String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(is_allowed) {
        Ok(text.to_string())
    } else {
        Err("a name is made of letters, digits, - and _".to_string())
    }
}

/// Checks the arguments of a `scan`. The error says which one is invalid.
type CheckScan<'a> = &'a dyn Fn(&[String]) -> Result<(), String>;

/// Runs the command. `check_scan` is passed in because the definition of the command line depends on the
/// commands, not the reverse.
pub fn run(arguments: &ScheduleArguments, check_scan: CheckScan<'_>) -> Result<Exit, CliError> {
    match &arguments.command {
        ScheduleCommand::Print(arguments) => {
            print(&build_job(arguments, check_scan)?, arguments.target.scheduler())?
        }
        ScheduleCommand::Install(arguments) => {
            let (job, target) = (build_job(arguments, check_scan)?, &arguments.target);
            match target.scheduler() {
                Scheduler::Systemd => schedule_install::systemd(&job, target.system)?,
                Scheduler::Cron => schedule_install::cron(&job)?,
                Scheduler::Windows => schedule_install::windows(&job)?,
            }
        }
        ScheduleCommand::Remove(target) => match target.scheduler() {
            Scheduler::Systemd => schedule_install::remove_systemd(&target.name, target.system)?,
            Scheduler::Cron => {
                schedule_install::remove_cron(&target.name, target.account.as_deref())?
            }
            Scheduler::Windows => schedule_install::remove_windows(&target.name)?,
        },
    }
    Ok(Exit::Done)
}

fn print(job: &Job, scheduler: Scheduler) -> Result<(), CliError> {
    let text = match scheduler {
        Scheduler::Systemd => {
            let units = systemd(job).map_err(CliError::usage)?;
            format!(
                "# {name}.service\n{}\n# {name}.timer\n{}",
                units.service,
                units.timer,
                name = job.name
            )
        }
        Scheduler::Cron => cron(job).map_err(CliError::usage)?,
        Scheduler::Windows => windows(job).map_err(CliError::usage)?,
    };
    output::print(text.as_bytes())
}

/// Builds the job: this program, with the settings file that is in effect now, in the directory of that
/// file.
fn build_job(arguments: &JobArguments, check_scan: CheckScan<'_>) -> Result<Job, CliError> {
    let target = &arguments.target;
    if target.system && target.account.is_none() {
        let message = "--system runs as root unless --account names another; name one, root too";
        return Err(CliError::usage(message));
    }
    if target.scheduler() == Scheduler::Systemd && target.account.is_some() && !target.system {
        return Err(CliError::usage(
            "a timer of the user runs as the user; --account needs --system",
        ));
    }
    if let Some(zone) = &arguments.zone {
        time::parse_zone(zone).map_err(CliError::usage)?;
    }
    let mut directory =
        std::env::current_dir().map_err(|error| CliError::new(Exit::Usage, error))?;
    let settings_file = file::find_settings(arguments.config.config.as_deref())?;
    let mut scan_arguments = vec!["scan".to_string(), "--quiet".to_string()];
    match &settings_file {
        Some(file) => {
            let path = absolute_path(&file.path)?;
            directory = path.parent().map(Path::to_path_buf).unwrap_or(directory);
            scan_arguments.extend(["--config".to_string(), path_text(&path)?]);
        }
        None if arguments.arguments.is_empty() => {
            let message = "nothing says what to scan: write a settings file with `faultline config \
                           init`, or give the arguments of scan behind --";
            return Err(CliError::usage(message));
        }
        // The arguments alone define the run.
        None => {}
    }
    scan_arguments.extend(arguments.arguments.iter().cloned());
    // A mistake is reported now, not during the first scheduled run.
    check_scan(&scan_arguments).map_err(CliError::usage)?;
    let program = std::env::current_exe().map_err(|error| CliError::new(Exit::Usage, error))?;
    Ok(Job {
        name: target.name.clone(),
        at: arguments.at,
        zone: arguments.zone.clone(),
        program: path_text(&program)?,
        arguments: scan_arguments,
        directory: path_text(&directory)?,
        account: target.account.clone(),
    })
}

fn absolute_path(path: &Path) -> Result<PathBuf, CliError> {
    std::path::absolute(path).map_err(|error| CliError::new(Exit::Usage, error))
}

/// Returns the path as text. Fails if it is not UTF-8, because job definitions are text.
fn path_text(path: &Path) -> Result<String, CliError> {
    path.to_str().map(str::to_string).ok_or_else(|| {
        CliError::usage(format!(
            "{} is not valid Unicode; schedulers accept text only",
            path.display()
        ))
    })
}
