//! Compares two finished reports. Never guesses: without an export a failure is as invisible as if
//! it had been fixed.

pub(crate) mod reports;
pub(crate) mod sources;

pub(crate) use reports::{
    Caution, Change, ChangeReason, FailureCounts, IncidentChange, cautions, compare,
};
