//! From records to occurrences and incidents, and what the report lists separately from incidents.

pub(crate) mod attribution;
pub(crate) mod classify;
pub(crate) mod connections;
pub(crate) mod folders;
pub(crate) mod identity;
pub(crate) mod incidents;
pub(crate) mod inventory;
pub(crate) mod occurrences;
pub(crate) mod platform;
pub(crate) mod step_folders;
pub(crate) mod template;
pub(crate) mod witnesses;
