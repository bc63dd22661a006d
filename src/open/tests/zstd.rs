//! Zstandard streams, whole, cut, damaged and hostile.

use crate::open::tests::*;
fn zst(content: &[u8]) -> Vec<u8> {
    let mut encoder = ::zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

const SKIPPABLE: &[u8] = b"\x50\x2a\x4d\x18\x03\0\0\0abc";

#[test]
fn every_frame_is_read_and_what_is_skippable_is_skipped() {
    let frames = [SKIPPABLE, &zst(b"one\n"), SKIPPABLE, &zst(b""), &zst(b"two\n"), &[0; 9]];
    let (got, report) = default(&frames.concat());
    assert_eq!(got, [("x".to_string(), "zstd", b"one\ntwo\n".to_vec(), None)]);
    assert!(report.diagnostics.is_empty());
}

#[test]
fn garbage_behind_the_last_frame_is_a_warning() {
    let (got, report) = default(&[zst(b"one\n"), b"garbage".to_vec()].concat());
    assert_eq!((&got[0].2[..], got[0].3), (&b"one\n"[..], None));
    assert_eq!(codes(&report), ["open.trailing-garbage"]);
}

#[test]
fn a_cut_stream_gives_what_came_before_at_every_cut() {
    let content = lines(300);
    let whole = zst(&content);
    for cut in (5..whole.len()).step_by(37).chain([whole.len() - 1]) {
        let (got, _) = default(&whole[..cut]);
        assert!(content.starts_with(&got[0].2), "cut at {cut}");
        assert_eq!(got[0].3, Some("open.truncated-stream"), "cut at {cut}");
    }
}

#[test]
fn damage_keeps_what_came_before_it() {
    let first = lines(20_000);
    let mut broken = zst(&first);
    let mut second = zst(&lines(50));
    let end = second.len();
    // The checksum of the second frame.
    second[end - 4..].fill(0);
    broken.extend_from_slice(&second);
    let (got, _) = default(&broken);
    assert!(got[0].2.starts_with(&first));
    assert_eq!(got[0].3, Some("open.damaged-stream"));
}

#[test]
fn a_window_that_fills_the_memory_is_refused() {
    // A frame without content size, with a window of 2^31 bytes, and one empty last block.
    let huge = b"\x28\xb5\x2f\xfd\x00\xa8\x01\0\0";
    let (got, _) = default(huge);
    assert_eq!((got[0].2.len(), got[0].3), (0, Some("open.limit-window")));
}

#[test]
fn frames_inside_other_containers_are_unwrapped_too() {
    let (got, _) = default(&gz(&zst(b"one\n")));
    assert_eq!((&got[0].2[..], got[0].3), (&b"one\n"[..], None));
    let (got, _) = default(&zip(&[("a.log.zst", &zst(b"two\n"))]));
    assert_eq!((&got[0].2[..], got[0].3), (&b"two\n"[..], None));
}
