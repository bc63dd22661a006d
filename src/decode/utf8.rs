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

/// True if nothing has to be repaired.
pub(super) fn is_clean(fresh: &[u8]) -> bool {
    simdutf8::basic::from_utf8(fresh).is_ok() && !holds_mark(fresh)
}

/// Repairs a block. At the end of the stream nothing is held back.
pub(super) fn repair(fresh: &mut Vec<u8>, last: bool) -> Repair {
    let mut repair = Repair::default();
    if let Err(error) = std::str::from_utf8(fresh) {
        let rest = fresh.split_off(error.valid_up_to());
        if error.error_len().is_none() && !last {
            repair.cut = rest;
        } else {
            replace(&rest, fresh, last, &mut repair);
        }
    }
    drop_marks(fresh);
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

/// True if a byte order mark stands anywhere. Its first byte begins only the rarer characters, and
/// to look for one byte is half the work of looking for two.
pub(super) fn holds_mark(text: &[u8]) -> bool {
    memchr::memchr_iter(MARK[0], text).any(|at| text[at..].starts_with(MARK))
}

/// Drops every byte order mark.
pub(super) fn drop_marks(text: &mut Vec<u8>) {
    let Some(first) = memmem::find(text, MARK) else { return };
    let rest = text.split_off(first);
    let mut from = MARK.len();
    for mark in memmem::find_iter(&rest, MARK).skip(1) {
        text.extend_from_slice(&rest[from..mark]);
        from = mark + MARK.len();
    }
    text.extend_from_slice(&rest[from..]);
}
