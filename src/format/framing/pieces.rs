//! Test support for framing: cuts a text that arrives in pieces, as from reads of any size.

use crate::format::framing::frame::{BlockEnd, FrameKind};
use crate::format::framing::frames::Frames;

fn line_ends(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// Feeds `text` in pieces of `step` bytes to `cut`, as a scan does, and shows every frame. Where the
/// cutter counts line ends, it counts right.
pub fn in_pieces(
    text: &str,
    step: usize,
    mut cut: impl FnMut(&[u8], BlockEnd, &mut Frames) -> usize,
    show: impl Fn(FrameKind, &str) -> String,
) -> Vec<String> {
    let (mut held, mut shown) = (Vec::new(), Vec::new());
    let pieces: Vec<&[u8]> = text.as_bytes().chunks(step.max(1)).collect();
    for at in 0..=pieces.len() {
        if let Some(piece) = pieces.get(at) {
            held.extend_from_slice(piece);
        }
        let mut frames = Frames::default();
        frames.begin(&[], true);
        let block_end = if at == pieces.len() { BlockEnd::Nothing } else { BlockEnd::More };
        let done = cut(&held, block_end, &mut frames);
        assert!(frames.line_ends().is_none_or(|lines| lines == line_ends(&held[..done])));
        for frame in frames.wanted() {
            let lines = frame.lines;
            assert!(lines.is_none_or(|lines| lines == line_ends(&held[..frame.start])));
            shown.push(show(
                frame.kind.clone(),
                &String::from_utf8_lossy(&held[frame.start..frame.end]),
            ));
        }
        held.drain(..done);
    }
    shown
}
