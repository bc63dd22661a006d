//! The error of this stage: why no plan can be made. A path that cannot be read is a diagnostic of
//! the plan instead.

#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    #[error("invalid pattern {pattern:?}: {reason}")]
    Pattern {
        /// As the user typed it.
        pattern: String,
        reason: String,
    },
}
