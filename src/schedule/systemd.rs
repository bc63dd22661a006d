//! A systemd timer and the service that it starts. The timer catches up a missed run, and systemd
//! never starts a service that is still running. Installing the units is the task of `cli`.

use crate::schedule::job::{Job, MARK, ScheduleError};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Units {
    pub service: String,
    pub timer: String,
}

/// Units for the system if the job names an account, otherwise for the user.
///
/// The service is restarted after a failure that may be temporary, such as a full disk or a locked
/// state, but not after exit codes that another attempt cannot change: 1 (findings), 2 (usage),
/// 3 (partial), 6 (state unusable), 7 (alerts pending).
pub fn systemd(job: &Job) -> Result<Units, ScheduleError> {
    job.check()?;
    let zone = match &job.zone {
        Some(zone) if zone.starts_with(['+', '-']) => {
            return Err(ScheduleError::Zone {
                scheduler: "systemd",
                zone: zone.clone(),
                instead: "name one, such as Asia/Tokyo",
            });
        }
        Some(zone) => format!(" {zone}"),
        None => String::new(),
    };
    let arguments: String =
        job.arguments.iter().map(|argument| format!(" {}", quoted(argument))).collect();
    let account = match &job.account {
        Some(account) => format!("User={}\n", escape_specifiers(account)),
        None => String::new(),
    };
    let service = format!(
        "# {MARK}\n\
         [Unit]\n\
         Description=faultline: failing Integration Service connections\n\
         StartLimitIntervalSec=6h\n\
         StartLimitBurst=3\n\
         \n\
         [Service]\n\
         Type=simple\n\
         ExecStart={program}{arguments}\n\
         WorkingDirectory={directory}\n\
         {account}\
         Restart=on-failure\n\
         RestartSec=10min\n\
         RestartPreventExitStatus=1 2 3 6 7\n\
         Nice=10\n\
         NoNewPrivileges=yes\n",
        program = quoted_program(&job.program),
        directory = escape_specifiers(&job.directory),
    );
    let timer = format!(
        "# {MARK}\n\
         [Unit]\n\
         Description=faultline every night at {at}{zone}\n\
         \n\
         [Timer]\n\
         OnCalendar=*-*-* {at}:00{zone}\n\
         Persistent=true\n\
         AccuracySec=1min\n\
         \n\
         [Install]\n\
         WantedBy=timers.target\n",
        at = job.at,
    );
    Ok(Units { service, timer })
}

/// An argument in quotes, with specifiers and variables escaped.
fn quoted(argument: &str) -> String {
    quoted_program(argument).replace('$', "$$")
}

/// The program in quotes. systemd replaces no variables in it.
fn quoted_program(program: &str) -> String {
    let escaped = escape_specifiers(program).replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

/// Doubles `%`, which begins a specifier everywhere in a unit.
fn escape_specifiers(text: &str) -> String {
    text.replace('%', "%%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers_and_variables_are_escaped() {
        assert_eq!(quoted("a b"), "\"a b\"");
        assert_eq!(quoted("100% \"x\" $HOME \\"), "\"100%% \\\"x\\\" $$HOME \\\\\"");
        assert_eq!(quoted_program("/opt/50% $x/bin"), "\"/opt/50%% $x/bin\"");
        assert_eq!(quoted("接続"), "\"接続\"");
    }
}
