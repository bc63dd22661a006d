//! Retired sources: their files were removed or replaced. Their digests are merged under names of
//! their own until present sources report all of their content. Where they name a folder or a
//! connection, the statements of present sources win. Does not access the state or the disk.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Digest, Guid, HitKey, Instant, MEMBER, SourceItem, SourceKey};

#[derive(Default)]
pub(crate) struct RetiredSources {
    pub(crate) coverage: BTreeMap<SourceKey, SourceItem>,
}

/// The key itself, or the key with the first free number from `generation` on.
pub(crate) fn retired_name(
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

/// The key of the file that contains a source; a plain file contains itself.
pub(crate) fn file_of(key: &SourceKey) -> SourceKey {
    SourceKey::new(key.as_str().split(MEMBER).next().unwrap_or_default())
}

/// True when `present` reports everything that `retired` reports, and all hits of one retired source
/// occur in one present source: equal rows of one source are distinct records, which only a single
/// source can prove again.
pub(crate) fn is_covered_by(retired: &Digest, present: &Digest) -> bool {
    let mentions = retired
        .mentions
        .iter()
        .all(|(cell, count)| present.mentions.get(cell).is_some_and(|known| known >= count));
    let jobs = retired.jobs.iter().all(|(key, job)| {
        present.jobs.get(key).is_some_and(|known| {
            let mut both = known.clone();
            both.merge(job.clone());
            // The directory of a statement does not matter once another source states the same.
            both.directories.clone_from(&known.directories);
            both == *known
        })
    });
    let (folders, connections) = named_keys(present);
    mentions
        && jobs
        && retired.traces.is_subset(&present.traces)
        && retired.evidence.is_subset(&present.evidence)
        && retired
            .folders
            .iter()
            .all(|fact| fact.folder.key.is_some_and(|key| folders.contains(&key)))
        && retired.connections.iter().all(|fact| connections.contains(&fact.connection))
        && are_hits_covered(retired, present)
}

fn are_hits_covered(retired: &Digest, present: &Digest) -> bool {
    // The present sources that report all hits of a retired source so far.
    let mut reporters: BTreeMap<&SourceKey, BTreeSet<&SourceKey>> = BTreeMap::new();
    for (key, hit) in &retired.hits {
        for (source, location) in hit.locations.iter() {
            let reporting: BTreeSet<&SourceKey> = sources_reporting(present, key, location.count);
            let common = match reporters.remove(source) {
                Some(others) => others.intersection(&reporting).copied().collect(),
                None => reporting,
            };
            if common.is_empty() {
                return false;
            }
            reporters.insert(source, common);
        }
    }
    true
}

fn sources_reporting<'d>(present: &'d Digest, key: &HitKey, count: u64) -> BTreeSet<&'d SourceKey> {
    let locations = present.hits.get(key).into_iter().flat_map(|hit| hit.locations.iter());
    locations.filter(|(_, location)| location.count >= count).map(|(source, _)| source).collect()
}

/// Keys of the folders and connections that the digest names.
fn named_keys(digest: &Digest) -> (BTreeSet<Guid>, BTreeSet<Guid>) {
    let folders = digest.folders.iter().filter_map(|fact| fact.folder.key).collect();
    (folders, digest.connections.iter().map(|fact| fact.connection).collect())
}

/// Merges the digest of a retired source into `digest`. The caller passes the latest source first:
/// the first statement about a folder or a connection wins.
pub(crate) fn add_retired(digest: &mut Digest, mut retired: Digest, sources: &mut RetiredSources) {
    let (keys, connections) = named_keys(digest);
    let numbers: BTreeSet<(&str, i64)> = digest
        .folders
        .iter()
        .filter_map(|fact| Some((fact.directory.as_str(), fact.folder.id?)))
        .collect();
    retired.folders.retain(|fact| {
        let numbered = fact.folder.id.map(|id| (fact.directory.as_str(), id));
        !fact.folder.key.is_some_and(|key| keys.contains(&key))
            && !numbered.is_some_and(|number| numbers.contains(&number))
    });
    retired.connections.retain(|fact| !connections.contains(&fact.connection));
    sources.coverage.append(&mut retired.coverage);
    retired.continuations.clear();
    retired.diagnostics = Default::default();
    digest.merge(retired);
}

pub(crate) fn drop_before(digest: &mut Digest, before: Instant) {
    restrict_to_window(digest, Some(before), None);
}

/// Removes failures before `since` or from `until` on. Those without a time stay, as in a scan with
/// a window.
pub(crate) fn restrict_to_window(
    digest: &mut Digest,
    since: Option<Instant>,
    until: Option<Instant>,
) {
    digest.hits.retain(|_, hit| {
        hit.time.is_none_or(|time| {
            since.is_none_or(|since| time.at >= since) && until.is_none_or(|until| time.at < until)
        })
    });
}
