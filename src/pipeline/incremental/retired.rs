//! Sources that are not there any more: what they told is kept, under names of their own, until one
//! source that is there tells all of it. What they said of names yields to what is said today.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Digest, Guid, HitKey, Instant, MEMBER, SourceItem, SourceKey};

/// What is known of sources that are gone.
#[derive(Default)]
pub(crate) struct RetiredSources {
    /// Their books.
    pub(crate) books: BTreeMap<SourceKey, SourceItem>,
}

/// A name no other source has.
pub(crate) fn free_name(
    key: &SourceKey,
    generation: i64,
    taken: &BTreeSet<SourceKey>,
) -> SourceKey {
    if !taken.contains(key) {
        return key.clone();
    }
    let numbered = (generation.max(1)..).map(|n| SourceKey::new(&format!("{key} (earlier {n})")));
    numbered.into_iter().find(|name| !taken.contains(name)).unwrap_or_else(|| key.clone())
}

/// The file a source or a member of it lies in.
pub(crate) fn file_of(key: &SourceKey) -> SourceKey {
    SourceKey::new(key.as_str().split(MEMBER).next().unwrap_or_default())
}

/// True when sources that are there tell everything this digest tells, each of its sources by one
/// of them: rows of one source are distinct, and only one source can show that again.
pub(crate) fn is_covered_by(gone: &Digest, here: &Digest) -> bool {
    let mentions = gone
        .mentions
        .iter()
        .all(|(cell, count)| here.mentions.get(cell).is_some_and(|told| told >= count));
    let jobs = gone.jobs.iter().all(|(key, job)| {
        here.jobs.get(key).is_some_and(|told| {
            let mut both = told.clone();
            both.merge(job.clone());
            // Where it was told does not matter once it is told again.
            both.directories.clone_from(&told.directories);
            both == *told
        })
    });
    let (folders, connections) = names(here);
    mentions
        && jobs
        && gone.traces.is_subset(&here.traces)
        && gone.evidence.is_subset(&here.evidence)
        && gone.folders.iter().all(|fact| fact.folder.key.is_some_and(|key| folders.contains(&key)))
        && gone.connections.iter().all(|fact| connections.contains(&fact.connection))
        && hits_are_told(gone, here)
}

fn hits_are_told(gone: &Digest, here: &Digest) -> bool {
    let mut tellers: BTreeMap<&SourceKey, BTreeSet<&SourceKey>> = BTreeMap::new();
    for (key, hit) in &gone.hits {
        for (source, place) in hit.places.iter() {
            let told: BTreeSet<&SourceKey> = sources_reporting(here, key, place.count);
            let left = match tellers.remove(source) {
                Some(others) => others.intersection(&told).copied().collect(),
                None => told,
            };
            if left.is_empty() {
                return false;
            }
            tellers.insert(source, left);
        }
    }
    true
}

fn sources_reporting<'d>(here: &'d Digest, key: &HitKey, count: u64) -> BTreeSet<&'d SourceKey> {
    let places = here.hits.get(key).into_iter().flat_map(|hit| hit.places.iter());
    places.filter(|(_, place)| place.count >= count).map(|(source, _)| source).collect()
}

/// Folders and connections of which something is said.
fn names(digest: &Digest) -> (BTreeSet<Guid>, BTreeSet<Guid>) {
    let folders = digest.folders.iter().filter_map(|fact| fact.folder.key).collect();
    (folders, digest.connections.iter().map(|fact| fact.connection).collect())
}

/// Adds what a gone source told. To be called with the latest first: of names the latest word
/// holds, and today's before any of them.
pub(crate) fn add(digest: &mut Digest, mut gone: Digest, earlier: &mut RetiredSources) {
    let (keys, connections) = names(digest);
    let numbers: BTreeSet<(&str, i64)> = digest
        .folders
        .iter()
        .filter_map(|fact| Some((fact.directory.as_str(), fact.folder.id?)))
        .collect();
    gone.folders.retain(|fact| {
        let numbered = fact.folder.id.map(|id| (fact.directory.as_str(), id));
        !fact.folder.key.is_some_and(|key| keys.contains(&key))
            && !numbered.is_some_and(|number| numbers.contains(&number))
    });
    gone.connections.retain(|fact| !connections.contains(&fact.connection));
    earlier.books.append(&mut gone.coverage);
    gone.continuations.clear();
    gone.diagnostics = Default::default();
    digest.merge(gone);
}

/// Leaves out failures before an instant.
pub(crate) fn drop_before(digest: &mut Digest, before: Instant) {
    restrict_to_window(digest, Some(before), None);
}

/// Leaves out failures outside a window. Those without a time stay, as in a scan with a window.
pub(crate) fn restrict_to_window(
    digest: &mut Digest,
    since: Option<Instant>,
    until: Option<Instant>,
) {
    digest.hits.retain(|_, hit| {
        hit.time.is_none_or(|stamp| {
            since.is_none_or(|since| stamp.at >= since)
                && until.is_none_or(|until| stamp.at < until)
        })
    });
}
