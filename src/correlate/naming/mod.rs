//! What inventories prove about names, and within which directory.

pub(crate) mod names;
pub(crate) mod resolve;
pub(crate) mod scope;
