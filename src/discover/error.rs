//! The error of the discover stage: why it cannot make a plan. A path that cannot be read is no
//! such error; it is a diagnostic of the plan.

#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    #[error("the pattern {pattern:?} is not valid: {reason}")]
    Pattern {
        /// As the user typed it.
        pattern: String,
        reason: String,
    },
}
