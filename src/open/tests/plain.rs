//! Plain sources: files that are there, gone, cut short or unreadable.

use crate::open::fault::Fault;
use crate::open::file::AtLeast;
use crate::open::limits::Limits;
use crate::open::tests::*;
use std::io::Read;
#[test]
fn passes_through_from_disk_and_stream() {
    let content = lines(5000);
    for (got, report) in [default(&content), streamed(&content, &Limits::default())] {
        assert_eq!(got, [("x".to_string(), "none", content.clone(), None)]);
        assert!(report.unread.is_empty() && report.diagnostics.is_empty());
    }
    assert_eq!(default(b"").0, [("x".to_string(), "none", vec![], None)]);
}

#[test]
fn a_file_that_is_gone_or_no_file_is_a_failed_source() {
    let directory = tempfile::tempdir().unwrap();
    let gone = directory.path().join("gone.log");
    let (got, report) = read(OpenInput::File(&gone), &Limits::default());
    assert!(got.is_empty());
    assert_eq!(codes(&report), ["open.vanished"]);
    assert_eq!(report.unread[0].1.status, SourceStatus::Failed);
    #[cfg(unix)]
    {
        let (_, report) = read(OpenInput::File(directory.path()), &Limits::default());
        assert_eq!(codes(&report), ["open.special"]);
    }
}

#[test]
fn a_file_that_shrinks_keeps_what_was_read() {
    let mut reader = AtLeast::new(&b"only this"[..], 100);
    let mut content = Vec::new();
    let error = reader.read_to_end(&mut content).unwrap_err();
    assert_eq!(content, b"only this");
    assert_eq!(Fault::of(&error).unwrap().code, "open.shrunk");
}

#[test]
fn a_failed_read_names_its_place() {
    struct FailingReader;
    impl Read for FailingReader {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("bad sector"))
        }
    }
    let content = lines(200);
    let mut stream = (&content[..]).chain(FailingReader);
    let (got, _) = read(OpenInput::Stream(&mut stream), &Limits::default());
    assert_eq!(got[0].2, content);
    assert_eq!(got[0].3, Some("open.read-error"));
}

#[test]
fn known_containers_that_are_not_read_are_refused_by_name() {
    let (got, report) = default(b"\xfd7zXZ\x00 and so on");
    assert!(got.is_empty());
    assert_eq!(codes(&report), ["open.unsupported"]);
    assert_eq!(report.unread[0].1.reason, "xz is not read yet");
}
