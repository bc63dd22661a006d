//! Severity, owner, remedy and reasons of an incident, and their translation. Words only: nothing
//! here decides what is an incident.

pub(crate) mod remediation;
pub(crate) mod translate;
pub(crate) mod triage;
pub(crate) mod why;
