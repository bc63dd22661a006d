//! For tests of framing: a text fed in pieces, as reads may come, and the frames that come out.

use super::{Frame, FrameKind};

/// Feeds `text` in pieces of `step` bytes to `cut`, as a scan does, and shows every frame.
pub fn in_pieces(
    text: &str,
    step: usize,
    mut cut: impl FnMut(&[u8], bool, &mut Vec<Frame>) -> usize,
    show: impl Fn(FrameKind, &str) -> String,
) -> Vec<String> {
    let (mut held, mut shown) = (Vec::new(), Vec::new());
    let pieces: Vec<&[u8]> = text.as_bytes().chunks(step.max(1)).collect();
    for at in 0..=pieces.len() {
        if let Some(piece) = pieces.get(at) {
            held.extend_from_slice(piece);
        }
        let mut frames = Vec::new();
        let done = cut(&held, at == pieces.len(), &mut frames);
        for frame in frames {
            shown.push(show(frame.kind, &String::from_utf8_lossy(&held[frame.start..frame.end])));
        }
        held.drain(..done);
    }
    shown
}
