//! A timer and the service it starts. The timer catches up a missed night, and systemd never
//! starts a service that is still running.

use crate::schedule::job::{Job, MARK, ScheduleError};
/// The two files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Units {
    /// NAME.service.
    pub service: String,
    /// NAME.timer.
    pub timer: String,
}

/// Units of systemd; of the system if an account is named, else of the user.
///
/// Codes that another try cannot change end the night: 1 (findings), 2 (usage), 3 (partial), 6
/// (state unusable), 7 (alerts pending). A full disk or a locked state may pass: tried again.
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
    let arguments: String = job.arguments.iter().map(|word| format!(" {}", quoted(word))).collect();
    let account = match &job.account {
        Some(account) => format!("User={}\n", specifiers(account)),
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
        program = program(&job.program),
        directory = specifiers(&job.directory),
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

/// An argument: quoted, with what systemd would replace doubled.
fn quoted(word: &str) -> String {
    program(word).replace('$', "$$")
}

/// The program: variables are not replaced in it.
fn program(word: &str) -> String {
    let escaped = specifiers(word).replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

/// `%` begins a specifier everywhere in a unit.
fn specifiers(text: &str) -> String {
    text.replace('%', "%%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_systemd_would_replace_is_protected() {
        assert_eq!(quoted("a b"), "\"a b\"");
        assert_eq!(quoted("100% \"x\" $HOME \\"), "\"100%% \\\"x\\\" $$HOME \\\\\"");
        assert_eq!(program("/opt/50% $x/bin"), "\"/opt/50%% $x/bin\"");
        assert_eq!(quoted("接続"), "\"接続\"");
    }
}
