//! A line for cron, between two marks, so that it can be found again in a table that holds more.
//! cron knows no zone and does not catch up a missed night: the next run covers it.

use crate::schedule::job::LONGEST;
use crate::schedule::job::{Job, MARK, ScheduleError};

/// The line.
pub fn cron(job: &Job) -> Result<String, ScheduleError> {
    job.check()?;
    if let Some(zone) = &job.zone {
        return Err(ScheduleError::Zone {
            scheduler: "cron",
            zone: zone.clone(),
            instead: "give the time in the zone of the machine, or use systemd",
        });
    }
    let words = std::iter::once(&job.program).chain(&job.arguments);
    let words: Vec<String> = words.map(|word| quoted(word)).collect();
    let command = format!("cd {} && {}", quoted(&job.directory), words.join(" "));
    // cron itself looks for `%`, whatever the quotes of the shell.
    let command = command.replace('%', "\\%");
    if command.len() > LONGEST {
        return Err(ScheduleError::Long(command.len()));
    }
    Ok(format!("{} {} * * * {command}\n", job.at.minute, job.at.hour))
}

/// A word of a shell. Without `%` the quotes hold everything.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_string();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

fn marks(name: &str) -> (String, String) {
    (format!("# BEGIN {name}, {MARK}"), format!("# END {name}"))
}

/// A table with this line as the only one of its name; everything else stays.
pub fn with_block(table: &str, name: &str, line: &str) -> String {
    let (begin, end) = marks(name);
    let mut rest = without_block(table, name).unwrap_or_else(|| table.to_string());
    if !rest.is_empty() && !rest.ends_with('\n') {
        rest.push('\n');
    }
    format!("{rest}{begin}\n{line}{end}\n")
}

/// A table without the line of this name; `None` when it has none.
pub fn without_block(table: &str, name: &str) -> Option<String> {
    let (begin, end) = marks(name);
    let mut out = String::with_capacity(table.len());
    let (mut inside, mut found) = (false, false);
    for line in table.split_inclusive('\n') {
        match line.trim_end() {
            text if text == begin => (inside, found) = (true, true),
            text if inside && text == end => inside = false,
            _ if inside => {}
            _ => out.push_str(line),
        }
    }
    // Without its end nobody can say what is ours.
    (found && !inside).then_some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_of_a_shell() {
        assert_eq!(quoted("/usr/bin/faultline"), "/usr/bin/faultline");
        assert_eq!(quoted("it's 1 $x"), "'it'\\''s 1 $x'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("接続"), "'接続'");
    }

    #[test]
    fn a_block_without_its_end_is_left_alone() {
        let (begin, _) = marks("faultline");
        assert_eq!(without_block(&format!("{begin}\n0 1 * * * mine\n"), "faultline"), None);
    }

    proptest! {
        #[test]
        fn everything_else_in_the_table_stays(table in "[a-z0-9*# \n]{0,80}", again in 1..4_usize) {
            let mut with = table.clone();
            for _ in 0..again {
                with = with_block(&with, "faultline", "30 2 * * * x\n");
            }
            prop_assert_eq!(with.matches("30 2 * * * x").count(), 1);
            let without = without_block(&with, "faultline").unwrap();
            let ended = table.is_empty() || table.ends_with('\n');
            let kept = if ended { table } else { table + "\n" };
            prop_assert_eq!(without, kept);
        }
    }
}
