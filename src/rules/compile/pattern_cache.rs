//! Patterns of signature files at work: compiled when a record first asks for one, and given back
//! when many others have been asked for since. Most patterns of a pack are never asked for in a run;
//! all those of a large set at once would take more memory than everything that is read.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use regex::Regex;

use crate::search::foreign;
use crate::threads::lock_ignore_poison;

/// Compiled patterns that are kept. Far more than the shipped pack has, so that only large sets
/// ever compile one twice. One usually takes some ten KiB, and one MiB where it is full of `\w`.
const KEPT: usize = 256;

/// Holds a compiled pattern, or nothing.
type Slot = Arc<Mutex<Option<Arc<Regex>>>>;

/// The compiled patterns of a pack.
#[derive(Clone, Debug, Default)]
pub(crate) struct PatternCache(Arc<CacheSlots>);

#[derive(Debug, Default)]
struct CacheSlots {
    /// The slot of each pattern: one that many signatures carry is compiled once.
    slots: Mutex<HashMap<String, Slot>>,
    /// Those that are not empty, the oldest first.
    kept: Mutex<VecDeque<Slot>>,
}

impl PatternCache {
    fn slot(&self, pattern: &str) -> Slot {
        let mut slots = lock_ignore_poison(&self.0.slots);
        Arc::clone(slots.entry(pattern.to_string()).or_default())
    }

    /// Takes in one that has just been compiled, and empties the oldest if that is one too many.
    fn take_in(&self, slot: Slot) {
        let mut kept = lock_ignore_poison(&self.0.kept);
        kept.push_back(slot);
        let oldest = if kept.len() > KEPT { kept.pop_front() } else { None };
        drop(kept);
        if let Some(oldest) = oldest {
            *lock_ignore_poison(&oldest) = None;
        }
    }
}

/// A pattern written by somebody else.
#[derive(Debug)]
pub(crate) struct UserPattern {
    pattern: String,
    slot: Slot,
    shelf: PatternCache,
}

impl UserPattern {
    /// Not compiled yet.
    pub fn new(pattern: &str, shelf: &PatternCache) -> UserPattern {
        UserPattern {
            pattern: pattern.to_string(),
            slot: shelf.slot(pattern),
            shelf: shelf.clone(),
        }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.pattern
    }

    /// The compiled pattern. What is loaded was vetted first, and a pattern that `vetting` takes
    /// compiles; what is shipped is vetted by a test instead.
    #[allow(clippy::expect_used)]
    pub fn get(&self) -> Arc<Regex> {
        let mut slot = lock_ignore_poison(&self.slot);
        if let Some(compiled) = &*slot {
            return Arc::clone(compiled);
        }
        let compiled = Arc::new(foreign(&self.pattern).expect("a vetted pattern compiles"));
        *slot = Some(Arc::clone(&compiled));
        // Another one's slot is emptied only when nobody waits here for this one.
        drop(slot);
        self.shelf.take_in(Arc::clone(&self.slot));
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
    fn a_pattern_is_compiled_once_and_only_when_asked_for() {
        let pattern = UserPattern::new("a+", &PatternCache::default());
        assert!(!is_compiled(&pattern));
        let first = pattern.get();
        assert!(first.is_match("xa"));
        assert!(Arc::ptr_eq(&first, &pattern.get()));
    }

    #[test]
    fn equal_patterns_are_compiled_once() {
        let shelf = PatternCache::default();
        let [one, other] = ["a+", "a+"].map(|pattern| UserPattern::new(pattern, &shelf));
        assert!(Arc::ptr_eq(&one.get(), &other.get()));
        assert_eq!(shelf.0.kept.lock().unwrap().len(), 1);
    }

    #[test]
    fn only_so_many_are_kept_and_the_oldest_go_first() {
        let shelf = PatternCache::default();
        let patterns: Vec<UserPattern> =
            (0..KEPT + 3).map(|n| UserPattern::new(&format!("a{n}"), &shelf)).collect();
        for pattern in &patterns {
            assert!(pattern.get().is_match(pattern.as_str()));
        }
        let gone: Vec<usize> =
            (0..patterns.len()).filter(|at| !is_compiled(&patterns[*at])).collect();
        assert_eq!(gone, [0, 1, 2]);
        assert!(patterns[0].get().is_match("a0"));
        assert!(is_compiled(&patterns[0]) && !is_compiled(&patterns[3]));
    }
}
