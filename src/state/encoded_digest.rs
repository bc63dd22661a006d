//! Digests as stored: MessagePack with the names of fields, so that later versions can read it,
//! and compressed with zstd where that pays. Also reads the encodings of earlier versions.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::sync::Arc;

use flate2::read::ZlibDecoder;
use serde::{Serialize, Serializer};
use zstd::bulk::Compressor;

use crate::model::{
    ConnectionFact, Diagnostics, Digest, FolderFact, Guid, Hit, HitKey, ItemColumns, JobFact,
    SourceItem, SourceKey, TenantFact, TraceFact,
};

/// Shorter encodings, in bytes, are not compressed: most sources have no hits, and compression
/// would save little.
const MIN_COMPRESSED: usize = 1024;

/// The first run encodes every source; higher zstd levels cost it more time than the bytes they
/// save are worth.
const LEVEL: i32 = 1;

/// Bytes before compression of one zstd frame. A longer encoding becomes several frames, which a
/// decoder reads as one, because holding all of it would take more memory than compressing it.
const FRAME: usize = 1 << 20;

/// First byte of an encoded digest: MessagePack follows.
const TAG_PLAIN: u8 = b'm';

/// First byte of an encoded digest: zstd frames of MessagePack follow.
const TAG_COMPRESSED: u8 = b's';

/// First byte of a digest as table versions before the third wrote it: JSON.
const TAG_JSON: u8 = b'{';

/// First byte of a digest as table versions before the third wrote it: deflated JSON follows.
const TAG_DEFLATED: u8 = b'z';

thread_local! {
    /// One per thread, because its tables are larger than most digests.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = RefCell::default();
    /// Buffer for bytes before compression, at most about one frame.
    static BUFFER: RefCell<Vec<u8>> = RefCell::default();
}

/// A digest on its way to the database.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EncodedDigest {
    Bytes(Vec<u8>),
    /// Encoded when it is written; until then it shares its hits with the digest of the run.
    Whole(Box<Digest>),
}

impl Default for EncodedDigest {
    /// No bytes, which is not a valid digest.
    fn default() -> EncodedDigest {
        EncodedDigest::Bytes(Vec::new())
    }
}

impl EncodedDigest {
    pub fn of(digest: &Digest) -> EncodedDigest {
        EncodedDigest::Bytes(encode(digest))
    }

    /// A digest that is encoded when it is written. Until then its hits stay in memory, even those
    /// that the run itself no longer needs.
    pub fn later(digest: &Digest) -> EncodedDigest {
        EncodedDigest::Whole(Box::new(digest.clone()))
    }

    pub(crate) fn encode(self) -> EncodedDigest {
        match self {
            EncodedDigest::Whole(digest) => EncodedDigest::Bytes(encode(&digest)),
            encoded => encoded,
        }
    }

    pub(crate) fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            EncodedDigest::Bytes(bytes) => Cow::Borrowed(bytes),
            EncodedDigest::Whole(digest) => Cow::Owned(encode(digest)),
        }
    }

    pub(crate) fn decode(&self) -> io::Result<Digest> {
        match self {
            EncodedDigest::Bytes(bytes) => decode(bytes),
            EncodedDigest::Whole(digest) => Ok(digest.as_ref().clone()),
        }
    }
}

/// The serialized form of a digest. Empty parts are left out.
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
    tenants: Option<&'d BTreeSet<TenantFact>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<&'d BTreeSet<Guid>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log_directories: Option<&'d BTreeSet<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    job_directories: Option<&'d BTreeSet<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    continuations: Option<&'d BTreeMap<SourceKey, String>>,
    coverage: CoverageRows<'d>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnostics: Option<&'d Diagnostics>,
}

impl<'d> DigestRow<'d> {
    fn new(digest: &'d Digest) -> DigestRow<'d> {
        // Destructured by name: a new field does not compile until it is stored.
        let Digest {
            hits,
            mentions,
            jobs,
            folders,
            connections,
            traces,
            tenants,
            evidence,
            log_directories,
            job_directories,
            continuations,
            coverage,
            diagnostics,
        } = digest;
        let mentions =
            mentions.iter().map(|((signature, cell), n)| (signature.as_str(), *cell, *n));
        DigestRow {
            hits: Some(hits).filter(|hits| !hits.is_empty()),
            mentions: mentions.collect(),
            jobs: Some(jobs).filter(|all| !all.is_empty()),
            folders: Some(folders).filter(|all| !all.is_empty()),
            connections: Some(connections).filter(|all| !all.is_empty()),
            traces: Some(traces).filter(|all| !all.is_empty()),
            tenants: Some(tenants).filter(|all| !all.is_empty()),
            evidence: Some(evidence).filter(|all| !all.is_empty()),
            log_directories: Some(log_directories).filter(|all| !all.is_empty()),
            job_directories: Some(job_directories).filter(|all| !all.is_empty()),
            continuations: Some(continuations).filter(|all| !all.is_empty()),
            coverage: CoverageRows(coverage),
            diagnostics: Some(diagnostics).filter(|all| all.iter().next().is_some()),
        }
    }
}

/// Coverage, whose rows are arrays without the names of their columns.
struct CoverageRows<'d>(&'d BTreeMap<SourceKey, SourceItem>);

impl Serialize for CoverageRows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(source, item)| (source, ItemColumns(item))))
    }
}

fn encode(digest: &Digest) -> Vec<u8> {
    BUFFER
        .with_borrow_mut(|buffer| {
            let mut writer = CompressingWriter::new(buffer);
            serialize(digest, &mut writer)?;
            writer.finish()
        })
        .or_else(|_| encode_plain(digest))
        // Writing to a vector cannot fail, and every part of a digest can be serialized. If that
        // changed, decoding the empty bytes would fail and report the damage.
        .unwrap_or_default()
}

/// For when there is not enough memory to compress.
fn encode_plain(digest: &Digest) -> io::Result<Vec<u8>> {
    let mut bytes = vec![TAG_PLAIN];
    serialize(digest, &mut bytes)?;
    Ok(bytes)
}

fn serialize(digest: &Digest, writer: &mut impl Write) -> io::Result<()> {
    let mut serializer = rmp_serde::Serializer::new(writer).with_struct_map();
    DigestRow::new(digest).serialize(&mut serializer).map_err(io::Error::other)
}

/// Compresses each full frame while the encoding is written.
struct CompressingWriter<'b> {
    /// [`TAG_PLAIN`], then the bytes that are not compressed yet.
    pending: &'b mut Vec<u8>,
    /// [`TAG_COMPRESSED`], then the frames; empty before the first frame.
    frames: Vec<u8>,
}

impl CompressingWriter<'_> {
    fn new(pending: &mut Vec<u8>) -> CompressingWriter<'_> {
        pending.clear();
        pending.push(TAG_PLAIN);
        CompressingWriter { pending, frames: Vec::new() }
    }

    fn write_frame(&mut self) -> io::Result<()> {
        let frame = compress(&self.pending[1..]).ok_or(io::ErrorKind::OutOfMemory)?;
        if self.frames.is_empty() {
            self.frames.push(TAG_COMPRESSED);
        }
        self.frames.extend_from_slice(&frame);
        self.pending.truncate(1);
        Ok(())
    }

    fn finish(mut self) -> io::Result<Vec<u8>> {
        if self.frames.is_empty() && self.pending.len() < MIN_COMPRESSED {
            return Ok(self.pending.clone());
        }
        self.write_frame()?;
        Ok(self.frames)
    }
}

impl Write for CompressingWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    // The serializer writes a few bytes at a time; the default implementation would loop over
    // `write` for each of them.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= FRAME { self.write_frame() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One zstd frame; `None` if there is not enough memory.
fn compress(bytes: &[u8]) -> Option<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|compressor| {
        if compressor.is_none() {
            *compressor = Some(Compressor::new(LEVEL).ok()?);
        }
        compressor.as_mut()?.compress(bytes).ok()
    })
}

fn decode(bytes: &[u8]) -> io::Result<Digest> {
    let from_messagepack = |bytes: &[u8]| rmp_serde::from_slice(bytes).map_err(io::Error::other);
    let from_json = |text: &[u8]| serde_json::from_slice(text).map_err(io::Error::other);
    match bytes.split_first() {
        Some((&TAG_PLAIN, rest)) => from_messagepack(rest),
        Some((&TAG_COMPRESSED, rest)) => from_messagepack(&zstd::decode_all(rest)?),
        Some((&TAG_JSON, _)) => from_json(bytes),
        Some((&TAG_DEFLATED, rest)) => {
            let mut text = Vec::new();
            ZlibDecoder::new(rest).read_to_end(&mut text)?;
            from_json(&text)
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
    fn encoded_digests_are_decoded_unchanged() {
        // The last becomes several frames.
        for sources in [0, 1, 200, 20_000] {
            let digest = digest(sources);
            assert_eq!(decode(&encode(&digest)).unwrap(), digest);
            assert_eq!(decode(&encode_plain(&digest).unwrap()).unwrap(), digest);
        }
    }

    /// Includes texts that end exactly where a frame does.
    #[test]
    fn frames_hold_every_byte_once() {
        for length in [0, 1, 2000, FRAME - 2, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME] {
            let text: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let mut buffer = Vec::new();
            let mut writer = CompressingWriter::new(&mut buffer);
            for part in text.chunks(7) {
                writer.write_all(part).unwrap();
            }
            let encoded = writer.finish().unwrap();
            let decoded = match encoded.split_first() {
                Some((&TAG_PLAIN, rest)) => rest.to_vec(),
                Some((&TAG_COMPRESSED, rest)) => zstd::decode_all(rest).unwrap(),
                other => panic!("{other:?}"),
            };
            assert!(decoded == text, "{length}");
        }
    }

    /// Earlier versions wrote JSON with the names of columns and with empty parts, plain or
    /// deflated.
    #[test]
    fn previous_encodings_are_read() {
        let digest = digest(1);
        let json = serde_json::to_vec(&digest).unwrap();
        assert!(encode(&digest).len() < json.len());
        assert_eq!(decode(&json).unwrap(), digest);
        let mut encoder = flate2::write::ZlibEncoder::new(vec![TAG_DEFLATED], Default::default());
        encoder.write_all(&json).unwrap();
        assert_eq!(decode(&encoder.finish().unwrap()).unwrap(), digest);
    }
}
