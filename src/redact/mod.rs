//! The one place that removes secrets and pseudonymises accounts before anything is stored or
//! shown. Knows texts and digests; decides nothing about signatures.

pub(crate) mod accounts;
pub(crate) mod digest;
pub(crate) mod pseudonyms;
pub(crate) mod redaction;
pub(crate) mod secret_prefilter;
pub(crate) mod secrets;

pub(crate) use digest::{redact_digest, unique_name};
pub(crate) use pseudonyms::PseudonymKey;
pub use redaction::Redaction;
pub use secrets::redact;
