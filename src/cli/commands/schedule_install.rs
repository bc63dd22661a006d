//! Installs and removes what `schedule` makes, through the system's own commands. Only touches what
//! is ours, says what it did, and does nothing twice.

use std::io::{ErrorKind, IsTerminal, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;
use crate::schedule;
use crate::schedule::{Job, MARK, with_block, without_block};

/// Units of the system.
const SYSTEM_UNITS: &str = "/etc/systemd/system";

/// Installs a timer.
pub fn systemd(job: &Job, system: bool) -> Result<(), CliError> {
    let units = schedule::systemd(job).map_err(CliError::usage)?;
    let directory = unit_directory(system)?;
    let files = unit_files(&directory, &job.name);
    for file in &files {
        ours(file)?;
    }
    std::fs::create_dir_all(&directory).map_err(|error| cannot_write(&directory, error))?;
    let mut changed = false;
    for (file, text) in files.iter().zip([&units.service, &units.timer]) {
        changed |= put(file, text)?;
    }
    let timer = format!("{}.timer", job.name);
    systemctl(system, &["daemon-reload"])?;
    systemctl(system, &["enable", "--now", &timer])?;
    if !changed {
        return done(&format!("{timer} was installed already, and is enabled"));
    }
    let mut said = format!("{timer} is installed in {} and enabled", directory.display());
    if !system {
        said.push_str("\nso that it runs while you are not logged in: loginctl enable-linger");
    }
    done(&said)
}

/// Removes a timer.
pub fn remove_systemd(name: &str, system: bool) -> Result<(), CliError> {
    let directory = unit_directory(system)?;
    let files = unit_files(&directory, name);
    if !files.iter().any(|file| file.exists()) {
        return done(&format!("there is no {name}.timer in {}", directory.display()));
    }
    for file in &files {
        ours(file)?;
    }
    systemctl(system, &["disable", "--now", &format!("{name}.timer")])?;
    for file in &files {
        match std::fs::remove_file(file) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(cannot_write(file, error));
            }
            _ => {}
        }
    }
    systemctl(system, &["daemon-reload"])?;
    done(&format!("{name}.timer is disabled and removed from {}", directory.display()))
}

fn unit_directory(system: bool) -> Result<PathBuf, CliError> {
    if system {
        return Ok(PathBuf::from(SYSTEM_UNITS));
    }
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")));
    let base = base.ok_or_else(|| CliError::usage("neither XDG_CONFIG_HOME nor HOME is set"))?;
    Ok(base.join("systemd").join("user"))
}

fn unit_files(directory: &Path, name: &str) -> [PathBuf; 2] {
    ["service", "timer"].map(|kind| directory.join(format!("{name}.{kind}")))
}

/// Refuses a file that somebody else wrote.
fn ours(file: &Path) -> Result<(), CliError> {
    match std::fs::read_to_string(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Ok(text) if text.contains(MARK) => Ok(()),
        _ => Err(not_ours(&file.display().to_string())),
    }
}

fn not_ours(what: &str) -> CliError {
    CliError::usage(format!(
        "{what} is there and was not made by this command; it stays. Use --name"
    ))
}

/// Writes a file where it differs.
fn put(file: &Path, text: &str) -> Result<bool, CliError> {
    if std::fs::read_to_string(file).is_ok_and(|known| known == text) {
        return Ok(false);
    }
    let beside = file.with_extension("faultline-tmp");
    std::fs::write(&beside, text)
        .and_then(|()| std::fs::rename(&beside, file))
        .map_err(|error| cannot_write(file, error))?;
    Ok(true)
}

fn cannot_write(path: &Path, error: std::io::Error) -> CliError {
    let context = format!("cannot write {}", path.display());
    CliError { exit: Exit::Output, reason: anyhow::Error::new(error).context(context) }
}

fn systemctl(system: bool, words: &[&str]) -> Result<(), CliError> {
    let scope: &[&str] = if system { &[] } else { &["--user"] };
    let words = [scope, words].concat();
    succeeded("systemctl", &words, call("systemctl", &words, None)?).map(|_| ())
}

/// Installs a line of cron.
pub fn cron(job: &Job) -> Result<(), CliError> {
    let line = schedule::cron(job).map_err(CliError::usage)?;
    let account = job.account.as_deref();
    let before = table(account)?;
    let after = with_block(&before, &job.name, &line);
    if after == before {
        return done(&format!("cron has the line of {} already", job.name));
    }
    put_table(account, &after)?;
    done(&format!("cron has a line of {} now: {}", job.name, line.trim_end()))
}

/// Removes a line of cron.
pub fn remove_cron(name: &str, account: Option<&str>) -> Result<(), CliError> {
    match without_block(&table(account)?, name) {
        None => done(&format!("cron has no line of {name}")),
        Some(rest) => {
            put_table(account, &rest)?;
            done(&format!("the line of {name} is removed from cron"))
        }
    }
}

fn crontab(account: Option<&str>, word: &str, input: Option<&[u8]>) -> Result<Output, CliError> {
    let user: Vec<&str> = account.map(|account| vec!["-u", account]).unwrap_or_default();
    call("crontab", &[&user[..], &[word]].concat(), input)
}

/// The table as it is. A table that cannot be read is never taken for an empty one.
fn table(account: Option<&str>) -> Result<String, CliError> {
    let out = crontab(account, "-l", None)?;
    let said = String::from_utf8_lossy(&out.stderr).to_lowercase();
    if !out.status.success() && said.contains("no crontab for") {
        return Ok(String::new());
    }
    let out = succeeded("crontab", &["-l"], out)?;
    String::from_utf8(out.stdout).map_err(|_| {
        CliError::usage("the table of cron is no UTF-8; it stays as it is. Add the line by hand")
    })
}

fn put_table(account: Option<&str>, table: &str) -> Result<(), CliError> {
    let out = crontab(account, "-", Some(table.as_bytes()))?;
    succeeded("crontab", &["-"], out).map(|_| ())
}

/// Registers a task.
pub fn windows(job: &Job) -> Result<(), CliError> {
    let xml = schedule::windows(job).map_err(CliError::usage)?;
    our_task(&job.name)?;
    let file = std::env::temp_dir().join(format!("faultline-task-{}.xml", std::process::id()));
    std::fs::write(&file, &xml).map_err(|error| cannot_write(&file, error))?;
    let path = file.display().to_string();
    let mut words = vec!["/Create", "/TN", &job.name, "/XML", &path, "/F"];
    if let Some(account) = &job.account {
        words.extend(["/RU", account]);
        if xml.contains("<LogonType>Password</LogonType>") && !account.ends_with('$') {
            // The system asks for it, and keeps it; a managed account has none to ask for.
            words.extend(["/RP", "*"]);
        }
    }
    let asks = words.contains(&"*");
    let registered = if asks && !std::io::stdin().is_terminal() {
        let message = "the password of the account has to be typed: run this on a terminal, or \
                       register the output of `schedule print` yourself";
        Err(CliError::usage(message))
    } else {
        call_on("schtasks", &words, None, asks).and_then(|out| succeeded("schtasks", &words, out))
    };
    // The file is ours alone; what went wrong before is what is told.
    let _ = std::fs::remove_file(&file);
    registered?;
    done(&format!("the task {} is registered, every night at {}", job.name, job.at))
}

/// Removes a task.
pub fn remove_windows(name: &str) -> Result<(), CliError> {
    if !our_task(name)? {
        return done(&format!("there is no task {name}"));
    }
    let words = ["/Delete", "/TN", name, "/F"];
    succeeded("schtasks", &words, call("schtasks", &words, None)?)?;
    done(&format!("the task {name} is removed"))
}

/// Whether the task is there. One that somebody else registered is refused.
fn our_task(name: &str) -> Result<bool, CliError> {
    let out = call("schtasks", &["/Query", "/TN", name, "/XML"], None)?;
    if !out.status.success() {
        return Ok(false);
    }
    // The answer may come in UTF-16; our mark is ASCII.
    let text: Vec<u8> = out.stdout.into_iter().filter(|byte| *byte != 0).collect();
    let ours = String::from_utf8_lossy(&text).contains(MARK);
    if ours { Ok(true) } else { Err(not_ours(&format!("the task {name}"))) }
}

fn done(said: &str) -> Result<(), CliError> {
    output::print(format!("{said}\n").as_bytes())
}

/// Runs a command of the system.
fn call(program: &str, words: &[&str], input: Option<&[u8]>) -> Result<Output, CliError> {
    call_on(program, words, input, false)
}

fn call_on(
    program: &str,
    words: &[&str],
    input: Option<&[u8]>,
    terminal: bool,
) -> Result<Output, CliError> {
    let stdin = match (input, terminal) {
        (Some(_), _) => Stdio::piped(),
        (None, true) => Stdio::inherit(),
        (None, false) => Stdio::null(),
    };
    let (out, err) = match terminal {
        true => (Stdio::inherit(), Stdio::inherit()),
        false => (Stdio::piped(), Stdio::piped()),
    };
    let run = || {
        let mut child =
            Command::new(program).args(words).stdin(stdin).stdout(out).stderr(err).spawn()?;
        if let (Some(mut pipe), Some(input)) = (child.stdin.take(), input) {
            pipe.write_all(input)?;
        }
        child.wait_with_output()
    };
    run().map_err(|error| {
        let context = format!("cannot run {program}");
        CliError { exit: Exit::Output, reason: anyhow::Error::new(error).context(context) }
    })
}

fn succeeded(program: &str, words: &[&str], out: Output) -> Result<Output, CliError> {
    if out.status.success() {
        return Ok(out);
    }
    let said = String::from_utf8_lossy(&out.stderr);
    let reason =
        anyhow::anyhow!("{program} {} ended with {}: {}", words.join(" "), out.status, said.trim());
    Err(CliError { exit: Exit::Output, reason })
}
