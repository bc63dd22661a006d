//! Makes a block of nearly UTF-8 valid: what is no text becomes U+FFFD, byte order marks inside
//! (files joined end to end) go, a character cut by the end of the block is held back.

use memchr::memmem;

use super::REPLACEMENT;

/// The UTF-8 byte order mark.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// What a repair did.
#[derive(Default)]
pub(super) struct Repair {
    /// Sequences replaced.
    pub(super) replaced: u64,
    /// The beginning of a character whose end is in the next block.
    pub(super) cut: Vec<u8>,
}

/// Repairs the bytes from `start` on. At the end of the stream nothing is held back.
pub(super) fn repair(out: &mut Vec<u8>, start: usize, last: bool) -> Repair {
    let fresh = &out[start..];
    if fresh.is_ascii() {
        return Repair::default();
    }
    let mut repair = Repair::default();
    if let Err(error) = std::str::from_utf8(fresh) {
        let good = start + error.valid_up_to();
        let rest = out.split_off(good);
        if error.error_len().is_none() && !last {
            repair.cut = rest;
        } else {
            replace(&rest, out, last, &mut repair);
        }
    }
    drop_marks(out, start);
    repair
}

fn replace(bytes: &[u8], out: &mut Vec<u8>, last: bool, repair: &mut Repair) {
    let mut chunks = bytes.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        out.extend_from_slice(chunk.valid().as_bytes());
        let invalid = chunk.invalid();
        if invalid.is_empty() {
            continue;
        }
        let at_end = chunks.peek().is_none();
        if at_end && !last && is_cut(invalid) {
            repair.cut = invalid.to_vec();
        } else {
            repair.replaced += 1;
            out.extend_from_slice(REPLACEMENT);
        }
    }
}

fn is_cut(bytes: &[u8]) -> bool {
    matches!(std::str::from_utf8(bytes), Err(error) if error.error_len().is_none())
}

/// Drops every byte order mark from `start` on.
pub(super) fn drop_marks(out: &mut Vec<u8>, start: usize) {
    let Some(first) = memmem::find(&out[start..], MARK) else { return };
    let rest = out.split_off(start + first);
    let mut from = MARK.len();
    for mark in memmem::find_iter(&rest, MARK).skip(1) {
        out.extend_from_slice(&rest[from..mark]);
        from = mark + MARK.len();
    }
    out.extend_from_slice(&rest[from..]);
}
