//! A scheduled job and the errors of a job that a scheduler cannot run. Knows no format; `systemd`,
//! `cron` and `windows` write them.

use std::fmt;
use std::str::FromStr;

/// Bytes of a command: what the common crons take.
pub(crate) const LONGEST: usize = 990;

/// Part of everything that is installed. What contains it may be replaced or removed.
pub const MARK: &str = "made by faultline schedule";

/// A command and the time of day at which it runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Job {
    /// Letters, digits, `-` and `_`; the caller guarantees it.
    pub name: String,
    pub at: TimeOfDay,
    /// Time zone of `at`; the machine's if `None`.
    pub zone: Option<String>,
    /// Full path.
    pub program: String,
    pub arguments: Vec<String>,
    /// Full path of the working directory.
    pub directory: String,
    /// Account of the process; that of the installing user if `None`.
    pub account: Option<String>,
}

/// A time of day, written `02:30`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimeOfDay {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

impl FromStr for TimeOfDay {
    type Err = String;

    fn from_str(text: &str) -> Result<TimeOfDay, String> {
        let parse_part = |digits: &str, limit: u8| {
            let has_form = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<u8>().ok().filter(|number| has_form && *number < limit)
        };
        let parsed = text.split_once(':').and_then(|(hour, minute)| {
            Some(TimeOfDay { hour: parse_part(hour, 24)?, minute: parse_part(minute, 60)? })
        });
        parsed.ok_or_else(|| format!("invalid time of day {text:?}: use 02:30"))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

/// Why a scheduler cannot run a job.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ScheduleError {
    #[error("{0:?} holds a control character, which no scheduler takes")]
    ControlCharacter(String),
    /// The scheduler does not support the time zone.
    #[error("{scheduler} cannot run in the zone {zone}; {instead}")]
    Zone {
        scheduler: &'static str,
        zone: String,
        /// Advice to the user.
        instead: &'static str,
    },
    /// The Task Scheduler has no escape for a text between two `%`, which it takes as a variable.
    #[error("the Task Scheduler takes {0} for a variable; use another path or a settings file")]
    Variable(String),
    /// Length of the line in bytes.
    #[error("the line has {0} bytes and cron takes {limit}; use a settings file", limit = LONGEST)]
    Long(usize),
}

impl Job {
    /// Rejects control characters, which could end a line of the text or be invisible in it.
    pub(crate) fn check(&self) -> Result<(), ScheduleError> {
        let texts = self.arguments.iter().chain([&self.program, &self.directory]);
        match texts.chain(&self.account).find(|text| text.chars().any(char::is_control)) {
            Some(text) => Err(ScheduleError::ControlCharacter(text.clone())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_of_day_has_two_digits_each() {
        assert_eq!("02:30".parse(), Ok(TimeOfDay { hour: 2, minute: 30 }));
        assert_eq!("00:00".parse::<TimeOfDay>().unwrap().to_string(), "00:00");
        for text in ["2:30", "24:00", "02:60", "0230", "02:30:00", "+2:30", "", "０２:３０"] {
            assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
        }
    }
}
