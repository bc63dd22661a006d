//! Which activity and which workflow file a message names.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::cut;
use crate::rules::facts::keywords::KeywordGroup;
use crate::rules::facts::views::{MessageView, find_literal};
use crate::search::{LiteralSet, static_regex};

/// Longest display name taken from the front of a message. Longer fronts are prose.
const NAME_LIMIT: usize = 120;

/// Words that show that the front of a message is no display name.
const NOT_A_NAME: &[&str] = &["Exception", "://", "Error code", "HTTP ", " ERROR"];

/// How names of workflow files end.
const FILES: [&str; 2] = [".xaml", ".cs"];

/// A line `at Class "Display name"` of an activity stack: class and name.
pub(crate) fn frame_of(line: &str) -> Option<(&str, &str)> {
    let (class, quoted) = line.trim().strip_prefix("at ")?.trim_start().split_once(' ')?;
    let name = quoted.trim().strip_prefix('"')?.strip_suffix('"')?;
    let is_class = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '`' | '+' | '<' | '>');
    (!class.is_empty() && class.chars().all(is_class)).then_some((class, name))
}

/// A line `in Main.xaml`: the workflow file.
pub(crate) fn workflow_of(line: &str) -> Option<&str> {
    let file = line.trim().strip_prefix("in ")?.trim();
    FILES.iter().any(|ending| file.ends_with(ending)).then_some(file)
}

/// The faulted activity: the innermost frame of the activity stack, which stands first.
pub(crate) fn faulted<'v>(view: &'v MessageView<'_>) -> Option<(&'v str, &'v str)> {
    // The name of each stands in quotes, which most stacks hold none of.
    if !view.raw.contains('"') {
        return None;
    }
    view.raw.lines().find_map(frame_of)
}

/// The activity that a job's shortened text names.
pub(crate) fn named_by_job<'v>(view: &'v MessageView<'_>) -> Option<&'v str> {
    static FAULTED_AT: LazyLock<Regex> = LazyLock::new(|| {
        static_regex(r#"(?i)(?-u:\b)job faulted at activity ['"]([^'"]{1,120})['"]"#)
    });
    if !view.signs.has_any(KeywordGroup::FaultedAt) {
        return None;
    }
    FAULTED_AT.captures(&view.text)?.get(1).map(|name| name.as_str())
}

/// The workflow file the stack begins in.
pub(crate) fn workflow<'v>(view: &'v MessageView<'_>) -> Option<&'v str> {
    static ANY_FILE: LazyLock<LiteralSet> = LazyLock::new(|| LiteralSet::new(FILES));
    if !ANY_FILE.any_in(&view.raw) {
        return None;
    }
    view.raw.lines().find_map(workflow_of)
}

/// The display name in front of the message, for rows that carry no stack. `anchors` are the
/// literals that matched; they are trusted to begin a sentence only where `in_context`.
pub(crate) fn before_sentence(
    view: &MessageView<'_>,
    anchors: &[&str],
    in_context: bool,
) -> Option<String> {
    let mut starts: Vec<usize> = view.signs.opening.into_iter().collect();
    if in_context {
        starts.extend(
            anchors.iter().filter_map(|a| find_literal(&view.lower, &a.to_ascii_lowercase())),
        );
    }
    let front = view.text[..starts.into_iter().min()?].strip_suffix(": ")?;
    let is_name = !front.is_empty()
        && cut(front, NAME_LIMIT) == front
        && !front.starts_with(['[', '{', '"', '-'])
        && !begins_with_year(front)
        && !NOT_A_NAME.iter().any(|word| front.contains(word));
    is_name.then(|| front.to_string())
}

fn begins_with_year(text: &str) -> bool {
    text.len() > 4 && text.bytes().take(4).all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::facts::views::views;

    #[test]
    fn frames_and_files() {
        assert_eq!(
            frame_of("    at ReadRangeConnections`1 \"Read \"all\" rows\"\r"),
            Some(("ReadRangeConnections`1", "Read \"all\" rows"))
        );
        assert_eq!(frame_of("   at UiPath.X.Run(String a, String b)"), None);
        assert_eq!(workflow_of("in Order entry.xaml\r"), Some("Order entry.xaml"));
        assert_eq!(workflow_of("in the middle of it"), None);
    }

    #[test]
    fn a_name_may_hold_colons() {
        let view = &views("Salesforce: Create Lead: Connection is disabled. Please enable")[0];
        assert_eq!(before_sentence(view, &[], false).as_deref(), Some("Salesforce: Create Lead"));
    }

    #[test]
    fn no_name_is_made_up() {
        for text in [
            "System.AggregateException: Failed to retrieve connection. x",
            "HTTP 404: Connection [x] is invalid",
            "Failed to retrieve connection. x",
            "2026-03-02T08:11:04Z ERROR portal: Connection [x] is invalid",
        ] {
            assert_eq!(before_sentence(&views(text)[0], &["x"], true), None, "{text}");
        }
    }
}
