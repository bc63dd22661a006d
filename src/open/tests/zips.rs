//! Tests of zip archives: intact, cut, damaged and hostile ones.

use crate::open::limits::Limits;
use crate::open::tests::*;

fn keys(sources: &[ReadSource]) -> Vec<&str> {
    sources.iter().map(|source| source.key.as_str()).collect()
}

#[test]
fn every_member_is_a_source() {
    let bytes = zip(&[("R1/a.log", b"one"), ("R1/", b""), ("b.csv", &lines(9000))]);
    for (sources, report) in [read_default(&bytes), read_stream(&bytes, &Limits::default())] {
        assert_eq!(keys(&sources), ["x » R1/a.log", "x » b.csv"]);
        assert_eq!(
            (sources[0].compression, &sources[0].content[..], sources[0].fault),
            ("zip", &b"one"[..], None)
        );
        assert_eq!((sources[1].content == lines(9000), sources[1].fault), (true, None));
        assert!(report.unread.is_empty() && report.diagnostics.is_empty());
    }
}

#[test]
fn members_may_be_containers() {
    let inner = zip(&[("c.log", b"three")]);
    let bytes = zip(&[("a.log.gz", &gz(b"one")), ("inner.zip", &inner)]);
    let (sources, _) = read_default(&bytes);
    assert_eq!(keys(&sources), ["x » a.log.gz", "x » inner.zip » c.log"]);
    assert_eq!((&sources[0].content[..], &sources[1].content[..]), (&b"one"[..], &b"three"[..]));
    let (sources, report) = read_file(&bytes, &Limits { max_spool: 20, ..Limits::default() });
    assert_eq!(keys(&sources), ["x » a.log.gz"]);
    assert_eq!(codes(&report), ["open.limit-nested"]);
    assert_eq!(report.unread[0].0.as_str(), "x » inner.zip");
}

#[test]
fn hostile_names_become_labels() {
    let bytes = zip(&[("../../up.log", b"1"), ("C:\\win.log", b"2"), ("bad\u{7}.log", b"3")]);
    let (sources, _) = read_default(&bytes);
    assert_eq!(keys(&sources), ["x » ../../up.log", "x » C:/win.log", "x » bad\u{fffd}.log"]);
}

#[test]
fn members_of_equal_name_are_all_read() {
    let mut bytes = zip(&[("a.log", b"one"), ("b.log", b"two")]);
    for offset in memchr::memmem::find_iter(&bytes.clone(), b"b.log") {
        bytes[offset] = b'a';
    }
    let (sources, _) = read_default(&bytes);
    assert_eq!(keys(&sources), ["x » a.log", "x » a.log (2)"]);
    assert_eq!(sources[1].content, b"two");
}

#[test]
fn an_encrypted_member_does_not_affect_the_others() {
    let mut bytes = zip(&[("a.log", b"one"), ("b.log", b"two")]);
    let central = find(&bytes, CENTRAL_SIGNATURE);
    bytes[6] |= 1;
    bytes[central + 8] |= 1;
    let (sources, report) = read_default(&bytes);
    assert_eq!(keys(&sources), ["x » b.log"]);
    assert_eq!(codes(&report), ["open.encrypted"]);
    assert_eq!(report.unread[0].0.as_str(), "x » a.log");
}

#[test]
fn an_unknown_method_is_refused() {
    let mut bytes = zip(&[("a.log", b"one")]);
    let central = find(&bytes, CENTRAL_SIGNATURE);
    (bytes[8], bytes[central + 10]) = (12, 12);
    let (sources, report) = read_default(&bytes);
    assert!(sources.is_empty());
    assert_eq!(codes(&report), ["open.unsupported"]);
}

#[test]
fn a_wrong_checksum_is_reported_after_all_bytes() {
    let content = lines(100);
    let mut bytes = stored("a.log", &content);
    let offset = find(&bytes, b"99 ");
    bytes[offset] = b'x';
    let (sources, _) = read_default(&bytes);
    assert_eq!(
        (sources[0].content.len(), sources[0].fault),
        (content.len(), Some("open.damaged-stream"))
    );
}

#[test]
fn damaged_content_affects_one_member() {
    let content = lines(3000);
    let mut bytes = zip(&[("a.log", &content), ("b.log", b"two")]);
    let middle = find(&bytes, b"b.log") / 2;
    bytes[middle..middle + 200].fill(0xff);
    let (sources, _) = read_default(&bytes);
    assert_eq!(keys(&sources), ["x » a.log", "x » b.log"]);
    assert_eq!(sources[0].fault, Some("open.damaged-stream"));
    assert!(sources[0].content.len() > 1000);
    assert_eq!((&sources[1].content[..], sources[1].fault), (&b"two"[..], None));
}

#[test]
fn overlapping_members_are_refused() {
    let mut bytes = zip(&[("a.log", b"one"), ("b.log", b"two")]);
    let first = find(&bytes, CENTRAL_SIGNATURE);
    let second = first + 4 + find(&bytes[first + 4..], CENTRAL_SIGNATURE);
    bytes.copy_within(first + 42..first + 46, second + 42);
    let (sources, report) = read_default(&bytes);
    assert!(sources.is_empty());
    assert_eq!(codes(&report), ["open.overlap"]);
}

#[test]
fn members_over_the_limit_are_reported() {
    let bytes = zip(&[("a", b"1"), ("b", b"2"), ("c", b"3")]);
    let (sources, report) = read_file(&bytes, &Limits { max_entries: 2, ..Limits::default() });
    assert_eq!(keys(&sources), ["x » a", "x » b"]);
    assert_eq!(codes(&report), ["open.limit-entries"]);
    assert_eq!(report.unread[0].0.as_str(), "x");
}

#[test]
fn all_members_share_one_limit() {
    let member = vec![b' '; 4000];
    let bytes = zip(&[("a", &member), ("b", &member)]);
    let (sources, _) = read_file(&bytes, &Limits { max_expand: 5000, ..Limits::default() });
    assert_eq!((sources[0].fault, sources[1].fault), (None, Some("open.limit-size")));
}

#[test]
fn office_documents_and_empty_archives_are_reported_as_unread() {
    let sheet = zip(&[("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")]);
    let (sources, report) = read_default(&sheet);
    assert!(sources.is_empty());
    assert_eq!(codes(&report), ["open.unsupported"]);
    let (_, report) = read_default(&zip(&[]));
    assert_eq!(report.unread[0].1.status, SourceStatus::Skipped);
}

#[test]
fn a_cut_archive_is_read_from_its_start() {
    let content = lines(2000);
    let bytes = zip(&[("a.log", b"one"), ("b.log", &content), ("c.log", b"three")]);
    let third = find(&bytes, b"c.log") - 30;
    let (sources, report) = read_default(&bytes[..third - 50]);
    assert_eq!(keys(&sources), ["x » a.log", "x » b.log"]);
    assert_eq!((&sources[0].content[..], sources[0].fault), (&b"one"[..], None));
    assert_eq!(sources[1].fault, Some("open.truncated-stream"));
    assert!(content.starts_with(&sources[1].content) && sources[1].content.len() > 10_000);
    assert_eq!(codes(&report), ["open.damaged-archive"]);
    assert_eq!(report.unread[0].0.as_str(), "x");
}

#[test]
fn members_with_lengths_after_the_content_are_salvaged() {
    let mut stream = ZipWriter::new_stream(Vec::new());
    for (name, content) in [("a.log", lines(500)), ("b.log", lines(10))] {
        stream.start_file(name, SimpleFileOptions::default()).unwrap();
        stream.write_all(&content).unwrap();
    }
    let bytes = stream.finish().unwrap().into_inner();
    assert_eq!(read_default(&bytes).0.len(), 2, "the intact archive is read by its directory");
    let (sources, report) = read_default(&bytes[..find(&bytes, CENTRAL_SIGNATURE)]);
    assert_eq!(keys(&sources), ["x » a.log", "x » b.log"]);
    assert_eq!((sources[0].content == lines(500), sources[1].content == lines(10)), (true, true));
    assert_eq!(codes(&report), ["open.damaged-archive"]);
}
