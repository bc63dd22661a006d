//! Gzip streams, whole, cut, damaged and hostile.

use crate::open::limits::Limits;
use crate::open::tests::*;
#[test]
fn every_member_is_read_and_zeros_are_padding() {
    let padded = [gz(b"one\n"), gz(b""), vec![0; 700], gz(b"two\n"), vec![0; 9]].concat();
    let (got, report) = default(&padded);
    assert_eq!(got, [("x".to_string(), "gzip", b"one\ntwo\n".to_vec(), None)]);
    assert!(report.diagnostics.is_empty());
}

#[test]
fn garbage_behind_the_last_member_is_a_warning() {
    for garbage in [&b"garbage"[..], b"\x1f", b"\0\0\x1f\x8b\x07"] {
        let (got, report) = default(&[gz(b"one\n"), garbage.to_vec()].concat());
        assert_eq!((&got[0].2[..], got[0].3), (&b"one\n"[..], None));
        assert_eq!(codes(&report), ["open.trailing-garbage"]);
        assert!(report.unread.is_empty());
    }
}

#[test]
fn header_fields_are_skipped() {
    let plain = gz(b"one\n");
    let fields = b"\x1f\x8b\x08\x1e\0\0\0\0\0\x03\x02\0eename\0comment\0hh";
    let (got, _) = default(&[fields, &plain[10..]].concat());
    assert_eq!((&got[0].2[..], got[0].3), (&b"one\n"[..], None));
}

#[test]
fn a_cut_stream_gives_what_came_before_at_every_cut() {
    let content = lines(300);
    let whole = gz(&content);
    for cut in (3..whole.len()).step_by(37).chain([whole.len() - 1]) {
        let (got, _) = default(&whole[..cut]);
        assert!(content.starts_with(&got[0].2), "cut at {cut}");
        assert_eq!(got[0].3, Some("open.truncated-stream"), "cut at {cut}");
    }
    let (got, _) = default(&whole[..whole.len() - 1]);
    assert_eq!(got[0].2, content, "only the trailer is missing");
}

#[test]
fn damage_in_the_middle_keeps_what_came_before() {
    let first = lines(20_000);
    // The block type 3 does not exist: the damage is certain, and everything before it good.
    let mut broken = gz(&first);
    broken.extend_from_slice(&gz(b"")[..10]);
    broken.extend_from_slice(&[0xff; 40]);
    let (got, _) = default(&broken);
    assert_eq!((got[0].2.len(), got[0].3), (first.len(), Some("open.damaged-stream")));
}

#[test]
fn damage_inside_one_read_does_not_cost_the_bytes_before_it() {
    let mut deflate = gz(&lines(50));
    let end = deflate.len() - 8;
    // Replaces the end of the last block and all checksums.
    deflate[end - 3..].fill(0xff);
    let (got, _) = default(&deflate);
    assert!(got[0].2.len() > 300, "{} bytes", got[0].2.len());
    assert!(got[0].3.is_some());
}

#[test]
fn a_wrong_checksum_comes_after_all_bytes() {
    let content = lines(300);
    let mut bytes = gz(&content);
    let sum = bytes.len() - 8;
    bytes[sum] ^= 1;
    let (got, _) = default(&bytes);
    assert_eq!((got[0].2 == content, got[0].3), (true, Some("open.damaged-stream")));
}

#[test]
fn gzip_in_gzip_is_read_up_to_the_depth() {
    let (got, _) = default(&gz(&gz(&gz(b"deep"))));
    assert_eq!(got, [("x".to_string(), "gzip", b"deep".to_vec(), None)]);
    let (got, report) = default(&gz(&gz(&gz(&gz(b"deeper")))));
    assert!(got.is_empty());
    assert_eq!(codes(&report), ["open.limit-nested"]);
}

#[test]
fn limits_stop_a_bomb_after_the_bytes_within_them() {
    let bomb = gz(&vec![b' '; 1 << 20]);
    let size = Limits { max_expand: 5000, ..Limits::default() };
    let (got, _) = streamed(&bomb, &size);
    assert_eq!(got[0].3, Some("open.limit-size"));
    assert!((5000..6000).contains(&got[0].2.len()));
    let ratio = Limits { max_ratio: 20, ratio_after: 1 << 16, ..Limits::default() };
    let (got, _) = on_disk(&bomb, &ratio);
    assert_eq!(got[0].3, Some("open.limit-ratio"));
    assert!(got[0].2.len() >= 1 << 16);
}
