//! What a format needs to know besides the text: time rules and the directory of the source.

use crate::format::fields::timestamp::TimeRules;

/// What a reader needs to know beyond the text.
#[derive(Clone, Debug)]
pub struct ReadContext {
    /// How times without an offset are read.
    pub times: TimeRules,
    /// Directory of the source.
    pub directory: String,
    /// The source was given with `--names`.
    pub everywhere: bool,
}
