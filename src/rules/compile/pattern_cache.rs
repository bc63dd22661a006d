//! A cache of the compiled patterns of signature files. A pattern is compiled on first use, and the
//! oldest compiled pattern is dropped when the cache is full. A run uses few patterns of a rule
//! set; all those of a large one at once would take more memory than everything else in a scan.
//! Whether a pattern may be compiled is decided in `regex_limits`.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use regex::Regex;

use crate::search::compile_user_pattern;
use crate::threads::lock_ignore_poison;

/// Most compiled patterns in memory: far more than the built-in rule set has, so that only a large
/// set compiles a pattern twice. A pattern usually takes some ten KiB, and one MiB if it is full of
/// `\w`.
const COMPILED_MAX: usize = 256;

/// Nothing until the pattern is compiled, and again after it is dropped.
type Slot = Arc<Mutex<Option<Arc<Regex>>>>;

/// The compiled patterns of a rule set; clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct PatternCache(Arc<CacheSlots>);

#[derive(Debug, Default)]
struct CacheSlots {
    /// The slot of each pattern. Signatures with equal patterns share one.
    slots: Mutex<HashMap<String, Slot>>,
    /// The slots that hold a compiled pattern, the oldest first.
    compiled: Mutex<VecDeque<Slot>>,
}

impl PatternCache {
    fn slot(&self, pattern: &str) -> Slot {
        let mut slots = lock_ignore_poison(&self.0.slots);
        Arc::clone(slots.entry(pattern.to_string()).or_default())
    }

    /// Adds a slot that has just been filled, and empties the oldest one if the cache is full.
    fn insert(&self, slot: Slot) {
        let mut compiled = lock_ignore_poison(&self.0.compiled);
        compiled.push_back(slot);
        let oldest = if compiled.len() > COMPILED_MAX { compiled.pop_front() } else { None };
        drop(compiled);
        if let Some(oldest) = oldest {
            *lock_ignore_poison(&oldest) = None;
        }
    }
}

/// A pattern of a signature file.
#[derive(Debug)]
pub(crate) struct UserPattern {
    pattern: String,
    slot: Slot,
    cache: PatternCache,
}

impl UserPattern {
    /// Does not compile the pattern yet.
    pub fn new(pattern: &str, cache: &PatternCache) -> UserPattern {
        UserPattern {
            pattern: pattern.to_string(),
            slot: cache.slot(pattern),
            cache: cache.clone(),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.pattern
    }

    /// The compiled pattern. It always compiles: patterns of users are checked by `RegexLimits`
    /// when they are loaded, and a test checks the built-in ones.
    #[allow(clippy::expect_used)]
    pub fn get(&self) -> Arc<Regex> {
        let mut slot = lock_ignore_poison(&self.slot);
        if let Some(compiled) = &*slot {
            return Arc::clone(compiled);
        }
        let compiled =
            Arc::new(compile_user_pattern(&self.pattern).expect("a vetted pattern compiles"));
        *slot = Some(Arc::clone(&compiled));
        // `insert` locks another slot: never hold two slot locks at once.
        drop(slot);
        self.cache.insert(Arc::clone(&self.slot));
        compiled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_compiled(pattern: &UserPattern) -> bool {
        pattern.slot.lock().unwrap().is_some()
    }

    #[test]
    fn a_pattern_is_compiled_once_and_on_first_use() {
        let pattern = UserPattern::new("a+", &PatternCache::default());
        assert!(!is_compiled(&pattern));
        let first = pattern.get();
        assert!(first.is_match("xa"));
        assert!(Arc::ptr_eq(&first, &pattern.get()));
    }

    #[test]
    fn equal_patterns_are_compiled_once() {
        let cache = PatternCache::default();
        let [one, other] = ["a+", "a+"].map(|pattern| UserPattern::new(pattern, &cache));
        assert!(Arc::ptr_eq(&one.get(), &other.get()));
        assert_eq!(cache.0.compiled.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_full_cache_drops_the_oldest_pattern_first() {
        let cache = PatternCache::default();
        let patterns: Vec<UserPattern> =
            (0..COMPILED_MAX + 3).map(|n| UserPattern::new(&format!("a{n}"), &cache)).collect();
        for pattern in &patterns {
            assert!(pattern.get().is_match(pattern.as_str()));
        }
        let dropped: Vec<usize> =
            (0..patterns.len()).filter(|index| !is_compiled(&patterns[*index])).collect();
        assert_eq!(dropped, [0, 1, 2]);
        assert!(patterns[0].get().is_match("a0"));
        assert!(is_compiled(&patterns[0]) && !is_compiled(&patterns[3]));
    }
}
