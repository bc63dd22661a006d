//! The digest: all hits, facts, coverage and diagnostics of one source, or of any set of sources.
//! `merge` is commutative, associative and idempotent, so that threads, order, copies and machines
//! cannot change the result. `scan` builds digests, `correlate` reads the merged one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::coverage::SourceItem;
use crate::model::diagnostic::Diagnostics;
use crate::model::fact::{ConnectionFact, Fact, FolderFact, JobFact, TenantFact, TraceFact};
use crate::model::guid::Guid;
use crate::model::hit::{Hit, HitKey};
use crate::model::record::Location;
use crate::model::source::SourceKey;

/// Raised when the same bytes give other hits or facts, so that stored digests are read again.
pub const DIGEST_VERSION: u32 = 2;

/// Key by which mentions are counted: signature id and a hash of job (or process and host) and UTC
/// day. Copies of an export have the same cells, so that the count of a cell is the largest one of
/// any source.
pub type MentionCell = (String, u64);

/// Everything that was read from a set of sources.
///
/// A state stores digests for years; a field that an older version did not write is empty.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug, Default)]
#[serde(default)]
pub struct Digest {
    /// Hits by the hash of their content.
    pub hits: BTreeMap<HitKey, Arc<Hit>>,
    /// Signature texts below the level Error, or repeated by a workflow.
    #[serde(with = "cells")]
    pub mentions: BTreeMap<MentionCell, u64>,
    pub jobs: BTreeMap<Guid, JobFact>,
    pub folders: BTreeSet<FolderFact>,
    pub connections: BTreeSet<ConnectionFact>,
    /// Which activities used which connections.
    pub traces: BTreeSet<TraceFact>,
    pub tenants: BTreeSet<TenantFact>,
    /// Jobs with a record that shows evidence of Integration Service.
    pub evidence: BTreeSet<Guid>,
    /// Directories that hold log rows.
    pub log_directories: BTreeSet<String>,
    /// Directories that hold job rows.
    pub job_directories: BTreeSet<String>,
    /// Link of an OData page to the next one, by source; empty on the last page.
    pub continuations: BTreeMap<SourceKey, String>,
    pub coverage: BTreeMap<SourceKey, SourceItem>,
    pub diagnostics: Diagnostics,
}

impl Digest {
    pub fn add_fact(&mut self, fact: Fact) {
        match fact {
            Fact::Job(key, job) => match self.jobs.get_mut(&key) {
                Some(known) => known.merge(job),
                None => {
                    self.jobs.insert(key, job);
                }
            },
            Fact::Folder(folder) => {
                self.folders.insert(folder);
            }
            Fact::Connection(connection) => {
                self.connections.insert(connection);
            }
            Fact::Trace(trace) => {
                self.traces.insert(trace);
            }
            Fact::Tenant(tenant) => {
                self.tenants.insert(tenant);
            }
        }
    }

    /// Number of jobs, and of statements about folders, connections, activities and tenants.
    pub fn facts(&self) -> usize {
        self.jobs.len()
            + self.folders.len()
            + self.connections.len()
            + self.traces.len()
            + self.tenants.len()
    }

    /// Adds a hit. If the same hit exists, only its locations are added.
    pub fn add_hit(&mut self, key: HitKey, hit: Arc<Hit>) {
        match self.hits.get_mut(&key) {
            Some(known) => Arc::make_mut(known).merge(&hit),
            None => {
                self.hits.insert(key, hit);
            }
        }
    }

    /// Adds the digest of a later part of the same source. Unlike in `merge`, equal rows are
    /// counted separately, unless their `fingerprint` shows that one row was sent twice. `relocate`
    /// turns a location in the part into one in the source.
    pub fn append(&mut self, later: Digest, relocate: impl Fn(&Location) -> Location) {
        for (key, mut hit) in later.hits {
            for hit_location in Arc::make_mut(&mut hit).locations.iter_mut() {
                hit_location.location = relocate(&hit_location.location);
            }
            match self.hits.get_mut(&key) {
                Some(known) => Arc::make_mut(known).append(&hit),
                None => {
                    self.hits.insert(key, hit);
                }
            }
        }
        for (cell, count) in later.mentions {
            *self.mentions.entry(cell).or_default() += count;
        }
        self.continuations.extend(later.continuations);
        for diagnostic in later.diagnostics {
            self.diagnostics.add(diagnostic);
        }
        self.merge(Digest {
            jobs: later.jobs,
            folders: later.folders,
            connections: later.connections,
            traces: later.traces,
            tenants: later.tenants,
            evidence: later.evidence,
            log_directories: later.log_directories,
            job_directories: later.job_directories,
            coverage: later.coverage,
            ..Digest::default()
        });
    }

    /// Merges another digest into this one. Commutative, associative and idempotent.
    pub fn merge(&mut self, mut other: Digest) {
        if self.hits.is_empty() {
            std::mem::swap(&mut self.hits, &mut other.hits);
        }
        for (key, hit) in other.hits {
            self.add_hit(key, hit);
        }
        for (cell, count) in other.mentions {
            let merged = self.mentions.entry(cell).or_default();
            *merged = (*merged).max(count);
        }
        for (key, job) in other.jobs {
            self.add_fact(Fact::Job(key, job));
        }
        self.folders.extend(other.folders);
        self.connections.extend(other.connections);
        self.traces.extend(other.traces);
        self.tenants.extend(other.tenants);
        self.evidence.extend(other.evidence);
        self.log_directories.extend(other.log_directories);
        self.job_directories.extend(other.job_directories);
        for (source, link) in other.continuations {
            let merged = self.continuations.entry(source).or_insert_with(|| link.clone());
            if link < *merged {
                *merged = link;
            }
        }
        if self.coverage.is_empty() {
            std::mem::swap(&mut self.coverage, &mut other.coverage);
        }
        for (source, item) in other.coverage {
            let merged = self.coverage.entry(source).or_insert_with(|| item.clone());
            if item > *merged {
                *merged = item;
            }
        }
        self.diagnostics.merge(other.diagnostics);
    }
}

/// Serialises mentions as rows, because a pair cannot be the key of a JSON object.
mod cells {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::model::digest::MentionCell;

    pub(crate) fn serialize<S: Serializer>(
        cells: &BTreeMap<MentionCell, u64>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let rows: Vec<(&str, u64, u64)> =
            cells.iter().map(|((signature, cell), count)| (&**signature, *cell, *count)).collect();
        rows.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<MentionCell, u64>, D::Error> {
        let rows = Vec::<(String, u64, u64)>::deserialize(deserializer)?;
        Ok(rows.into_iter().map(|(signature, cell, count)| ((signature, cell), count)).collect())
    }
}
