//! Tests of Zstandard streams: intact, cut, damaged and hostile ones.

use crate::open::tests::*;

fn zst(content: &[u8]) -> Vec<u8> {
    let mut encoder = ::zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

const SKIPPABLE: &[u8] = b"\x50\x2a\x4d\x18\x03\0\0\0abc";

#[test]
fn every_frame_is_read_and_skippable_frames_are_skipped() {
    let frames = [SKIPPABLE, &zst(b"one\n"), SKIPPABLE, &zst(b""), &zst(b"two\n"), &[0; 9]];
    let (sources, report) = read_default(&frames.concat());
    assert_eq!(sources, [intact("zstd", b"one\ntwo\n")]);
    assert!(report.diagnostics.is_empty());
}

#[test]
fn garbage_after_the_last_frame_is_a_warning() {
    let (sources, report) = read_default(&[zst(b"one\n"), b"garbage".to_vec()].concat());
    assert_eq!((&sources[0].content[..], sources[0].fault), (&b"one\n"[..], None));
    assert_eq!(codes(&report), ["open.trailing-garbage"]);
}

#[test]
fn a_cut_stream_returns_all_bytes_before_the_cut() {
    let content = lines(300);
    let whole = zst(&content);
    for cut in (5..whole.len()).step_by(37).chain([whole.len() - 1]) {
        let (sources, _) = read_default(&whole[..cut]);
        assert!(content.starts_with(&sources[0].content), "cut at {cut}");
        assert_eq!(sources[0].fault, Some("open.truncated-stream"), "cut at {cut}");
    }
}

#[test]
fn damage_loses_no_bytes_before_it() {
    let first = lines(20_000);
    let mut damaged = zst(&first);
    let mut second = zst(&lines(50));
    let end = second.len();
    // The checksum of the second frame.
    second[end - 4..].fill(0);
    damaged.extend_from_slice(&second);
    let (sources, _) = read_default(&damaged);
    assert!(sources[0].content.starts_with(&first));
    assert_eq!(sources[0].fault, Some("open.damaged-stream"));
}

#[test]
fn a_window_over_the_limit_is_refused() {
    // A frame without content size, with a window of 2^31 bytes, and one empty last block.
    let frame = b"\x28\xb5\x2f\xfd\x00\xa8\x01\0\0";
    let (sources, _) = read_default(frame);
    assert_eq!((sources[0].content.len(), sources[0].fault), (0, Some("open.limit-window")));
}

#[test]
fn frames_inside_other_containers_are_read() {
    let (sources, _) = read_default(&gz(&zst(b"one\n")));
    assert_eq!((&sources[0].content[..], sources[0].fault), (&b"one\n"[..], None));
    let (sources, _) = read_default(&zip(&[("a.log.zst", &zst(b"two\n"))]));
    assert_eq!((&sources[0].content[..], sources[0].fault), (&b"two\n"[..], None));
}
