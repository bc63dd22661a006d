//! Tests of gzip streams: intact, cut, damaged and hostile ones.

use crate::open::limits::Limits;
use crate::open::tests::*;

#[test]
fn every_member_is_read_and_zeros_are_padding() {
    let padded = [gz(b"one\n"), gz(b""), vec![0; 700], gz(b"two\n"), vec![0; 9]].concat();
    let (sources, report) = read_default(&padded);
    assert_eq!(sources, [intact("gzip", b"one\ntwo\n")]);
    assert!(report.diagnostics.is_empty());
}

#[test]
fn garbage_after_the_last_member_is_a_warning() {
    for garbage in [&b"garbage"[..], b"\x1f", b"\0\0\x1f\x8b\x07"] {
        let (sources, report) = read_default(&[gz(b"one\n"), garbage.to_vec()].concat());
        assert_eq!((&sources[0].content[..], sources[0].fault), (&b"one\n"[..], None));
        assert_eq!(codes(&report), ["open.trailing-garbage"]);
        assert!(report.unread.is_empty());
    }
}

#[test]
fn header_fields_are_skipped() {
    let plain = gz(b"one\n");
    let fields = b"\x1f\x8b\x08\x1e\0\0\0\0\0\x03\x02\0eename\0comment\0hh";
    let (sources, _) = read_default(&[fields, &plain[10..]].concat());
    assert_eq!((&sources[0].content[..], sources[0].fault), (&b"one\n"[..], None));
}

#[test]
fn a_cut_stream_returns_all_bytes_before_the_cut() {
    let content = lines(300);
    let whole = gz(&content);
    for cut in (3..whole.len()).step_by(37).chain([whole.len() - 1]) {
        let (sources, _) = read_default(&whole[..cut]);
        assert!(content.starts_with(&sources[0].content), "cut at {cut}");
        assert_eq!(sources[0].fault, Some("open.truncated-stream"), "cut at {cut}");
    }
    let (sources, _) = read_default(&whole[..whole.len() - 1]);
    assert_eq!(sources[0].content, content, "only the trailer is missing");
}

#[test]
fn damage_in_the_middle_loses_no_bytes_before_it() {
    let first = lines(20_000);
    // Block type 3 does not exist, so that the damage is certain and all bytes before it are good.
    let mut damaged = gz(&first);
    damaged.extend_from_slice(&gz(b"")[..10]);
    damaged.extend_from_slice(&[0xff; 40]);
    let (sources, _) = read_default(&damaged);
    assert_eq!(
        (sources[0].content.len(), sources[0].fault),
        (first.len(), Some("open.damaged-stream"))
    );
}

#[test]
fn damage_inside_one_read_loses_no_bytes_before_it() {
    let mut damaged = gz(&lines(50));
    let end = damaged.len() - 8;
    // The end of the last block, and the checksum and length after it.
    damaged[end - 3..].fill(0xff);
    let (sources, _) = read_default(&damaged);
    assert!(sources[0].content.len() > 300, "{} bytes", sources[0].content.len());
    assert!(sources[0].fault.is_some());
}

#[test]
fn a_wrong_checksum_is_reported_after_all_bytes() {
    let content = lines(300);
    let mut bytes = gz(&content);
    let checksum = bytes.len() - 8;
    bytes[checksum] ^= 1;
    let (sources, _) = read_default(&bytes);
    assert_eq!(
        (sources[0].content == content, sources[0].fault),
        (true, Some("open.damaged-stream"))
    );
}

#[test]
fn gzip_in_gzip_is_read_up_to_the_depth_limit() {
    let (sources, _) = read_default(&gz(&gz(&gz(b"deep"))));
    assert_eq!(sources, [intact("gzip", b"deep")]);
    let (sources, report) = read_default(&gz(&gz(&gz(&gz(b"deeper")))));
    assert!(sources.is_empty());
    assert_eq!(codes(&report), ["open.limit-nested"]);
}

#[test]
fn limits_stop_a_bomb_after_the_allowed_bytes() {
    let bomb = gz(&vec![b' '; 1 << 20]);
    let size_limit = Limits { max_expand: 5000, ..Limits::default() };
    let (sources, _) = read_stream(&bomb, &size_limit);
    assert_eq!(sources[0].fault, Some("open.limit-size"));
    assert!((5000..6000).contains(&sources[0].content.len()));
    let ratio_limit = Limits { max_ratio: 20, ratio_after: 1 << 16, ..Limits::default() };
    let (sources, _) = read_file(&bomb, &ratio_limit);
    assert_eq!(sources[0].fault, Some("open.limit-ratio"));
    assert!(sources[0].content.len() >= 1 << 16);
}
