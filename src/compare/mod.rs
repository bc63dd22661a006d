//! Two finished reports compared. Never guesses: a missing export looks exactly like health.

pub(crate) mod reports;
pub(crate) mod sources;

pub(crate) use reports::{Amount, Because, Caution, Change, Compared, cautions, compare};
