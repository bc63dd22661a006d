//! Makes a block of nearly UTF-8 valid: what is no text becomes U+FFFD, byte order marks inside
//! (files joined end to end) go, a character cut by the end of the block is held back.

use crate::decode::decoder::REPLACEMENT;
use memchr::memmem;
/// Most bytes of a character.
const CHARACTER: usize = 4;

/// The UTF-8 byte order mark.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// True if nothing has to be repaired.
pub(crate) fn is_clean(fresh: &[u8]) -> bool {
    simdutf8::basic::from_utf8(fresh).is_ok() && !holds_mark(fresh)
}

/// How many bytes at the end are the beginning of a character whose rest may follow.
pub(crate) fn cut_at_end(bytes: &[u8]) -> usize {
    let last = &bytes[bytes.len().saturating_sub(CHARACTER - 1)..];
    let begins = |byte: &u8| *byte >= 0xc0;
    let Some(at) = last.iter().rposition(begins) else { return 0 };
    if is_cut(&last[at..]) { last.len() - at } else { 0 }
}

fn is_cut(bytes: &[u8]) -> bool {
    matches!(std::str::from_utf8(bytes), Err(error) if error.error_len().is_none())
}

/// Repairs text that no cut character ends, or that nothing follows. How many sequences were replaced.
pub(crate) fn repair(fresh: &mut Vec<u8>) -> u64 {
    let mut replaced = 0;
    if let Err(error) = std::str::from_utf8(fresh) {
        let rest = fresh.split_off(error.valid_up_to());
        for chunk in rest.utf8_chunks() {
            fresh.extend_from_slice(chunk.valid().as_bytes());
            if !chunk.invalid().is_empty() {
                replaced += 1;
                fresh.extend_from_slice(REPLACEMENT);
            }
        }
    }
    drop_marks(fresh);
    replaced
}

/// True if a byte order mark stands anywhere. Its first byte begins only the rarer characters, and
/// to look for one byte is half the work of looking for two.
pub(crate) fn holds_mark(text: &[u8]) -> bool {
    memchr::memchr_iter(MARK[0], text).any(|at| text[at..].starts_with(MARK))
}

/// Drops every byte order mark.
pub(crate) fn drop_marks(text: &mut Vec<u8>) {
    let Some(first) = memmem::find(text, MARK) else { return };
    let rest = text.split_off(first);
    let mut from = MARK.len();
    for mark in memmem::find_iter(&rest, MARK).skip(1) {
        text.extend_from_slice(&rest[from..mark]);
        from = mark + MARK.len();
    }
    text.extend_from_slice(&rest[from..]);
}
