//! Keys of sources: root-relative paths with `/`; the name of an archive member follows its archive
//! and ` » `. `discover` and `open` make them; nothing here touches a file.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Separates an archive and its member.
pub const MEMBER: &str = " » ";

/// The key of one source, for example `dir/logs.zip » R1/2026-11-23_Execution.log`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
pub struct SourceKey(pub Arc<str>);

impl SourceKey {
    /// `path` is relative to the root and uses `/`.
    pub fn new(path: &str) -> SourceKey {
        SourceKey(Arc::from(path))
    }

    /// The key of a member of this archive.
    pub fn member(&self, name: &str) -> SourceKey {
        SourceKey(Arc::from(format!("{}{MEMBER}{name}", self.0)))
    }

    /// True if this source is `outer` or a member of it, at any depth.
    pub fn is_within(&self, outer: &SourceKey) -> bool {
        let rest = self.0.strip_prefix(outer.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(MEMBER))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The directory of this source, with archives as directories (`dir/logs.zip/R1`); empty for a
    /// source at the root.
    pub fn directory(&self) -> String {
        let path = self.0.replace(MEMBER, "/");
        path.rfind('/').map(|end| path[..end].to_string()).unwrap_or_default()
    }

    /// The last part of the key, without directories and archives.
    pub fn file_name(&self) -> &str {
        let tail = self.0.rsplit(MEMBER).next().unwrap_or(&self.0);
        tail.rsplit('/').next().unwrap_or(tail)
    }
}

/// What a source is read for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SourceUse {
    /// Found below a PATH.
    Records,
    /// Given with `--names` and outside every PATH: its names hold for all directories, and its
    /// records are not judged.
    Names,
    /// Found below a PATH and given with `--names`.
    RecordsAndNames,
}

impl SourceUse {
    /// True if what the source states holds for all directories.
    pub fn is_global(self) -> bool {
        self != SourceUse::Records
    }

    pub fn has_records(self) -> bool {
        self != SourceUse::Names
    }

    /// The number that a state stores.
    pub fn to_number(self) -> i64 {
        self as i64
    }

    pub fn from_number(number: i64) -> Option<SourceUse> {
        let all = [SourceUse::Records, SourceUse::Names, SourceUse::RecordsAndNames];
        all.into_iter().find(|use_| use_.to_number() == number)
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
    fn a_member_is_inside_its_archive() {
        let key = SourceKey::new("dir/logs.zip").member("R1/a.log");
        assert_eq!(key.as_str(), "dir/logs.zip » R1/a.log");
        assert_eq!(key.directory(), "dir/logs.zip/R1");
        assert_eq!(key.file_name(), "a.log");
        assert_eq!(SourceKey::new("a.log").directory(), "");
    }
}
