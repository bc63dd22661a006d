//! The headline of a message: its sentence without stack traces and repeated wrappers. Forms of one
//! message are compared by it; it does not redact.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::knowledge::KNOWLEDGE;
use crate::model::{cut, normalise};
use crate::rules::facts::stack::{parse_frame, parse_workflow};
use crate::search::static_regex;

pub const HEADLINE_LIMIT: usize = 1_000;

/// The text of a message up to the workflow file, the activity stack or the exception chain,
/// normalised, at most [`HEADLINE_LIMIT`] bytes. The headlines of a log line and of the `Info` of
/// its job then differ only in the activity name at the start.
pub fn headline(message: &str) -> String {
    let mut end = 0;
    let mut has_text = false;
    for line in message.split_inclusive('\n') {
        let trimmed = line.trim();
        // The first line that is not empty belongs to the headline in any form.
        if has_text && ends_headline(trimmed) {
            break;
        }
        has_text |= !trimmed.is_empty();
        end += line.len();
    }
    let mut headline = normalise(&message[..end]);
    headline.truncate(cut(&headline, HEADLINE_LIMIT).trim_end().len());
    headline
}

fn ends_headline(line: &str) -> bool {
    static EXCEPTION: LazyLock<Regex> =
        LazyLock::new(|| static_regex(r"^(?:\w+\.)+\w*Exception(?:`\d+)?(?:: |:?$)"));
    KNOWLEDGE.activities.stack_markers.iter().any(|marker| line.starts_with(marker))
        || parse_workflow(line).is_some()
        || parse_frame(line).is_some()
        || EXCEPTION.is_match(line)
}
