//! What is run and when, whatever the scheduler.

use std::fmt;
use std::str::FromStr;
/// Stands in everything that is installed, and tells what is ours when it is replaced or removed.
pub const MARK: &str = "made by faultline schedule";

/// What is to be run, and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Job {
    /// What it is called: letters, digits, `-` and `_`.
    pub name: String,
    /// When.
    pub at: At,
    /// Zone of that time; the machine's if none is given.
    pub zone: Option<String>,
    /// The program, by its full path.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Directory it runs in, by its full path.
    pub directory: String,
    /// Account it runs as; whoever installs it if none is given.
    pub account: Option<String>,
}

/// A time of day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct At {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

impl FromStr for At {
    type Err = String;

    fn from_str(text: &str) -> Result<At, String> {
        let part = |digits: &str, below: u8| {
            let number = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<u8>().ok().filter(|n| number && *n < below)
        };
        let parsed = text.split_once(':').and_then(|(hour, minute)| {
            Some(At { hour: part(hour, 24)?, minute: part(minute, 60)? })
        });
        parsed.ok_or_else(|| format!("{text:?} is no time of day; write 02:30"))
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

/// What a scheduler cannot be told.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ScheduleError {
    /// A line break or another control character.
    #[error("{0:?} holds a control character, which no scheduler takes")]
    Control(String),
    /// The zone cannot be said there.
    #[error("{scheduler} cannot run in the zone {zone}; {instead}")]
    Zone {
        /// Which.
        scheduler: &'static str,
        /// The zone.
        zone: String,
        /// What can be done.
        instead: &'static str,
    },
    /// A text between two `%` is taken for a variable and cannot be protected.
    #[error("the Task Scheduler takes {0} for a variable; use another path or a settings file")]
    Variable(String),
    /// The line is too long.
    #[error("the line has {0} bytes and cron takes {limit}; use a settings file", limit = crate::schedule::job::LONGEST)]
    Long(usize),
}

impl Job {
    /// Refuses what could end a line or hide in it.
    pub(crate) fn check(&self) -> Result<(), ScheduleError> {
        let texts = self.arguments.iter().chain([&self.program, &self.directory]);
        match texts.chain(&self.account).find(|text| text.chars().any(char::is_control)) {
            Some(text) => Err(ScheduleError::Control(text.clone())),
            None => Ok(()),
        }
    }
}

/// Bytes of a command: what the common crons take.
pub(crate) const LONGEST: usize = 990;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day() {
        assert_eq!("02:30".parse(), Ok(At { hour: 2, minute: 30 }));
        assert_eq!("00:00".parse::<At>().unwrap().to_string(), "00:00");
        for text in ["2:30", "24:00", "02:60", "0230", "02:30:00", "+2:30", "", "０２:３０"] {
            assert!(text.parse::<At>().is_err(), "{text}");
        }
    }
}
