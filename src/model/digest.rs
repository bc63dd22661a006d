//! What one source, or any set of sources, amounts to. `merge` is the law of the house: it is
//! commutative, associative and idempotent, so threads, order, copies and machines never show.

use crate::model::coverage::SourceItem;
use crate::model::diagnostic::Diagnostics;
use crate::model::fact::{ConnectionFact, Fact, FolderFact, JobFact, TraceFact};
use crate::model::guid::Guid;
use crate::model::hit::{Hit, HitKey};
use crate::model::record::Location;
use crate::model::source::SourceKey;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
/// A cell of mentions: signature id and a hash of job (or process and host) and UTC day. Copies of
/// one export fill the same cells, so the largest count of any one source is the count.
pub type MentionCell = (String, u64);

/// Everything learned from a set of sources.
///
/// It is kept on disk for years: a part that an older version did not write is empty.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug, Default)]
#[serde(default)]
pub struct Digest {
    /// Confirmed hits by content.
    pub hits: BTreeMap<HitKey, Arc<Hit>>,
    /// Signature texts below Error level or echoed by a workflow.
    #[serde(with = "cells")]
    pub mentions: BTreeMap<MentionCell, u64>,
    /// Jobs.
    pub jobs: BTreeMap<Guid, JobFact>,
    /// Statements about folders.
    pub folders: BTreeSet<FolderFact>,
    /// Statements about connections.
    pub connections: BTreeSet<ConnectionFact>,
    /// Activities seen using a connection.
    pub traces: BTreeSet<TraceFact>,
    /// Jobs of which a record shows evidence of Integration Service.
    pub evidence: BTreeSet<Guid>,
    /// Directories that hold log rows, and those that hold job rows.
    pub log_directories: BTreeSet<String>,
    /// Directories that hold job rows.
    pub job_directories: BTreeSet<String>,
    /// OData pages: source → link to the next page, empty on the last one.
    pub continuations: BTreeMap<SourceKey, String>,
    /// One row per source.
    pub coverage: BTreeMap<SourceKey, SourceItem>,
    /// Problems.
    pub diagnostics: Diagnostics,
}

impl Digest {
    /// Adds what a reader learned.
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
        }
    }

    /// Number of jobs, and of statements about folders, connections and activities.
    pub fn facts(&self) -> usize {
        self.jobs.len() + self.folders.len() + self.connections.len() + self.traces.len()
    }

    /// Adds a hit; the same hit again in another place only adds the place.
    pub fn add_hit(&mut self, key: HitKey, hit: Arc<Hit>) {
        match self.hits.get_mut(&key) {
            Some(known) => Arc::make_mut(known).merge(&hit),
            None => {
                self.hits.insert(key, hit);
            }
        }
    }

    /// Adds what a later part of the same source amounts to: unlike in another source, equal rows
    /// are rows of their own there, unless they are one row sent twice. `moved` tells a place in
    /// the part as a place in the source.
    pub fn append(&mut self, later: Digest, moved: impl Fn(&Location) -> Location) {
        for (key, mut hit) in later.hits {
            for place in Arc::make_mut(&mut hit).places.iter_mut() {
                place.location = moved(&place.location);
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
            evidence: later.evidence,
            log_directories: later.log_directories,
            job_directories: later.job_directories,
            coverage: later.coverage,
            ..Digest::default()
        });
    }

    /// Joins two digests.
    pub fn merge(&mut self, mut other: Digest) {
        if self.hits.is_empty() {
            std::mem::swap(&mut self.hits, &mut other.hits);
        }
        for (key, hit) in other.hits {
            self.add_hit(key, hit);
        }
        for (cell, count) in other.mentions {
            let kept = self.mentions.entry(cell).or_default();
            *kept = (*kept).max(count);
        }
        for (key, job) in other.jobs {
            self.add_fact(Fact::Job(key, job));
        }
        self.folders.extend(other.folders);
        self.connections.extend(other.connections);
        self.traces.extend(other.traces);
        self.evidence.extend(other.evidence);
        self.log_directories.extend(other.log_directories);
        self.job_directories.extend(other.job_directories);
        for (source, link) in other.continuations {
            let kept = self.continuations.entry(source).or_insert_with(|| link.clone());
            if link < *kept {
                *kept = link;
            }
        }
        if self.coverage.is_empty() {
            std::mem::swap(&mut self.coverage, &mut other.coverage);
        }
        for (source, item) in other.coverage {
            let kept = self.coverage.entry(source).or_insert_with(|| item.clone());
            if item > *kept {
                *kept = item;
            }
        }
        self.diagnostics.merge(other.diagnostics);
    }
}

/// Mentions as rows: a pair is no key of a JSON object.
mod cells {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::MentionCell;

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
