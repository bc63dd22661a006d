//! Opens a source as streams of bytes: detects containers by their first bytes and unwraps them
//! under limits. Comes after `discover`, before `decode`. Writes nothing to disk, uses the name of
//! an archive member only as a label, and does not know what the bytes mean.

pub(crate) mod archive;
pub(crate) mod directory;
pub(crate) mod fault;
pub(crate) mod file;
pub(crate) mod gzip;
pub(crate) mod inflate;
pub(crate) mod layers;
pub(crate) mod limits;
pub(crate) mod member;
pub(crate) mod names;
pub(crate) mod opener;
pub(crate) mod salvage;
pub(crate) mod sniff;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod zstd;

pub(crate) use fault::Fault;
pub(crate) use file::PlainFile;
pub(crate) use layers::OpenedSource;
pub use limits::Limits;
pub(crate) use opener::open_only;
pub use opener::{OpenInput, open};
