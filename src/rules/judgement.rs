//! What a record turned out to be.

use std::sync::Arc;

use crate::model::MatchDetails;

/// What a record turned out to be.
#[derive(Clone, PartialEq, Debug)]
pub enum Judgement {
    /// A failure.
    Hit(Box<MatchDetails>),
    /// Texts of these signatures, below Error level: an echo, a warning, documentation.
    Mention(Vec<Arc<str>>),
    /// A failure that shows Integration Service and that no signature takes; the reading's
    /// signature is [`crate::model::UNMATCHED`].
    Unknown(Box<MatchDetails>),
    /// Nothing of interest.
    Nothing,
}
