//! Digests as they are kept: JSON, because what is kept must be readable by later versions, and
//! deflated where that pays.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Serialize, Serializer};

use crate::model::{
    ConnectionFact, Diagnostics, Digest, FolderFact, Guid, Hit, HitKey, JobFact, SourceItem,
    SourceKey, TraceFact,
};

/// Shorter texts are kept as they are: most sources have nothing to tell.
const WORTH_PACKING: usize = 1024;

/// A first night is paid for by the second: level 3 is a quarter smaller and costs a twelfth of a
/// scan.
const LEVEL: Compression = Compression::fast();

/// First byte of what is kept.
const PLAIN: u8 = b'{';
const DEFLATED: u8 = b'z';

/// A digest as it is kept: what is empty is left out, and a row of the books is a row.
#[derive(Serialize)]
struct Kept<'d> {
    #[serde(skip_serializing_if = "Option::is_none")]
    hits: Option<&'d BTreeMap<HitKey, Arc<Hit>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mentions: Vec<(&'d str, u64, u64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jobs: Option<&'d BTreeMap<Guid, JobFact>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    folders: Option<&'d BTreeSet<FolderFact>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connections: Option<&'d BTreeSet<ConnectionFact>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traces: Option<&'d BTreeSet<TraceFact>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<&'d BTreeSet<Guid>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log_directories: Option<&'d BTreeSet<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    job_directories: Option<&'d BTreeSet<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    continuations: Option<&'d BTreeMap<SourceKey, String>>,
    coverage: BTreeMap<&'d SourceKey, Row<'d>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnostics: Option<&'d Diagnostics>,
}

impl<'d> Kept<'d> {
    fn of(digest: &'d Digest) -> Kept<'d> {
        // Taken apart by name, so that a new part cannot be forgotten here.
        let Digest {
            hits,
            mentions,
            jobs,
            folders,
            connections,
            traces,
            evidence,
            log_directories,
            job_directories,
            continuations,
            coverage,
            diagnostics,
        } = digest;
        let cells = mentions.iter().map(|((signature, cell), n)| (signature.as_str(), *cell, *n));
        Kept {
            hits: Some(hits).filter(|all| !all.is_empty()),
            mentions: cells.collect(),
            jobs: Some(jobs).filter(|all| !all.is_empty()),
            folders: Some(folders).filter(|all| !all.is_empty()),
            connections: Some(connections).filter(|all| !all.is_empty()),
            traces: Some(traces).filter(|all| !all.is_empty()),
            evidence: Some(evidence).filter(|all| !all.is_empty()),
            log_directories: Some(log_directories).filter(|all| !all.is_empty()),
            job_directories: Some(job_directories).filter(|all| !all.is_empty()),
            continuations: Some(continuations).filter(|all| !all.is_empty()),
            coverage: coverage.iter().map(|(source, item)| (source, Row(item))).collect(),
            diagnostics: Some(diagnostics).filter(|all| all.iter().next().is_some()),
        }
    }
}

/// A row of the books without the names of its columns, in their order: most digests are little
/// more than one.
struct Row<'d>(&'d SourceItem);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let SourceItem {
            kind,
            encoding,
            compression,
            bytes,
            decoded,
            records,
            matched,
            rejected,
            first_time,
            last_time,
            status,
            reason,
        } = self.0;
        (
            kind,
            encoding,
            compression,
            bytes,
            decoded,
            records,
            matched,
            rejected,
            first_time,
            last_time,
            status,
            reason,
        )
            .serialize(serializer)
    }
}

/// A digest as bytes. Works on any thread.
pub fn pack(digest: &Digest) -> Vec<u8> {
    // Maps whose keys are texts and numbers always become JSON, and a vector takes every byte.
    let text = serde_json::to_vec(&Kept::of(digest)).unwrap_or_default();
    if text.len() < WORTH_PACKING {
        return text;
    }
    let mut encoder = ZlibEncoder::new(vec![DEFLATED], LEVEL);
    let packed = encoder.write_all(&text).and_then(|()| encoder.finish());
    packed.unwrap_or(text)
}

/// The digest that was packed.
pub fn unpack(bytes: &[u8]) -> io::Result<Digest> {
    match bytes.first() {
        Some(&PLAIN) => serde_json::from_slice(bytes).map_err(io::Error::other),
        Some(&DEFLATED) => {
            let mut text = Vec::new();
            ZlibDecoder::new(&bytes[1..]).read_to_end(&mut text)?;
            serde_json::from_slice(&text).map_err(io::Error::other)
        }
        _ => Err(io::Error::other("not a digest")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SourceStatus;

    fn digest(sources: usize) -> Digest {
        let mut digest = Digest::default();
        for source in 0..sources {
            let mut item = SourceItem::unread(SourceStatus::Partial, 7, "why");
            item.records = 3;
            digest.coverage.insert(SourceKey::new(&format!("r/{source}.log")), item);
        }
        digest.mentions.insert(("conn-missing".to_string(), 1 << 63), 2);
        digest.log_directories.insert("r".to_string());
        digest
    }

    #[test]
    fn what_was_packed_comes_back() {
        for sources in [0, 1, 200] {
            let digest = digest(sources);
            assert_eq!(unpack(&pack(&digest)).unwrap(), digest);
        }
    }

    /// As an earlier version wrote it: names of columns, and parts that are empty.
    #[test]
    fn the_long_form_is_read_as_well() {
        let digest = digest(1);
        let long = serde_json::to_vec(&digest).unwrap();
        assert!(pack(&digest).len() < long.len());
        assert_eq!(unpack(&long).unwrap(), digest);
    }
}
