//! The result of judging one record. A value only; `judge` decides.

use std::sync::Arc;

use crate::model::MatchDetails;

#[derive(Clone, PartialEq, Debug)]
pub enum Judgement {
    Hit(Box<MatchDetails>),
    /// Ids of signatures that match below Error level, sorted: an echo, a warning, documentation.
    Mention(Vec<Arc<str>>),
    /// A failure that shows Integration Service and matches no signature; the `signature` of its
    /// details is [`crate::model::UNMATCHED`].
    Unknown(Box<MatchDetails>),
    Nothing,
}
