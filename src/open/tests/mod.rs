//! Tests of the whole stage: each test builds a container, whole or damaged, and checks what is
//! read from it.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::model::{SourceKey, SourceStatus};
use crate::open::fault::Fault;
use crate::open::layers::OpenReport;
use crate::open::limits::Limits;
use crate::open::opener::*;

pub(crate) mod gzip;
pub(crate) mod plain;
pub(crate) mod zips;
pub(crate) mod zstd;

/// A source that was read.
#[derive(Debug, PartialEq)]
struct ReadSource {
    key: String,
    compression: &'static str,
    /// All bytes before the fault.
    content: Vec<u8>,
    /// Code of the fault.
    fault: Option<&'static str>,
}

/// The source `x`, read without a fault.
fn intact(compression: &'static str, content: &[u8]) -> ReadSource {
    ReadSource { key: "x".to_string(), compression, content: content.to_vec(), fault: None }
}

fn read(input: OpenInput<'_>, limits: &Limits) -> (Vec<ReadSource>, OpenReport) {
    let mut sources = Vec::new();
    let report = open(&SourceKey::new("x"), input, limits, &mut |opened| {
        let mut content = Vec::new();
        let mut buffer = [0; 700];
        let fault = loop {
            match opened.reader.read(&mut buffer) {
                Ok(0) => break None,
                Ok(count) => content.extend_from_slice(&buffer[..count]),
                Err(error) => {
                    break Some(Fault::downcast(&error).expect("a named fault").code.as_str());
                }
            }
        };
        let (key, compression) = (opened.key.to_string(), opened.compression);
        sources.push(ReadSource { key, compression, content, fault });
    });
    (sources, report)
}

fn read_file(bytes: &[u8], limits: &Limits) -> (Vec<ReadSource>, OpenReport) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    read(OpenInput::File(file.path()), limits)
}

fn read_stream(mut bytes: &[u8], limits: &Limits) -> (Vec<ReadSource>, OpenReport) {
    read(OpenInput::Stream(&mut bytes), limits)
}

fn read_default(bytes: &[u8]) -> (Vec<ReadSource>, OpenReport) {
    read_file(bytes, &Limits::default())
}

fn codes(report: &OpenReport) -> Vec<&str> {
    report.diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect()
}

/// Lines that compress moderately.
fn lines(count: u32) -> Vec<u8> {
    let line = |n: u32| format!("{n} {:x}\n", n.wrapping_mul(2_654_435_761));
    (0..count).flat_map(|n| line(n).into_bytes()).collect()
}

fn gz(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn stored(name: &str, content: &[u8]) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(name, options).unwrap();
    writer.write_all(content).unwrap();
    writer.finish().unwrap().into_inner()
}

fn find(bytes: &[u8], needle: &[u8]) -> usize {
    memchr::memmem::find(bytes, needle).unwrap()
}

const CENTRAL_SIGNATURE: &[u8] = b"PK\x01\x02";

proptest::proptest! {
    /// Damage causes neither a panic nor an endless loop, and a file and a stream read alike.
    #[test]
    fn damaged_containers_end(
        start in proptest::prelude::any::<proptest::sample::Index>(),
        noise in proptest::collection::vec(proptest::prelude::any::<u8>(), 1..30),
        cut in proptest::prelude::any::<proptest::sample::Index>(),
        kind in 0..3,
    ) {
        let mut bytes = match kind {
            0 => gz(&lines(60)),
            1 => zip(&[("a.log", &lines(60)), ("b.zip", &zip(&[("c", b"3")]))]),
            _ => stored("a.log", &lines(60)),
        };
        let start = start.index(bytes.len());
        let end = (start + noise.len()).min(bytes.len());
        bytes[start..end].copy_from_slice(&noise[..end - start]);
        bytes.truncate(cut.index(bytes.len()) + 1);
        let limits = Limits { max_expand: 1 << 20, ..Limits::default() };
        let (disk, stream) = (read_file(&bytes, &limits), read_stream(&bytes, &limits));
        proptest::prop_assert_eq!(disk.0, stream.0);
    }
}
