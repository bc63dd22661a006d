//! Installs and removes scheduled jobs through the commands of the system. Changes only files, lines and
//! tasks that carry the mark of this program, prints each change, and is idempotent.

use std::io::{ErrorKind, IsTerminal, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;
use crate::schedule::{self, Job, MARK, with_block, without_block};

/// Directory of system-wide units.
const SYSTEM_UNITS: &str = "/etc/systemd/system";

/// Installs and enables a systemd timer, system-wide or for the user.
pub fn systemd(job: &Job, system: bool) -> Result<(), CliError> {
    let units = schedule::systemd(job).map_err(CliError::usage)?;
    let directory = unit_directory(system)?;
    let files = unit_files(&directory, &job.name);
    for file in &files {
        require_own_file(file)?;
    }
    std::fs::create_dir_all(&directory).map_err(|error| write_error(&directory, error))?;
    let mut changed = false;
    for (file, text) in files.iter().zip([&units.service, &units.timer]) {
        changed |= write_if_changed(file, text)?;
    }
    let timer = format!("{}.timer", job.name);
    systemctl(system, &["daemon-reload"])?;
    systemctl(system, &["enable", "--now", &timer])?;
    if !changed {
        return print_line(&format!("{timer} was installed already, and is enabled"));
    }
    let mut message = format!("{timer} is installed in {} and enabled", directory.display());
    if !system {
        message.push_str("\nso that it runs while you are not logged in: loginctl enable-linger");
    }
    print_line(&message)
}

/// Disables a systemd timer and removes its units.
pub fn remove_systemd(name: &str, system: bool) -> Result<(), CliError> {
    let directory = unit_directory(system)?;
    let files = unit_files(&directory, name);
    if !files.iter().any(|file| file.exists()) {
        return print_line(&format!("there is no {name}.timer in {}", directory.display()));
    }
    for file in &files {
        require_own_file(file)?;
    }
    systemctl(system, &["disable", "--now", &format!("{name}.timer")])?;
    for file in &files {
        match std::fs::remove_file(file) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(write_error(file, error));
            }
            _ => {}
        }
    }
    systemctl(system, &["daemon-reload"])?;
    print_line(&format!("{name}.timer is disabled and removed from {}", directory.display()))
}

fn unit_directory(system: bool) -> Result<PathBuf, CliError> {
    if system {
        return Ok(PathBuf::from(SYSTEM_UNITS));
    }
    let variable =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = variable("XDG_CONFIG_HOME").or_else(|| Some(variable("HOME")?.join(".config")));
    let base = base.ok_or_else(|| CliError::usage("neither XDG_CONFIG_HOME nor HOME is set"))?;
    Ok(base.join("systemd").join("user"))
}

fn unit_files(directory: &Path, name: &str) -> [PathBuf; 2] {
    ["service", "timer"].map(|kind| directory.join(format!("{name}.{kind}")))
}

/// Fails if the file exists and was not written by this command.
fn require_own_file(file: &Path) -> Result<(), CliError> {
    match std::fs::read_to_string(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Ok(text) if text.contains(MARK) => Ok(()),
        _ => Err(not_own_error(&file.display().to_string())),
    }
}

fn not_own_error(what: &str) -> CliError {
    CliError::usage(format!(
        "{what} is there and was not made by this command; it stays. Use --name"
    ))
}

/// Replaces a file atomically. Returns false if it already has this text.
fn write_if_changed(file: &Path, text: &str) -> Result<bool, CliError> {
    if std::fs::read_to_string(file).is_ok_and(|current| current == text) {
        return Ok(false);
    }
    let temporary = file.with_extension("faultline-tmp");
    std::fs::write(&temporary, text)
        .and_then(|()| std::fs::rename(&temporary, file))
        .map_err(|error| write_error(file, error))?;
    Ok(true)
}

fn write_error(path: &Path, error: std::io::Error) -> CliError {
    let context = format!("cannot write {}", path.display());
    CliError { exit: Exit::Output, reason: anyhow::Error::new(error).context(context) }
}

fn systemctl(system: bool, arguments: &[&str]) -> Result<(), CliError> {
    let scope: &[&str] = if system { &[] } else { &["--user"] };
    let arguments = [scope, arguments].concat();
    let out = run_command("systemctl", &arguments, None)?;
    require_success("systemctl", &arguments, out).map(|_| ())
}

/// Installs a line in the cron table of the account.
pub fn cron(job: &Job) -> Result<(), CliError> {
    let line = schedule::cron(job).map_err(CliError::usage)?;
    let account = job.account.as_deref();
    let table = read_table(account)?;
    let new_table = with_block(&table, &job.name, &line);
    if new_table == table {
        return print_line(&format!("cron has the line of {} already", job.name));
    }
    write_table(account, &new_table)?;
    print_line(&format!("cron has a line of {} now: {}", job.name, line.trim_end()))
}

/// Removes the line from the cron table of the account.
pub fn remove_cron(name: &str, account: Option<&str>) -> Result<(), CliError> {
    match without_block(&read_table(account)?, name) {
        None => print_line(&format!("cron has no line of {name}")),
        Some(rest) => {
            write_table(account, &rest)?;
            print_line(&format!("the line of {name} is removed from cron"))
        }
    }
}

fn crontab(
    account: Option<&str>,
    argument: &str,
    input: Option<&[u8]>,
) -> Result<Output, CliError> {
    let user: Vec<&str> = account.map(|account| vec!["-u", account]).unwrap_or_default();
    run_command("crontab", &[&user[..], &[argument]].concat(), input)
}

/// Reads the cron table. A table that cannot be read is an error, so that it is never overwritten as if
/// it were empty.
fn read_table(account: Option<&str>) -> Result<String, CliError> {
    let out = crontab(account, "-l", None)?;
    let message = String::from_utf8_lossy(&out.stderr).to_lowercase();
    if !out.status.success() && message.contains("no crontab for") {
        return Ok(String::new());
    }
    let out = require_success("crontab", &["-l"], out)?;
    String::from_utf8(out.stdout).map_err(|_| {
        CliError::usage("the crontab is not valid UTF-8 and was not changed; add the line by hand")
    })
}

fn write_table(account: Option<&str>, table: &str) -> Result<(), CliError> {
    let out = crontab(account, "-", Some(table.as_bytes()))?;
    require_success("crontab", &["-"], out).map(|_| ())
}

/// Registers a task in the Windows Task Scheduler and replaces an own task of the same name.
pub fn windows(job: &Job) -> Result<(), CliError> {
    let xml = schedule::windows(job).map_err(CliError::usage)?;
    has_own_task(&job.name)?;
    let file = std::env::temp_dir().join(format!("faultline-task-{}.xml", std::process::id()));
    std::fs::write(&file, &xml).map_err(|error| write_error(&file, error))?;
    let path = file.display().to_string();
    let mut arguments = vec!["/Create", "/TN", &job.name, "/XML", &path, "/F"];
    if let Some(account) = &job.account {
        arguments.extend(["/RU", account]);
        if xml.contains("<LogonType>Password</LogonType>") && !account.ends_with('$') {
            // `*` makes the system ask for the password. A managed service account (`$`) has none.
            arguments.extend(["/RP", "*"]);
        }
    }
    let asks_password = arguments.contains(&"*");
    let result = if asks_password && !std::io::stdin().is_terminal() {
        let message = "the password of the account has to be typed: run this on a terminal, or \
                       register the output of `schedule print` yourself";
        Err(CliError::usage(message))
    } else {
        let streams = if asks_password { Streams::Terminal } else { Streams::Captured(None) };
        run_with("schtasks", &arguments, streams)
            .and_then(|out| require_success("schtasks", &arguments, out))
    };
    // A leftover temporary file does no harm, so only the error of the registration is reported.
    let _ = std::fs::remove_file(&file);
    result?;
    print_line(&format!("the task {} is registered, every night at {}", job.name, job.at))
}

/// Removes an own task from the Windows Task Scheduler.
pub fn remove_windows(name: &str) -> Result<(), CliError> {
    if !has_own_task(name)? {
        return print_line(&format!("there is no task {name}"));
    }
    let arguments = ["/Delete", "/TN", name, "/F"];
    require_success("schtasks", &arguments, run_command("schtasks", &arguments, None)?)?;
    print_line(&format!("the task {name} is removed"))
}

/// True if the task exists. Fails if it was not registered by this command.
fn has_own_task(name: &str) -> Result<bool, CliError> {
    let out = run_command("schtasks", &["/Query", "/TN", name, "/XML"], None)?;
    if !out.status.success() {
        return Ok(false);
    }
    // The output may be UTF-16. The mark is ASCII, so dropping zero bytes is enough to find it.
    let text: Vec<u8> = out.stdout.into_iter().filter(|byte| *byte != 0).collect();
    let is_own = String::from_utf8_lossy(&text).contains(MARK);
    if is_own { Ok(true) } else { Err(not_own_error(&format!("the task {name}"))) }
}

fn print_line(line: &str) -> Result<(), CliError> {
    output::print(format!("{line}\n").as_bytes())
}

/// What the standard streams of a command are connected to.
#[derive(Clone, Copy)]
enum Streams<'i> {
    /// The terminal of the user, for commands that ask for a password.
    Terminal,
    /// The output is captured. The input is the given bytes, or empty.
    Captured(Option<&'i [u8]>),
}

/// Runs a command of the system and captures its output.
fn run_command(
    program: &str,
    arguments: &[&str],
    input: Option<&[u8]>,
) -> Result<Output, CliError> {
    run_with(program, arguments, Streams::Captured(input))
}

fn run_with(program: &str, arguments: &[&str], streams: Streams<'_>) -> Result<Output, CliError> {
    let (stdin, stdout, stderr) = match streams {
        Streams::Terminal => (Stdio::inherit(), Stdio::inherit(), Stdio::inherit()),
        Streams::Captured(Some(_)) => (Stdio::piped(), Stdio::piped(), Stdio::piped()),
        Streams::Captured(None) => (Stdio::null(), Stdio::piped(), Stdio::piped()),
    };
    let run = || {
        let mut command = Command::new(program);
        let mut child =
            command.args(arguments).stdin(stdin).stdout(stdout).stderr(stderr).spawn()?;
        if let (Some(mut pipe), Streams::Captured(Some(input))) = (child.stdin.take(), streams) {
            pipe.write_all(input)?;
        }
        child.wait_with_output()
    };
    run().map_err(|error| {
        let context = format!("cannot run {program}");
        CliError { exit: Exit::Output, reason: anyhow::Error::new(error).context(context) }
    })
}

/// Fails with the error output of the command if it did not succeed.
fn require_success(program: &str, arguments: &[&str], out: Output) -> Result<Output, CliError> {
    if out.status.success() {
        return Ok(out);
    }
    let message = String::from_utf8_lossy(&out.stderr);
    let reason = anyhow::anyhow!(
        "{program} {} ended with {}: {}",
        arguments.join(" "),
        out.status,
        message.trim()
    );
    Err(CliError { exit: Exit::Output, reason })
}
