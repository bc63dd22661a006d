//! A task of the Windows Task Scheduler. The text is ASCII and names no encoding, so that it
//! survives every shell it is sent through; what is not ASCII is written as a reference.

use crate::schedule::job::{Job, MARK, ScheduleError};
/// A day on which the task could have begun; only the time of day counts.
const FIRST_DAY: &str = "2026-01-01";

/// The task. It runs when a night was missed, never beside itself, is tried again three times, and
/// runs on batteries; a run of more than 12 hours is ended.
pub fn windows(job: &Job) -> Result<String, ScheduleError> {
    job.check()?;
    let arguments: Vec<String> = job.arguments.iter().map(|word| quoted(word)).collect();
    let arguments = arguments.join(" ");
    for text in [&job.program, &arguments, &job.directory] {
        if let Some(variable) = variable(text) {
            return Err(ScheduleError::Variable(variable));
        }
    }
    Ok(format!(
        r#"<?xml version="1.0"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>faultline: failing Integration Service connections ({MARK})</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>{FIRST_DAY}T{at}:00{zone}</StartBoundary>
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
{principal}      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT12H</ExecutionTimeLimit>
    <Priority>7</Priority>
    <RestartOnFailure>
      <Interval>PT10M</Interval>
      <Count>3</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{program}</Command>
      <Arguments>{arguments}</Arguments>
      <WorkingDirectory>{directory}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"#,
        at = job.at,
        zone = zone(job)?,
        principal = principal(job.account.as_deref()),
        program = escaped(&job.program),
        arguments = escaped(&arguments),
        directory = escaped(&job.directory),
    ))
}

/// The task's times are the machine's, or at a fixed distance from UTC.
fn zone(job: &Job) -> Result<String, ScheduleError> {
    let Some(zone) = &job.zone else { return Ok(String::new()) };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match zone.as_str() {
        "UTC" | "utc" | "Z" => Ok("Z".to_string()),
        offset => match (offset.get(..1), offset.get(1..3), offset.get(3..4), offset.get(4..)) {
            (Some("+" | "-"), Some(hours), Some(":"), Some(minutes))
                if minutes.len() == 2 && digits(hours) && digits(minutes) =>
            {
                Ok(offset.to_string())
            }
            _ => Err(ScheduleError::Zone {
                scheduler: "the Task Scheduler",
                zone: zone.clone(),
                instead: "give the time in the zone of the machine, UTC, or an offset like +09:00",
            }),
        },
    }
}

/// Without an account the task is of whoever registers it, and runs though nobody is logged on.
/// The accounts of the system have no password; another one's is asked for when it is registered.
fn principal(account: Option<&str>) -> String {
    let line = |name: &str, text: &str| format!("      <{name}>{}</{name}>\n", escaped(text));
    match account {
        None => line("LogonType", "S4U"),
        Some(account) => match system_account(account) {
            Some(id) => line("UserId", id),
            None => line("UserId", account) + &line("LogonType", "Password"),
        },
    }
}

/// The id of an account of the system, which is the same in every language of Windows.
fn system_account(account: &str) -> Option<&'static str> {
    let name = account.rsplit('\\').next().unwrap_or(account).to_ascii_uppercase();
    match name.as_str() {
        "SYSTEM" | "S-1-5-18" => Some("S-1-5-18"),
        "LOCAL SERVICE" | "LOCALSERVICE" | "S-1-5-19" => Some("S-1-5-19"),
        "NETWORK SERVICE" | "NETWORKSERVICE" | "S-1-5-20" => Some("S-1-5-20"),
        _ => None,
    }
}

/// A word as programs of Windows take their command line apart: quotes around blanks, backslashes
/// doubled where a quote follows.
fn quoted(word: &str) -> String {
    if !word.is_empty() && !word.contains([' ', '\t', '"']) {
        return word.to_string();
    }
    let mut out = String::from("\"");
    let mut backslashes = 0;
    for c in word.chars() {
        match c {
            '\\' => backslashes += 1,
            '"' => {
                out.push_str(&"\\".repeat(2 * backslashes + 1));
                backslashes = 0;
            }
            _ => {
                out.push_str(&"\\".repeat(backslashes));
                backslashes = 0;
            }
        }
        if c != '\\' {
            out.push(c);
        }
    }
    out.push_str(&"\\".repeat(2 * backslashes));
    out.push('"');
    out
}

/// A text between two `%`.
fn variable(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('%')?;
    let (name, _) = rest.split_once('%')?;
    Some(format!("%{name}%"))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c if c.is_ascii() => out.push(c),
            c => out.push_str(&format!("&#x{:X};", u32::from(c))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The rules by which programs of Windows take a command line apart.
    fn apart(line: &str) -> Vec<String> {
        let (mut words, mut word, mut inside, mut any) = (Vec::new(), String::new(), false, false);
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' => {
                    let mut count = 1;
                    while chars.next_if_eq(&'\\').is_some() {
                        count += 1;
                    }
                    if chars.peek() == Some(&'"') {
                        word.push_str(&"\\".repeat(count / 2));
                        if count % 2 == 1 {
                            word.push('"');
                            chars.next();
                        }
                    } else {
                        word.push_str(&"\\".repeat(count));
                    }
                    any = true;
                }
                '"' => (inside, any) = (!inside, true),
                ' ' | '\t' if !inside => {
                    if any {
                        words.push(std::mem::take(&mut word));
                    }
                    any = false;
                }
                c => {
                    word.push(c);
                    any = true;
                }
            }
        }
        if any {
            words.push(word);
        }
        words
    }

    proptest! {
        #[test]
        fn words_come_back(words in prop::collection::vec("[a\\\\\" \té接]{0,8}", 0..4)) {
            let line: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            prop_assert_eq!(apart(&line.join(" ")), words);
        }
    }

    #[test]
    fn only_ascii_is_written() {
        assert_eq!(escaped("D:\\接続 & <x>"), "D:\\&#x63A5;&#x7D9A; &amp; &lt;x&gt;");
        assert_eq!(variable("50% of 60%"), Some("% of 60%".to_string()));
        assert_eq!(variable("50%"), None);
    }
}
