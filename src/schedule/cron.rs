//! A line for cron. In a crontab the line is between two comments, by which it is replaced and
//! removed. cron supports no time zone and does not catch up a missed run: the next run covers it.

use crate::schedule::job::{Job, LONGEST, MARK, ScheduleError};

/// Returns the line, with its line end.
pub fn cron(job: &Job) -> Result<String, ScheduleError> {
    job.check()?;
    if let Some(zone) = &job.zone {
        return Err(ScheduleError::Zone {
            scheduler: "cron",
            zone: zone.clone(),
            instead: "give the time in the zone of the machine, or use systemd",
        });
    }
    let arguments = std::iter::once(&job.program).chain(&job.arguments);
    let arguments: Vec<String> = arguments.map(|argument| shell_quoted(argument)).collect();
    let command = format!("cd {} && {}", shell_quoted(&job.directory), arguments.join(" "));
    // cron itself interprets `%`, inside the quotes of the shell too.
    let command = command.replace('%', "\\%");
    if command.len() > LONGEST {
        return Err(ScheduleError::Long(command.len()));
    }
    Ok(format!("{} {} * * * {command}\n", job.at.minute, job.at.hour))
}

/// An argument in the quotes of a POSIX shell, which protect everything but `%`.
fn shell_quoted(argument: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@".contains(c);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        return argument.to_string();
    }
    format!("'{}'", argument.replace('\'', "'\\''"))
}

/// The comments before and after the line of a job.
fn block_comments(name: &str) -> (String, String) {
    (format!("# BEGIN {name}, {MARK}"), format!("# END {name}"))
}

/// A crontab in which this line is the only one of its name; other lines stay unchanged.
pub fn with_block(table: &str, name: &str, line: &str) -> String {
    let (begin, end) = block_comments(name);
    let mut rest = without_block(table, name).unwrap_or_else(|| table.to_string());
    if !rest.is_empty() && !rest.ends_with('\n') {
        rest.push('\n');
    }
    format!("{rest}{begin}\n{line}{end}\n")
}

/// A crontab without the line of this name; `None` if it has no complete block of that name.
pub fn without_block(table: &str, name: &str) -> Option<String> {
    let (begin, end) = block_comments(name);
    let mut out = String::with_capacity(table.len());
    let (mut is_inside, mut is_found) = (false, false);
    for line in table.split_inclusive('\n') {
        match line.trim_end() {
            text if text == begin => (is_inside, is_found) = (true, true),
            text if is_inside && text == end => is_inside = false,
            _ if is_inside => {}
            _ => out.push_str(line),
        }
    }
    // Without its end the block may include lines of the user.
    (is_found && !is_inside).then_some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn arguments_are_quoted_for_a_shell() {
        assert_eq!(shell_quoted("/usr/bin/faultline"), "/usr/bin/faultline");
        assert_eq!(shell_quoted("it's 1 $x"), "'it'\\''s 1 $x'");
        assert_eq!(shell_quoted(""), "''");
        assert_eq!(shell_quoted("接続"), "'接続'");
    }

    #[test]
    fn a_block_without_its_end_is_not_removed() {
        let (begin, _) = block_comments("faultline");
        assert_eq!(without_block(&format!("{begin}\n0 1 * * * mine\n"), "faultline"), None);
    }

    proptest! {
        #[test]
        fn other_lines_stay_unchanged(table in "[a-z0-9*# \n]{0,80}", times in 1..4_usize) {
            let mut with = table.clone();
            for _ in 0..times {
                with = with_block(&with, "faultline", "30 2 * * * x\n");
            }
            prop_assert_eq!(with.matches("30 2 * * * x").count(), 1);
            let without = without_block(&with, "faultline").unwrap();
            let is_ended = table.is_empty() || table.ends_with('\n');
            let expected = if is_ended { table } else { table + "\n" };
            prop_assert_eq!(without, expected);
        }
    }
}
