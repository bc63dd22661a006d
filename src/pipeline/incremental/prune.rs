//! Shortens a state: failures before a day become sums, and sources that are gone and tell of
//! nothing later are forgotten. Sums stay exact; evidence goes.

use std::collections::BTreeMap;

use crate::model::{Instant, PrunedCounts};
use crate::state::{FileStamp, StateError, StateStore, path_of};

const DAY_MICROS: i64 = 86_400_000_000;

/// What was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pruned {
    /// The start of the day before which nothing but sums is kept.
    pub before: Instant,
    /// Sources forgotten.
    pub sources: usize,
    /// Incidents with failures before that day.
    pub incidents: usize,
}

/// Prunes everything before the UTC day of an instant. Never goes back behind an earlier pruning.
pub fn prune(state: &mut StateStore, before: Instant) -> Result<Pruned, StateError> {
    let start = Instant(before.0.div_euclid(DAY_MICROS) * DAY_MICROS);
    let before = state.history().pruned_before.map_or(start, |earlier| earlier.max(start));
    let mut folded: BTreeMap<String, PrunedCounts> = BTreeMap::new();
    for known in state.history().known.values() {
        let days: BTreeMap<String, u64> =
            known.by_day.iter().filter(|(day, _)| **day < before.day()).map(pair).collect();
        if days.is_empty() {
            continue;
        }
        let mut sums = state.history().folded.get(&known.id).cloned().unwrap_or_default();
        // A day is folded once: what was told of it before is not told again.
        for (day, count) in days {
            sums.by_day.entry(day).or_insert(count);
        }
        sums.first_seen = [sums.first_seen, known.first_seen].into_iter().flatten().min();
        folded.insert(known.id.clone(), sums);
    }
    let mut removed = Vec::new();
    for source in state.sources() {
        let held = path_of(&source.path).and_then(|path| FileStamp::of(&path).ok());
        let here = held.is_some_and(|held| source.content == Some(held));
        if here {
            continue;
        }
        let books = state.digest(source)?.coverage;
        if books.values().all(|item| item.last_time.is_none_or(|last| last < before)) {
            removed.push(source.id);
        }
    }
    state.prune(before, &removed, &folded)?;
    Ok(Pruned { before, sources: removed.len(), incidents: folded.len() })
}

fn pair((day, count): (&String, &u64)) -> (String, u64) {
    (day.clone(), *count)
}
