//! Digests as they are kept: MessagePack with the names of fields, because what is kept must be
//! readable by later versions, and compressed where that pays.

use crate::model::{
    ConnectionFact, Diagnostics, Digest, FolderFact, Guid, Hit, HitKey, ItemColumns, JobFact,
    SourceItem, SourceKey, TraceFact,
};
use flate2::read::ZlibDecoder;
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::sync::Arc;
use zstd::bulk::Compressor;
/// Shorter texts are kept as they are: most sources have nothing to tell.
const WORTH_PACKING: usize = 1024;

/// A first night is paid for by the second: higher levels cost more time than they save room.
const LEVEL: i32 = 1;

/// Longer texts are compressed piece by piece, each as a frame of its own: to hold all of one costs
/// more than to compress it, and frames that follow each other are read as one.
const PIECE: usize = 1 << 20;

/// First byte of what is kept.
const PLAIN: u8 = b'm';

const COMPRESSED: u8 = b's';

/// Versions of the tables before the third kept JSON, as it is or deflated.
const JSON: u8 = b'{';

const DEFLATED: u8 = b'z';

thread_local! {
    /// Its tables are larger than most digests, so that each thread has one for all of them.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = RefCell::default();
    /// Room for what is not compressed yet: most digests are small, and none is held longer.
    static HELD: RefCell<Vec<u8>> = RefCell::default();
}

/// A digest on its way to the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EncodedDigest {
    /// As it is kept.
    Bytes(Vec<u8>),
    /// To be packed by whoever writes it down: it shares its hits.
    Whole(Box<Digest>),
}

impl Default for EncodedDigest {
    /// Nothing yet, which is no digest.
    fn default() -> EncodedDigest {
        EncodedDigest::Bytes(Vec::new())
    }
}

impl EncodedDigest {
    /// A digest, packed.
    pub fn of(digest: &Digest) -> EncodedDigest {
        EncodedDigest::Bytes(encode(digest))
    }

    /// A digest that is packed later. Its hits are held meanwhile, also where the same hits of
    /// another source are all that a run goes on with.
    pub fn later(digest: &Digest) -> EncodedDigest {
        EncodedDigest::Whole(Box::new(digest.clone()))
    }

    /// The same, packed.
    pub(crate) fn packed(self) -> EncodedDigest {
        match self {
            EncodedDigest::Whole(digest) => EncodedDigest::Bytes(encode(&digest)),
            packed => packed,
        }
    }

    /// As it is kept.
    pub(crate) fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            EncodedDigest::Bytes(bytes) => Cow::Borrowed(bytes),
            EncodedDigest::Whole(digest) => Cow::Owned(encode(digest)),
        }
    }

    /// The digest.
    pub(crate) fn digest(&self) -> io::Result<Digest> {
        match self {
            EncodedDigest::Bytes(bytes) => unpack(bytes),
            EncodedDigest::Whole(digest) => Ok(digest.as_ref().clone()),
        }
    }
}

/// A digest as it is kept: what is empty is left out, and a row of the books is a row.
#[derive(Serialize)]
struct DigestRow<'d> {
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
    coverage: Rows<'d>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnostics: Option<&'d Diagnostics>,
}

impl<'d> DigestRow<'d> {
    fn of(digest: &'d Digest) -> DigestRow<'d> {
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
        DigestRow {
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
            coverage: Rows(coverage),
            diagnostics: Some(diagnostics).filter(|all| all.iter().next().is_some()),
        }
    }
}

/// The books, whose rows go without the names of their columns.
struct Rows<'d>(&'d BTreeMap<SourceKey, SourceItem>);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(source, item)| (source, ItemColumns(item))))
    }
}

/// A digest as bytes.
fn encode(digest: &Digest) -> Vec<u8> {
    HELD.with_borrow_mut(|held| {
        let mut sink = CompressingWriter::new(held);
        let mut serializer = rmp_serde::Serializer::new(&mut sink).with_struct_map();
        let written = DigestRow::of(digest).serialize(&mut serializer).map_err(io::Error::other);
        written.and_then(|()| sink.finish())
    })
    .or_else(|_| plain(digest))
    // A vector takes every byte, and every part of a digest has a form. Were that not so, what cannot
    // be read back says so.
    .unwrap_or_default()
}

/// A digest as bytes for which there was no memory to compress them with.
fn plain(digest: &Digest) -> io::Result<Vec<u8>> {
    let mut bytes = vec![PLAIN];
    let mut serializer = rmp_serde::Serializer::new(&mut bytes).with_struct_map();
    DigestRow::of(digest).serialize(&mut serializer).map_err(io::Error::other)?;
    Ok(bytes)
}

/// Takes a text, and compresses a long one while it comes.
struct CompressingWriter<'h> {
    /// What is not compressed yet, behind a byte that says so.
    held: &'h mut Vec<u8>,
    /// The pieces before it, behind a byte that says what they are; empty before the first.
    pieces: Vec<u8>,
}

impl CompressingWriter<'_> {
    fn new(held: &mut Vec<u8>) -> CompressingWriter<'_> {
        held.clear();
        held.push(PLAIN);
        CompressingWriter { held, pieces: Vec::new() }
    }

    fn piece(&mut self) -> io::Result<()> {
        let packed = compressed(&self.held[1..]).ok_or(io::ErrorKind::OutOfMemory)?;
        if self.pieces.is_empty() {
            self.pieces.push(COMPRESSED);
        }
        self.pieces.extend_from_slice(&packed);
        self.held.truncate(1);
        Ok(())
    }

    fn finish(mut self) -> io::Result<Vec<u8>> {
        if self.pieces.is_empty() && self.held.len() < WORTH_PACKING {
            return Ok(self.held.clone());
        }
        self.piece()?;
        Ok(self.pieces)
    }
}

impl Write for CompressingWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    // A text comes in parts of a few bytes, each of which would go through a loop.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= PIECE { self.piece() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes compressed; nothing if there is no memory for it.
fn compressed(plain: &[u8]) -> Option<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|compressor| {
        if compressor.is_none() {
            *compressor = Some(Compressor::new(LEVEL).ok()?);
        }
        compressor.as_mut()?.compress(plain).ok()
    })
}

/// The digest that was packed.
fn unpack(bytes: &[u8]) -> io::Result<Digest> {
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
        // The last is longer than several pieces, and longer than what is read of one at a time.
        for sources in [0, 1, 200, 20_000] {
            let digest = digest(sources);
            assert_eq!(unpack(&encode(&digest)).unwrap(), digest);
            assert_eq!(unpack(&plain(&digest).unwrap()).unwrap(), digest);
        }
    }

    /// Of whatever length: a text may end where a piece does.
    #[test]
    fn no_piece_is_lost_or_doubled() {
        for length in [0, 1, 2000, PIECE - 2, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
            let text: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let mut held = Vec::new();
            let mut sink = CompressingWriter::new(&mut held);
            for part in text.chunks(7) {
                sink.write_all(part).unwrap();
            }
            let packed = sink.finish().unwrap();
            let back = match packed.split_first() {
                Some((&PLAIN, rest)) => rest.to_vec(),
                Some((&COMPRESSED, rest)) => zstd::decode_all(rest).unwrap(),
                other => panic!("{other:?}"),
            };
            assert!(back == text, "{length}");
        }
    }

    /// As earlier versions wrote it: names of columns, and parts that are empty; deflated.
    #[test]
    fn earlier_forms_are_read_as_well() {
        use std::io::Write;
        let digest = digest(1);
        let long = serde_json::to_vec(&digest).unwrap();
        assert!(encode(&digest).len() < long.len());
        assert_eq!(unpack(&long).unwrap(), digest);
        let mut encoder = flate2::write::ZlibEncoder::new(vec![DEFLATED], Default::default());
        encoder.write_all(&long).unwrap();
        assert_eq!(unpack(&encoder.finish().unwrap()).unwrap(), digest);
    }
}
