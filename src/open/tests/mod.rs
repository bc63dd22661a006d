//! Containers made for each test, whole and broken, and what must come out of them.

use crate::model::SourceKey;
use crate::open::fault::Fault;
use crate::open::layers::OpenReport;
use crate::open::limits::Limits;
pub(crate) mod gzip;
pub(crate) mod plain;
pub(crate) mod zips;
pub(crate) mod zstd;

use crate::model::SourceStatus;
use crate::open::opener::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;
/// A source as it was read: key, compression, content before any fault, code of the fault.
type Got = (String, &'static str, Vec<u8>, Option<&'static str>);

fn read(input: OpenInput<'_>, limits: &Limits) -> (Vec<Got>, OpenReport) {
    let mut got = Vec::new();
    let report = open(&SourceKey::new("x"), input, limits, &mut |opened| {
        let mut content = Vec::new();
        let mut buffer = [0; 700];
        let fault = loop {
            match opened.reader.read(&mut buffer) {
                Ok(0) => break None,
                Ok(count) => content.extend_from_slice(&buffer[..count]),
                Err(error) => break Some(Fault::of(&error).expect("a named fault").code),
            }
        };
        got.push((opened.key.to_string(), opened.compression, content, fault));
    });
    (got, report)
}

fn on_disk(bytes: &[u8], limits: &Limits) -> (Vec<Got>, OpenReport) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    read(OpenInput::File(file.path()), limits)
}

fn streamed(mut bytes: &[u8], limits: &Limits) -> (Vec<Got>, OpenReport) {
    read(OpenInput::Stream(&mut bytes), limits)
}

fn default(bytes: &[u8]) -> (Vec<Got>, OpenReport) {
    on_disk(bytes, &Limits::default())
}

fn codes(report: &OpenReport) -> Vec<&str> {
    report.diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect()
}

/// Lines that do not compress to nothing.
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

fn find(bytes: &[u8], what: &[u8]) -> usize {
    memchr::memmem::find(bytes, what).unwrap()
}

const CENTRAL: &[u8] = b"PK\x01\x02";

proptest::proptest! {
    /// Whatever is broken: no panic, no endless loop, and no byte that was not there.
    #[test]
    fn broken_archives_end(
        at in proptest::prelude::any::<proptest::sample::Index>(),
        noise in proptest::collection::vec(proptest::prelude::any::<u8>(), 1..30),
        cut in proptest::prelude::any::<proptest::sample::Index>(),
        kind in 0..3,
    ) {
        let mut bytes = match kind {
            0 => gz(&lines(60)),
            1 => zip(&[("a.log", &lines(60)), ("b.zip", &zip(&[("c", b"3")]))]),
            _ => stored("a.log", &lines(60)),
        };
        let at = at.index(bytes.len());
        let end = (at + noise.len()).min(bytes.len());
        bytes[at..end].copy_from_slice(&noise[..end - at]);
        bytes.truncate(cut.index(bytes.len()) + 1);
        let limits = Limits { max_expand: 1 << 20, ..Limits::default() };
        let (disk, stream) = (on_disk(&bytes, &limits), streamed(&bytes, &limits));
        proptest::prop_assert_eq!(disk.0, stream.0);
    }
}
