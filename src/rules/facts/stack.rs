//! The activity and the workflow file that a message names. Reads activity stacks and openings of
//! sentences; .NET frames are not activities.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::cut;
use crate::model::knowledge::KNOWLEDGE;
use crate::rules::facts::keywords::KeywordGroup;
use crate::rules::facts::views::{MessageView, find_literal};
use crate::search::{LiteralSet, static_regex};

/// Longest display name in bytes at the start of a message. A longer start is prose.
const NAME_LIMIT: usize = 120;

/// Parses a line `at Class "Display name"` of an activity stack into class and name.
pub(crate) fn parse_frame(line: &str) -> Option<(&str, &str)> {
    let (class, quoted) = line.trim().strip_prefix("at ")?.trim_start().split_once(' ')?;
    let name = quoted.trim().strip_prefix('"')?.strip_suffix('"')?;
    let is_class = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '`' | '+' | '<' | '>');
    (!class.is_empty() && class.chars().all(is_class)).then_some((class, name))
}

/// Parses a line `in Main.xaml` into the name of the workflow file.
pub(crate) fn parse_workflow(line: &str) -> Option<&str> {
    let file = line.trim().strip_prefix("in ")?.trim();
    is_workflow_file(file).then_some(file)
}

pub(crate) fn is_workflow_file(name: &str) -> bool {
    KNOWLEDGE.activities.workflow_extensions.iter().any(|extension| name.ends_with(extension))
}

/// Class and name of the faulted activity: the first frame of the activity stack, which is the
/// innermost.
pub(crate) fn faulted_frame<'v>(view: &'v MessageView<'_>) -> Option<(&'v str, &'v str)> {
    // A frame has its name in quotes; most messages have no quotes.
    if !view.raw.contains('"') {
        return None;
    }
    view.raw.lines().find_map(parse_frame)
}

/// The activity that the shortened text in a job's `Info` names.
pub(crate) fn activity_in_job_info<'v>(view: &'v MessageView<'_>) -> Option<&'v str> {
    static FAULTED_AT: LazyLock<Regex> =
        LazyLock::new(|| static_regex(&KNOWLEDGE.activities.faulted_at.pattern));
    if !view.keywords.has_any(KeywordGroup::FaultedAt) {
        return None;
    }
    FAULTED_AT.captures(&view.text)?.get(1).map(|name| name.as_str())
}

/// The first workflow file of the stack.
pub(crate) fn workflow<'v>(view: &'v MessageView<'_>) -> Option<&'v str> {
    static ANY_FILE: LazyLock<LiteralSet> = LazyLock::new(|| {
        LiteralSet::new(KNOWLEDGE.activities.workflow_extensions.iter().map(String::as_str))
    });
    if !ANY_FILE.any_in(&view.raw) {
        return None;
    }
    view.raw.lines().find_map(parse_workflow)
}

/// The display name before the sentence of a message, for rows without a stack. `anchors` are the
/// literals that matched; they count as the beginning of a sentence only if `in_context`.
pub(crate) fn display_name(
    view: &MessageView<'_>,
    anchors: &[&str],
    in_context: bool,
) -> Option<String> {
    let mut starts: Vec<usize> = view.keywords.opening.into_iter().collect();
    if in_context {
        starts.extend(
            anchors.iter().filter_map(|a| find_literal(&view.lower, &a.to_ascii_lowercase())),
        );
    }
    let name = view.text[..starts.into_iter().min()?].strip_suffix(": ")?;
    let is_name = !name.is_empty()
        && cut(name, NAME_LIMIT) == name
        && !name.starts_with(['[', '{', '"', '-'])
        && !starts_with_year(name)
        && !KNOWLEDGE.activities.not_a_name.iter().any(|text| name.contains(text));
    is_name.then(|| name.to_string())
}

fn starts_with_year(text: &str) -> bool {
    text.len() > 4 && text.bytes().take(4).all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::facts::views::views;

    #[test]
    fn frames_and_workflow_files_are_parsed() {
        assert_eq!(
            parse_frame("    at ReadRangeConnections`1 \"Read \"all\" rows\"\r"),
            Some(("ReadRangeConnections`1", "Read \"all\" rows"))
        );
        assert_eq!(parse_frame("   at UiPath.X.Run(String a, String b)"), None);
        assert_eq!(parse_workflow("in Order entry.xaml\r"), Some("Order entry.xaml"));
        assert_eq!(parse_workflow("in the middle of it"), None);
    }

    #[test]
    fn a_display_name_may_contain_colons() {
        let view = &views("Salesforce: Create Lead: Connection is disabled. Please enable")[0];
        assert_eq!(display_name(view, &[], false).as_deref(), Some("Salesforce: Create Lead"));
    }

    #[test]
    fn other_starts_are_not_display_names() {
        for text in [
            "System.AggregateException: Failed to retrieve connection. x",
            "HTTP 404: Connection [x] is invalid",
            "Failed to retrieve connection. x",
            "2026-03-02T08:11:04Z ERROR portal: Connection [x] is invalid",
        ] {
            assert_eq!(display_name(&views(text)[0], &["x"], true), None, "{text}");
        }
    }
}
