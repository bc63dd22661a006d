//! Digests as they are kept: JSON, because what is kept must be readable by later versions, and
//! deflated where that pays.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use crate::model::Digest;

/// Shorter texts are kept as they are: most sources have nothing to tell.
const WORTH_PACKING: usize = 1024;

/// First byte of what is kept.
const PLAIN: u8 = b'{';
const DEFLATED: u8 = b'z';

/// A digest as bytes. Works on any thread.
pub fn pack(digest: &Digest) -> Vec<u8> {
    // Maps whose keys are texts and numbers always become JSON, and a vector takes every byte.
    let text = serde_json::to_vec(digest).unwrap_or_default();
    if text.len() < WORTH_PACKING {
        return text;
    }
    let mut encoder = ZlibEncoder::new(vec![DEFLATED], Compression::fast());
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
