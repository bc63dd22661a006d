//! Finds the file that holds a source a report names.

use crate::discover::{FoundSource, Plan};
use crate::model::{MEMBER, SourceKey};

/// The file that holds a source a report names, and the source's key as this plan has it. Where
/// the paths were given in other words than then, the one file whose path ends alike.
pub fn locate<'p>(plan: &'p Plan, source: &str) -> Option<(&'p FoundSource, SourceKey)> {
    let file = source.split(MEMBER).next().unwrap_or(source);
    let same = plan.sources.iter().find(|found| found.key.as_str() == file);
    let found = same.or_else(|| {
        let mut alike = plan.sources.iter().filter(|found| ends_alike(found.key.as_str(), file));
        alike.next().filter(|_| alike.next().is_none())
    })?;
    let key = format!("{}{}", found.key, &source[file.len()..]);
    Some((found, SourceKey::new(&key)))
}

/// True when one path is the end of the other, by whole names.
fn ends_alike(a: &str, b: &str) -> bool {
    let ends = |long: &str, short: &str| {
        long.strip_suffix(short).is_some_and(|front| front.is_empty() || front.ends_with('/'))
    };
    ends(a, b) || ends(b, a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_end_alike() {
        assert!(ends_alike("/srv/exports/a.log", "exports/a.log"));
        assert!(ends_alike("a.log", "exports/a.log"));
        assert!(!ends_alike("exports/ba.log", "a.log"));
        assert!(!ends_alike("x/a.log", "y/a.log"));
    }
}
