//! The headline of a message: its sentence without stack traces and repeated wrappers.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::{cut, normalise};
use crate::rules::facts::stack::{frame_of, workflow_of};
use crate::search::static_regex;

/// Most bytes of a headline.
pub const CORE_LIMIT: usize = 1_000;

/// The headline of a message: its text up to the workflow file, the activity stack or the
/// exception chain, normalised. A log line and the `Info` of its job then differ only in the
/// activity's name before it.
pub fn headline(message: &str) -> String {
    let mut end = 0;
    let mut started = false;
    for line in message.split_inclusive('\n') {
        let trimmed = line.trim();
        // The first line is the headline whatever it looks like; an empty one says nothing.
        if started && ends_headline(trimmed) {
            break;
        }
        started |= !trimmed.is_empty();
        end += line.len();
    }
    let mut headline = normalise(&message[..end]);
    headline.truncate(cut(&headline, CORE_LIMIT).trim_end().len());
    headline
}

fn ends_headline(line: &str) -> bool {
    static EXCEPTION: LazyLock<Regex> =
        LazyLock::new(|| static_regex(r"^(?:\w+\.)+\w*Exception(?:`\d+)?(?:: |:?$)"));
    line.starts_with("at ")
        || line.starts_with("--->")
        || line.starts_with("--- .NET stack trace ---")
        || workflow_of(line).is_some()
        || frame_of(line).is_some()
        || EXCEPTION.is_match(line)
}
