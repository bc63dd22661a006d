//! report.html: one file that needs no network access.

pub(crate) mod charts;
pub(crate) mod incident_drawer;
pub(crate) mod page;
pub(crate) mod view;
