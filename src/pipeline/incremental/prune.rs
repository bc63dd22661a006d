//! Shortens a state: failures before a day become daily counts, and removed sources without a later
//! record are deleted. Counts stay exact; evidence of those failures is lost.

use std::collections::BTreeMap;

use crate::model::{Instant, PrunedCounts};
use crate::state::{FileStamp, StateError, StateStore, path_of};

const DAY_MICROS: i64 = 86_400_000_000;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pruned {
    /// The start of the first day (UTC) whose failures are kept in full.
    pub before: Instant,
    /// Number of sources that were deleted.
    pub sources: usize,
    /// Number of incidents with failures before that day.
    pub incidents: usize,
}

/// Prunes everything before the UTC day of `before`, or before the day of the previous pruning if
/// that is later.
pub fn prune(state: &mut StateStore, before: Instant) -> Result<Pruned, StateError> {
    let start = Instant(before.0.div_euclid(DAY_MICROS) * DAY_MICROS);
    let before = state.history().pruned_before.map_or(start, |last_pruned| last_pruned.max(start));
    let mut pruned_counts: BTreeMap<String, PrunedCounts> = BTreeMap::new();
    for known in state.history().known.values() {
        let days: BTreeMap<String, u64> = known
            .by_day
            .iter()
            .filter(|(day, _)| **day < before.day())
            .map(to_owned_pair)
            .collect();
        if days.is_empty() {
            continue;
        }
        let mut counts = state.history().pruned.get(&known.id).cloned().unwrap_or_default();
        // The count of a day that was pruned before is final.
        for (day, count) in days {
            counts.by_day.entry(day).or_insert(count);
        }
        counts.first_seen = [counts.first_seen, known.first_seen].into_iter().flatten().min();
        pruned_counts.insert(known.id.clone(), counts);
    }
    let mut removed = Vec::new();
    for source in state.sources() {
        let stamp = path_of(&source.path).and_then(|path| FileStamp::of(&path).ok());
        if stamp.is_some() && source.stamp == stamp {
            continue;
        }
        let coverage = state.digest(source)?.coverage;
        if coverage.values().all(|item| item.last_time.is_none_or(|last| last < before)) {
            removed.push(source.id);
        }
    }
    state.prune(before, &removed, &pruned_counts)?;
    Ok(Pruned { before, sources: removed.len(), incidents: pruned_counts.len() })
}

fn to_owned_pair((day, count): (&String, &u64)) -> (String, u64) {
    (day.clone(), *count)
}
