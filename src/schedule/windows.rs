//! A task of the Windows Task Scheduler as XML. The text is ASCII and declares no encoding, so that
//! every shell passes it on unchanged; other characters are written as references.

use crate::schedule::job::{Job, MARK, ScheduleError};

/// Start date of the task. Any date in the past will do; only the time of day counts.
const FIRST_DAY: &str = "2026-01-01";

/// The task catches up a missed run, never runs twice at once, is restarted up to three times, runs
/// on batteries, and is ended after 12 hours.
pub fn windows(job: &Job) -> Result<String, ScheduleError> {
    job.check()?;
    let arguments: Vec<String> = job.arguments.iter().map(|argument| quoted(argument)).collect();
    let arguments = arguments.join(" ");
    for text in [&job.program, &arguments, &job.directory] {
        if let Some(variable) = find_variable(text) {
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
        zone = zone_suffix(job.zone.as_deref())?,
        principal = principal_elements(job.account.as_deref()),
        program = escape_xml(&job.program),
        arguments = escape_xml(&arguments),
        directory = escape_xml(&job.directory),
    ))
}

/// The suffix of a time in a task: empty for the zone of the machine, `Z`, or an offset like
/// `+09:00`. The Task Scheduler supports no named zones.
fn zone_suffix(zone: Option<&str>) -> Result<String, ScheduleError> {
    match zone {
        None => Ok(String::new()),
        Some("UTC" | "utc" | "Z") => Ok("Z".to_string()),
        Some(offset) if is_offset(offset) => Ok(offset.to_string()),
        Some(zone) => Err(ScheduleError::Zone {
            scheduler: "the Task Scheduler",
            zone: zone.to_string(),
            instead: "give the time in the zone of the machine, UTC, or an offset like +09:00",
        }),
    }
}

/// True for `+hh:mm` and `-hh:mm`.
fn is_offset(zone: &str) -> bool {
    matches!(zone.as_bytes(), [b'+' | b'-', hours @ .., b':', minutes_high, minutes_low]
        if hours.len() == 2
            && hours.iter().chain([minutes_high, minutes_low]).all(u8::is_ascii_digit))
}

/// The elements that name the account. Without an account the task belongs to the user who
/// registers it and runs without a session. System accounts have no password; for others Windows
/// asks for it when the task is registered.
fn principal_elements(account: Option<&str>) -> String {
    let element = |name: &str, text: &str| format!("      <{name}>{}</{name}>\n", escape_xml(text));
    match account {
        None => element("LogonType", "S4U"),
        Some(account) => match system_account(account) {
            Some(id) => element("UserId", id),
            None => element("UserId", account) + &element("LogonType", "Password"),
        },
    }
}

/// The security identifier of a system account, which is the same in every language of Windows.
fn system_account(account: &str) -> Option<&'static str> {
    let name = account.rsplit('\\').next().unwrap_or(account).to_ascii_uppercase();
    match name.as_str() {
        "SYSTEM" | "S-1-5-18" => Some("S-1-5-18"),
        "LOCAL SERVICE" | "LOCALSERVICE" | "S-1-5-19" => Some("S-1-5-19"),
        "NETWORK SERVICE" | "NETWORKSERVICE" | "S-1-5-20" => Some("S-1-5-20"),
        _ => None,
    }
}

/// An argument as Windows programs parse their command line: quotes around blanks, backslashes
/// doubled before a quote.
fn quoted(argument: &str) -> String {
    if !argument.is_empty() && !argument.contains([' ', '\t', '"']) {
        return argument.to_string();
    }
    let mut out = String::from("\"");
    let mut backslashes = 0;
    for c in argument.chars() {
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

/// The first text between two `%`, with them.
fn find_variable(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('%')?;
    let (name, _) = rest.split_once('%')?;
    Some(format!("%{name}%"))
}

fn escape_xml(text: &str) -> String {
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

    /// Splits a command line as Windows programs do.
    fn split_command_line(line: &str) -> Vec<String> {
        let mut arguments = Vec::new();
        // `None` between two arguments.
        let mut argument: Option<String> = None;
        let mut is_quoted = false;
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' => {
                    let mut count = 1;
                    while chars.next_if_eq(&'\\').is_some() {
                        count += 1;
                    }
                    let argument = argument.get_or_insert_default();
                    if chars.peek() == Some(&'"') {
                        argument.push_str(&"\\".repeat(count / 2));
                        if count % 2 == 1 {
                            argument.push('"');
                            chars.next();
                        }
                    } else {
                        argument.push_str(&"\\".repeat(count));
                    }
                }
                '"' => {
                    is_quoted = !is_quoted;
                    argument.get_or_insert_default();
                }
                ' ' | '\t' if !is_quoted => arguments.extend(argument.take()),
                c => argument.get_or_insert_default().push(c),
            }
        }
        arguments.extend(argument);
        arguments
    }

    proptest! {
        #[test]
        fn split_arguments_are_those_quoted(arguments in prop::collection::vec("[a\\\\\" \té接]{0,8}", 0..4)) {
            let line: Vec<String> = arguments.iter().map(|argument| quoted(argument)).collect();
            prop_assert_eq!(split_command_line(&line.join(" ")), arguments);
        }
    }

    #[test]
    fn an_offset_has_two_digits_each() {
        assert!(is_offset("+09:00") && is_offset("-03:30"));
        for text in ["", "+", "+9:00", "+09:0", "+0900", "09:00", "+09:00:00", "+09-00", "+接:00"]
        {
            assert!(!is_offset(text), "{text}");
        }
    }

    #[test]
    fn only_ascii_is_written() {
        assert_eq!(escape_xml("D:\\接続 & <x>"), "D:\\&#x63A5;&#x7D9A; &amp; &lt;x&gt;");
        assert_eq!(find_variable("50% of 60%"), Some("% of 60%".to_string()));
        assert_eq!(find_variable("50%"), None);
    }
}
