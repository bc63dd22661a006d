//! What a failing connection looks like, and whether a record shows one. [`RuleSet`] holds compiled
//! signatures and cause rules; its `judge` decides on one parsed record. The knowledge itself is
//! data in `signatures/*.toml`. No file here reads from the disk, the clock or the environment.

pub(crate) mod compile;
pub(crate) mod facts;
pub(crate) mod files;
pub(crate) mod judge;
#[cfg(test)]
pub(crate) mod judge_tests;
pub(crate) mod judgement;
#[cfg(test)]
pub(crate) mod lookalikes;
pub(crate) mod rule_set;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
pub(crate) mod search_oracle;

pub(crate) use compile::matcher::{ANCHOR_MIN, CompiledAlternative, MatchInput, Matcher};
pub(crate) use compile::pattern_cache::{PatternCache, UserPattern};
pub(crate) use compile::regex_limits::RegexLimits;
pub(crate) use facts::causes::CauseMatcher;
pub(crate) use facts::codes::{Codes, is_code};
pub(crate) use facts::extract::{connection, names_folder};
pub(crate) use facts::headline::headline;
pub(crate) use facts::status::is_one_of;
pub(crate) use files::error::RuleFileError;
pub(crate) use files::load::{EMPTY_FILE, FILE_LIMIT, duplicate_id};
pub(crate) use files::location::RuleFile;
pub(crate) use files::select::RuleSelection;
pub(crate) use judge::{for_each_text, matching_signatures, may_be_failure};
pub use judgement::Judgement;
pub use rule_set::RuleSet;
#[cfg(test)]
pub(crate) use samples::VIEW_DENIED;
