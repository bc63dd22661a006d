//! The context in which a format reads a record: the rules for times, and where the source is from.

use crate::format::fields::timestamp::TimeRules;

#[derive(Clone, Debug)]
pub struct ReadContext {
    pub times: TimeRules,
    /// Directory of the source, which limits the scope of its statements.
    pub directory: String,
    /// The source was given with `--names`, so its statements apply to all directories.
    pub is_global: bool,
}
