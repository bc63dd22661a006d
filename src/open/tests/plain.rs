//! Tests of plain sources: files that are intact, missing, shrunk or unreadable.

use std::io::Read;

use crate::open::fault::Fault;
use crate::open::file::LengthCheckedReader;
use crate::open::limits::Limits;
use crate::open::tests::*;

#[test]
fn plain_content_is_unchanged() {
    let content = lines(5000);
    for (sources, report) in [read_default(&content), read_stream(&content, &Limits::default())] {
        assert_eq!(sources, [intact("none", &content)]);
        assert!(report.unread.is_empty() && report.diagnostics.is_empty());
    }
    assert_eq!(read_default(b"").0, [intact("none", b"")]);
}

#[test]
fn a_missing_or_special_file_is_a_failed_source() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing.log");
    let (sources, report) = read(OpenInput::File(&missing), &Limits::default());
    assert!(sources.is_empty());
    assert_eq!(codes(&report), ["open.vanished"]);
    assert_eq!(report.unread[0].1.status, SourceStatus::Failed);
    #[cfg(unix)]
    {
        let (_, report) = read(OpenInput::File(directory.path()), &Limits::default());
        assert_eq!(codes(&report), ["open.special"]);
    }
}

#[test]
fn a_file_that_shrinks_loses_no_bytes_already_read() {
    let mut reader = LengthCheckedReader::new(&b"only this"[..], 100);
    let mut content = Vec::new();
    let error = reader.read_to_end(&mut content).unwrap_err();
    assert_eq!(content, b"only this");
    assert_eq!(Fault::downcast(&error).unwrap().code.as_str(), "open.shrunk");
}

#[test]
fn a_failed_read_is_reported_after_all_bytes() {
    struct FailingReader;
    impl Read for FailingReader {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("bad sector"))
        }
    }
    let content = lines(200);
    let mut stream = (&content[..]).chain(FailingReader);
    let (sources, _) = read(OpenInput::Stream(&mut stream), &Limits::default());
    assert_eq!(sources[0].content, content);
    assert_eq!(sources[0].fault, Some("open.read-error"));
}

#[test]
fn unsupported_containers_are_refused_by_name() {
    let (sources, report) = read_default(b"\xfd7zXZ\x00 and so on");
    assert!(sources.is_empty());
    assert_eq!(codes(&report), ["open.unsupported"]);
    assert_eq!(
        report.unread[0].1.reason,
        "xz is not supported; extract it and scan the extracted files"
    );
}
