//! `--include` and `--exclude`: the same syntax on every system, with `/` between parts.

use crate::discover::error::DiscoverError;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
/// The patterns of a run.
pub(crate) struct Filter {
    include: Option<GlobSet>,
    exclude: GlobSet,
}

impl Filter {
    pub(crate) fn new(include: &[String], exclude: &[String]) -> Result<Filter, DiscoverError> {
        Ok(Filter {
            include: if include.is_empty() { None } else { Some(set(include)?) },
            exclude: set(exclude)?,
        })
    }

    /// Whether a directory is walked, by its path below the root.
    pub(crate) fn enters(&self, directory: &str) -> bool {
        !self.exclude.is_match(directory)
    }

    /// Whether a file is a source, by its path below the root.
    pub(crate) fn takes(&self, file: &str) -> bool {
        !self.exclude.is_match(file) && self.include.as_ref().is_none_or(|set| set.is_match(file))
    }
}

fn set(patterns: &[String]) -> Result<GlobSet, DiscoverError> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let wrong = |error: globset::Error| DiscoverError::Pattern {
            pattern: pattern.clone(),
            reason: error.kind().to_string(),
        };
        let glob = GlobBuilder::new(&anchored(pattern))
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(wrong)?;
        set.add(glob);
    }
    set.build().map_err(|error| DiscoverError::Pattern {
        pattern: patterns.join(" "),
        reason: error.to_string(),
    })
}

/// A pattern without `/` holds at any depth; a leading `/` or `./` means the root.
fn anchored(pattern: &str) -> String {
    let pattern = pattern.strip_suffix('/').unwrap_or(pattern);
    match pattern.strip_prefix("./").or_else(|| pattern.strip_prefix('/')) {
        Some(below_root) => below_root.to_string(),
        None if pattern.contains('/') => pattern.to_string(),
        None => format!("**/{pattern}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(include: &[&str], exclude: &[&str]) -> Filter {
        let owned = |list: &[&str]| list.iter().map(|s| s.to_string()).collect::<Vec<_>>();
        Filter::new(&owned(include), &owned(exclude)).unwrap()
    }

    #[test]
    fn a_pattern_without_slash_is_a_file_name_at_any_depth() {
        let logs = filter(&["*.log"], &["*_Debug.log"]);
        assert!(logs.takes("a.log"));
        assert!(logs.takes("x/y/a.log"));
        assert!(!logs.takes("x/a.csv"));
        assert!(!logs.takes("x/a_Debug.log"));
    }

    #[test]
    fn a_pattern_with_slash_is_a_path_below_the_root() {
        let one = filter(&["x/*.log"], &[]);
        assert!(one.takes("x/a.log"));
        assert!(!one.takes("x/y/a.log"));
        assert!(!one.takes("w/x/a.log"));
        assert!(filter(&["x/**/*.log"], &[]).takes("x/y/z/a.log"));
        assert!(!filter(&["/a.log"], &[]).takes("x/a.log"));
    }

    #[test]
    fn an_excluded_directory_is_not_entered() {
        let filter = filter(&[], &["archive/"]);
        assert!(!filter.enters("x/archive"));
        assert!(filter.enters("x/archives"));
    }

    #[test]
    fn a_bad_pattern_is_named() {
        let error = Filter::new(&["a[".to_string()], &[]).err().unwrap().to_string();
        assert!(error.contains("a["), "{error}");
    }
}
