//! Zip archives, whole, cut, damaged and hostile.

use crate::open::limits::Limits;
use crate::open::tests::*;
fn keys(got: &[Got]) -> Vec<&str> {
    got.iter().map(|(key, ..)| key.as_str()).collect()
}

#[test]
fn every_member_is_a_source() {
    let bytes = zip(&[("R1/a.log", b"one"), ("R1/", b""), ("b.csv", &lines(9000))]);
    for (got, report) in [default(&bytes), streamed(&bytes, &Limits::default())] {
        assert_eq!(keys(&got), ["x » R1/a.log", "x » b.csv"]);
        assert_eq!((got[0].1, &got[0].2[..], got[0].3), ("zip", &b"one"[..], None));
        assert_eq!((got[1].2 == lines(9000), got[1].3), (true, None));
        assert!(report.unread.is_empty() && report.diagnostics.is_empty());
    }
}

#[test]
fn members_may_be_containers() {
    let inner = zip(&[("c.log", b"three")]);
    let bytes = zip(&[("a.log.gz", &gz(b"one")), ("inner.zip", &inner)]);
    let (got, _) = default(&bytes);
    assert_eq!(keys(&got), ["x » a.log.gz", "x » inner.zip » c.log"]);
    assert_eq!((&got[0].2[..], &got[1].2[..]), (&b"one"[..], &b"three"[..]));
    let (got, report) = on_disk(&bytes, &Limits { max_spool: 20, ..Limits::default() });
    assert_eq!(keys(&got), ["x » a.log.gz"]);
    assert_eq!(codes(&report), ["open.limit-nested"]);
    assert_eq!(report.unread[0].0.as_str(), "x » inner.zip");
}

#[test]
fn hostile_names_are_labels() {
    let bytes = zip(&[("../../up.log", b"1"), ("C:\\win.log", b"2"), ("bad\u{7}.log", b"3")]);
    let (got, _) = default(&bytes);
    assert_eq!(keys(&got), ["x » ../../up.log", "x » C:/win.log", "x » bad\u{fffd}.log"]);
}

#[test]
fn members_of_equal_name_are_all_read() {
    let mut bytes = zip(&[("a.log", b"one"), ("b.log", b"two")]);
    for at in memchr::memmem::find_iter(&bytes.clone(), b"b.log") {
        bytes[at] = b'a';
    }
    let (got, _) = default(&bytes);
    assert_eq!(keys(&got), ["x » a.log", "x » a.log (2)"]);
    assert_eq!(got[1].2, b"two");
}

#[test]
fn an_encrypted_member_costs_itself() {
    let mut bytes = zip(&[("a.log", b"one"), ("b.log", b"two")]);
    let central = find(&bytes, CENTRAL);
    bytes[6] |= 1;
    bytes[central + 8] |= 1;
    let (got, report) = default(&bytes);
    assert_eq!(keys(&got), ["x » b.log"]);
    assert_eq!(codes(&report), ["open.encrypted"]);
    assert_eq!(report.unread[0].0.as_str(), "x » a.log");
}

#[test]
fn an_unknown_method_is_refused() {
    let mut bytes = zip(&[("a.log", b"one")]);
    let central = find(&bytes, CENTRAL);
    (bytes[8], bytes[central + 10]) = (12, 12);
    let (got, report) = default(&bytes);
    assert!(got.is_empty());
    assert_eq!(codes(&report), ["open.unsupported"]);
}

#[test]
fn a_wrong_checksum_comes_after_all_bytes() {
    let content = lines(100);
    let mut bytes = stored("a.log", &content);
    let at = find(&bytes, b"99 ");
    bytes[at] = b'x';
    let (got, _) = default(&bytes);
    assert_eq!((got[0].2.len(), got[0].3), (content.len(), Some("open.damaged-stream")));
}

#[test]
fn damaged_content_costs_one_member() {
    let content = lines(3000);
    let mut bytes = zip(&[("a.log", &content), ("b.log", b"two")]);
    let middle = find(&bytes, b"b.log") / 2;
    bytes[middle..middle + 200].fill(0xff);
    let (got, _) = default(&bytes);
    assert_eq!(keys(&got), ["x » a.log", "x » b.log"]);
    assert_eq!(got[0].3, Some("open.damaged-stream"));
    assert!(got[0].2.len() > 1000);
    assert_eq!((&got[1].2[..], got[1].3), (&b"two"[..], None));
}

#[test]
fn overlapping_members_are_refused() {
    let mut bytes = zip(&[("a.log", b"one"), ("b.log", b"two")]);
    let first = find(&bytes, CENTRAL);
    let second = first + 4 + find(&bytes[first + 4..], CENTRAL);
    bytes.copy_within(first + 42..first + 46, second + 42);
    let (got, report) = default(&bytes);
    assert!(got.is_empty());
    assert_eq!(codes(&report), ["open.overlap"]);
}

#[test]
fn too_many_members_are_named() {
    let bytes = zip(&[("a", b"1"), ("b", b"2"), ("c", b"3")]);
    let (got, report) = on_disk(&bytes, &Limits { max_entries: 2, ..Limits::default() });
    assert_eq!(keys(&got), ["x » a", "x » b"]);
    assert_eq!(codes(&report), ["open.limit-entries"]);
    assert_eq!(report.unread[0].0.as_str(), "x");
}

#[test]
fn one_budget_holds_for_all_members() {
    let member = vec![b' '; 4000];
    let bytes = zip(&[("a", &member), ("b", &member)]);
    let (got, _) = on_disk(&bytes, &Limits { max_expand: 5000, ..Limits::default() });
    assert_eq!((got[0].3, got[1].3), (None, Some("open.limit-size")));
}

#[test]
fn office_documents_and_empty_archives_are_booked() {
    let sheet = zip(&[("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")]);
    let (got, report) = default(&sheet);
    assert!(got.is_empty());
    assert_eq!(codes(&report), ["open.unsupported"]);
    let (_, report) = default(&zip(&[]));
    assert_eq!(report.unread[0].1.status, SourceStatus::Skipped);
}

#[test]
fn a_cut_archive_is_read_from_the_front() {
    let content = lines(2000);
    let bytes = zip(&[("a.log", b"one"), ("b.log", &content), ("c.log", b"three")]);
    let third = find(&bytes, b"c.log") - 30;
    let (got, report) = default(&bytes[..third - 50]);
    assert_eq!(keys(&got), ["x » a.log", "x » b.log"]);
    assert_eq!((&got[0].2[..], got[0].3), (&b"one"[..], None));
    assert_eq!(got[1].3, Some("open.truncated-stream"));
    assert!(content.starts_with(&got[1].2) && got[1].2.len() > 10_000);
    assert_eq!(codes(&report), ["open.damaged-archive"]);
    assert_eq!(report.unread[0].0.as_str(), "x");
}

#[test]
fn members_with_lengths_behind_them_are_salvaged_too() {
    let mut stream = ZipWriter::new_stream(Vec::new());
    for (name, content) in [("a.log", lines(500)), ("b.log", lines(10))] {
        stream.start_file(name, SimpleFileOptions::default()).unwrap();
        stream.write_all(&content).unwrap();
    }
    let bytes = stream.finish().unwrap().into_inner();
    assert_eq!(default(&bytes).0.len(), 2, "whole, it is an archive like any other");
    let (got, report) = default(&bytes[..find(&bytes, CENTRAL)]);
    assert_eq!(keys(&got), ["x » a.log", "x » b.log"]);
    assert_eq!((got[0].2 == lines(500), got[1].2 == lines(10)), (true, true));
    assert_eq!(codes(&report), ["open.damaged-archive"]);
}
