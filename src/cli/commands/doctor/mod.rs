//! `faultline doctor`: checks inputs, permissions, zones and disk before the first scheduled run.

pub(crate) mod findings;
pub(crate) mod inputs;
pub(crate) mod machine;
pub(crate) mod run;
pub(crate) mod state;
