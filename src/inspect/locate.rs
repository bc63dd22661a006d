//! Finds the file of a source that a report names, in the plan of the paths given now. Opens nothing.

use crate::discover::{FoundSource, SourcePlan};
use crate::model::{MEMBER, SourceKey};

/// The file that contains `source`, and the key of the source in this plan. If no key is equal, because
/// the paths were given in another form, the only file whose path has the same end.
pub fn locate<'p>(plan: &'p SourcePlan, source: &str) -> Option<(&'p FoundSource, SourceKey)> {
    let file = source.split(MEMBER).next().unwrap_or(source);
    let same = plan.sources.iter().find(|found| found.key.as_str() == file);
    let found = same.or_else(|| {
        let mut candidates =
            plan.sources.iter().filter(|found| have_same_end(found.key.as_str(), file));
        candidates.next().filter(|_| candidates.next().is_none())
    })?;
    let key = format!("{}{}", found.key, &source[file.len()..]);
    Some((found, SourceKey::new(&key)))
}

/// True when one path is the end of the other, in whole components.
fn have_same_end(a: &str, b: &str) -> bool {
    let ends = |long: &str, short: &str| {
        long.strip_suffix(short).is_some_and(|start| start.is_empty() || start.ends_with('/'))
    };
    ends(a, b) || ends(b, a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_the_same_end() {
        assert!(have_same_end("/srv/exports/a.log", "exports/a.log"));
        assert!(have_same_end("a.log", "exports/a.log"));
        assert!(!have_same_end("exports/ba.log", "a.log"));
        assert!(!have_same_end("x/a.log", "y/a.log"));
    }
}
