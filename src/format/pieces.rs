//! For tests of framing: a text fed in pieces, as reads may come, and the frames that come out.

use super::{Behind, FrameKind, Frames};

/// Feeds `text` in pieces of `step` bytes to `cut`, as a scan does, and shows every frame.
pub fn in_pieces(
    text: &str,
    step: usize,
    mut cut: impl FnMut(&[u8], Behind, &mut Frames) -> usize,
    show: impl Fn(FrameKind, &str) -> String,
) -> Vec<String> {
    let (mut held, mut shown) = (Vec::new(), Vec::new());
    let pieces: Vec<&[u8]> = text.as_bytes().chunks(step.max(1)).collect();
    for at in 0..=pieces.len() {
        if let Some(piece) = pieces.get(at) {
            held.extend_from_slice(piece);
        }
        let mut frames = Frames::of_all();
        let behind = if at == pieces.len() { Behind::Nothing } else { Behind::More };
        let done = cut(&held, behind, &mut frames);
        for frame in frames.into_wanted() {
            shown.push(show(frame.kind, &String::from_utf8_lossy(&held[frame.start..frame.end])));
        }
        held.drain(..done);
    }
    shown
}
