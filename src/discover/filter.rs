//! The patterns of `--include` and `--exclude`. Their syntax, with `/` between the parts of a path,
//! is the same on every system. Matches paths as text and touches no file.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::discover::error::DiscoverError;

pub(crate) struct Filter {
    include: Option<GlobSet>,
    exclude: GlobSet,
}

impl Filter {
    pub(crate) fn new(include: &[String], exclude: &[String]) -> Result<Filter, DiscoverError> {
        Ok(Filter {
            include: if include.is_empty() { None } else { Some(build_set(include)?) },
            exclude: build_set(exclude)?,
        })
    }

    /// True if the directory is walked; `directory` is its path below the root.
    pub(crate) fn includes_directory(&self, directory: &str) -> bool {
        !self.exclude.is_match(directory)
    }

    /// True if the file is a source; `file` is its path below the root.
    pub(crate) fn includes_file(&self, file: &str) -> bool {
        !self.exclude.is_match(file) && self.include.as_ref().is_none_or(|set| set.is_match(file))
    }
}

fn build_set(patterns: &[String]) -> Result<GlobSet, DiscoverError> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let to_error = |error: globset::Error| DiscoverError::Pattern {
            pattern: pattern.clone(),
            reason: error.kind().to_string(),
        };
        let glob = GlobBuilder::new(&anchor(pattern))
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(to_error)?;
        set.add(glob);
    }
    set.build().map_err(|error| DiscoverError::Pattern {
        pattern: patterns.join(" "),
        reason: error.to_string(),
    })
}

/// A pattern without `/` matches at any depth; a leading `/` or `./` anchors it at the root.
fn anchor(pattern: &str) -> String {
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
        let to_strings = |list: &[&str]| list.iter().map(|s| s.to_string()).collect::<Vec<_>>();
        Filter::new(&to_strings(include), &to_strings(exclude)).unwrap()
    }

    #[test]
    fn a_pattern_without_slash_matches_the_file_name_at_any_depth() {
        let logs = filter(&["*.log"], &["*_Debug.log"]);
        assert!(logs.includes_file("a.log"));
        assert!(logs.includes_file("x/y/a.log"));
        assert!(!logs.includes_file("x/a.csv"));
        assert!(!logs.includes_file("x/a_Debug.log"));
    }

    #[test]
    fn a_pattern_with_slash_matches_the_path_below_the_root() {
        let logs = filter(&["x/*.log"], &[]);
        assert!(logs.includes_file("x/a.log"));
        assert!(!logs.includes_file("x/y/a.log"));
        assert!(!logs.includes_file("w/x/a.log"));
        assert!(filter(&["x/**/*.log"], &[]).includes_file("x/y/z/a.log"));
        assert!(!filter(&["/a.log"], &[]).includes_file("x/a.log"));
    }

    #[test]
    fn an_excluded_directory_is_not_entered() {
        let filter = filter(&[], &["archive/"]);
        assert!(!filter.includes_directory("x/archive"));
        assert!(filter.includes_directory("x/archives"));
    }

    #[test]
    fn an_invalid_pattern_is_named() {
        let error = Filter::new(&["a[".to_string()], &[]).err().unwrap().to_string();
        assert!(error.contains("a["), "{error}");
    }
}
