//! Makes records from the hits of a digest. Equal rows inside one source are separate records;
//! across sources a row counts as often as in the source that holds it most often. Copies in other
//! forms are merged by `copies`, the step after next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::correlate::record::MergedRecord;
use crate::model::{Digest, HitLocation, HitLocations, SourceKey};

/// Returns the records in order of time and key.
pub fn records(digest: &Digest) -> Vec<MergedRecord> {
    let mut records = Vec::with_capacity(digest.hits.len());
    let mut cache = DirectoryCache::default();
    for (key, hit) in &digest.hits {
        let rows = hit.locations.iter().map(|(_, location)| location.count).max().unwrap_or(1);
        for row in 0..rows {
            let locations: HitLocations = hit
                .locations
                .iter()
                .filter(|(_, location)| location.count > row)
                .map(|(source, location)| (source.clone(), HitLocation { count: 1, ..*location }))
                .collect();
            records.push(MergedRecord {
                hit: Arc::clone(hit),
                key: (*key, u32::try_from(row).unwrap_or(u32::MAX)),
                details: hit.details.clone(),
                job: hit.job,
                other_witnesses: Vec::new(),
                directories: cache.directories(&locations),
                locations,
                tenant: None,
            });
        }
    }
    records.sort_by_cached_key(|record| (record.time(), record.key));
    records
}

/// Lets the records of one source share one allocation of its directory.
#[derive(Default)]
struct DirectoryCache(BTreeMap<SourceKey, Arc<[String]>>);

impl DirectoryCache {
    fn directories(&mut self, locations: &HitLocations) -> Arc<[String]> {
        let mut sources = locations.sources();
        if let (Some(source), None) = (sources.next(), sources.next()) {
            if let Some(cached) = self.0.get(source) {
                return Arc::clone(cached);
            }
            let directories: Arc<[String]> = [source.directory()].into();
            self.0.insert(source.clone(), Arc::clone(&directories));
            return directories;
        }
        let all: BTreeSet<String> = locations.sources().map(SourceKey::directory).collect();
        all.into_iter().collect()
    }
}
