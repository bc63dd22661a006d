//! Names of sources: root-relative paths with `/`, archive members behind ` » `.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
/// Stands between an archive and its member.
pub const MEMBER: &str = " » ";

/// The key of one readable thing, for example `dir/night.zip » R1/2026-11-23_Execution.log`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
pub struct SourceKey(pub Arc<str>);

impl SourceKey {
    /// From a root-relative path that uses `/`.
    pub fn new(path: &str) -> SourceKey {
        SourceKey(Arc::from(path))
    }

    /// The key of a member of this archive.
    pub fn member(&self, name: &str) -> SourceKey {
        SourceKey(Arc::from(format!("{}{MEMBER}{name}", self.0)))
    }

    /// True for this source and what is inside it.
    pub fn is_within(&self, outer: &SourceKey) -> bool {
        let rest = self.0.strip_prefix(outer.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(MEMBER))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The directory this source lies in, with archives as directories: `dir/night.zip/R1`.
    /// Empty for a source at the root.
    pub fn directory(&self) -> String {
        let flat = self.0.replace(MEMBER, "/");
        flat.rfind('/').map(|at| flat[..at].to_string()).unwrap_or_default()
    }

    /// The last part of the name, as a person would call the file.
    pub fn file_name(&self) -> &str {
        let tail = self.0.rsplit(MEMBER).next().unwrap_or(&self.0);
        tail.rsplit('/').next().unwrap_or(tail)
    }
}

impl fmt::Display for SourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_inside_their_archive() {
        let key = SourceKey::new("dir/night.zip").member("R1/a.log");
        assert_eq!(key.as_str(), "dir/night.zip » R1/a.log");
        assert_eq!(key.directory(), "dir/night.zip/R1");
        assert_eq!(key.file_name(), "a.log");
        assert_eq!(SourceKey::new("a.log").directory(), "");
    }
}
