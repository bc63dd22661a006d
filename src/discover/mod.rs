//! Finds the sources: walks the roots and makes one ordered plan. The first stage, before `open`;
//! opens no file.

pub(crate) mod error;
pub(crate) mod filter;
pub(crate) mod key;
pub(crate) mod plan;
pub(crate) mod selection;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod walk;

pub(crate) use error::DiscoverError;
pub use plan::{FoundSource, SourceOrigin, SourcePlan, plan};
pub use selection::{OutputDirectory, SourceSelection};
