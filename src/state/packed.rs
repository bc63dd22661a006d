//! Digests as they are kept: MessagePack with the names of fields, because what is kept must be
//! readable by later versions, and compressed where that pays.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::sync::Arc;

use flate2::read::ZlibDecoder;
use serde::{Serialize, Serializer};
use zstd::bulk::Compressor;

use crate::model::{
    ConnectionFact, Diagnostics, Digest, FolderFact, Guid, Hit, HitKey, JobFact, SourceItem,
    SourceKey, TraceFact,
};

/// Shorter texts are kept as they are: most sources have nothing to tell.
const WORTH_PACKING: usize = 1024;

/// A first night is paid for by the second: higher levels cost more time than they save room.
const LEVEL: i32 = 1;

/// First byte of what is kept.
const PLAIN: u8 = b'm';
const COMPRESSED: u8 = b's';

/// Versions of the tables before the third kept JSON, as it is or deflated.
const JSON: u8 = b'{';
const DEFLATED: u8 = b'z';

thread_local! {
    /// Its tables are larger than most digests, so that each thread has one for all of them.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = RefCell::default();
}

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
    let mut plain = vec![PLAIN];
    let mut serializer = rmp_serde::Serializer::new(&mut plain).with_struct_map();
    if Kept::of(digest).serialize(&mut serializer).is_err() {
        // A vector takes every byte, and every part of a digest has a form. Were that not so, what
        // cannot be read back says so.
        return Vec::new();
    }
    if plain.len() < WORTH_PACKING {
        return plain;
    }
    compressed(&plain[1..]).unwrap_or(plain)
}

/// Bytes compressed; nothing if there is no memory for it.
fn compressed(plain: &[u8]) -> Option<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|compressor| {
        if compressor.is_none() {
            *compressor = Some(Compressor::new(LEVEL).ok()?);
        }
        let packed = compressor.as_mut()?.compress(plain).ok()?;
        Some([&[COMPRESSED], &packed[..]].concat())
    })
}

/// The digest that was packed.
pub fn unpack(bytes: &[u8]) -> io::Result<Digest> {
    let plain = |bytes: &[u8]| rmp_serde::from_slice(bytes).map_err(io::Error::other);
    let json = |text: &[u8]| serde_json::from_slice(text).map_err(io::Error::other);
    match bytes.split_first() {
        Some((&PLAIN, rest)) => plain(rest),
        Some((&COMPRESSED, rest)) => plain(&zstd::decode_all(rest)?),
        Some((&JSON, _)) => json(bytes),
        Some((&DEFLATED, rest)) => {
            let mut text = Vec::new();
            ZlibDecoder::new(rest).read_to_end(&mut text)?;
            json(&text)
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

    /// As earlier versions wrote it: names of columns, and parts that are empty; deflated.
    #[test]
    fn earlier_forms_are_read_as_well() {
        use std::io::Write;
        let digest = digest(1);
        let long = serde_json::to_vec(&digest).unwrap();
        assert!(pack(&digest).len() < long.len());
        assert_eq!(unpack(&long).unwrap(), digest);
        let mut encoder = flate2::write::ZlibEncoder::new(vec![DEFLATED], Default::default());
        encoder.write_all(&long).unwrap();
        assert_eq!(unpack(&encoder.finish().unwrap()).unwrap(), digest);
    }
}
