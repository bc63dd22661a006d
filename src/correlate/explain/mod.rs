//! Severity, owner, remedy and reasons of an incident, in either language.

pub(crate) mod remediation;
pub(crate) mod translate;
pub(crate) mod triage;
pub(crate) mod why;
