//! Why nothing can be looked for.

/// Why nothing can be looked for.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// A pattern that cannot be understood.
    #[error("the pattern {pattern:?} is not valid: {reason}")]
    Pattern {
        /// As typed.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
}
