//! Makes a block of nearly valid UTF-8 valid: invalid sequences become U+FFFD, byte order marks
//! inside the text (of concatenated files) are removed, and a character cut at the end of the block
//! is found. Knows nothing of encodings and streams.

use memchr::memmem;

/// U+FFFD, which replaces an invalid sequence.
pub(crate) const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// Longest UTF-8 character, in bytes.
const MAX_CHAR: usize = 4;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// True if `text` needs no repair.
pub(crate) fn is_clean(text: &[u8]) -> bool {
    simdutf8::basic::from_utf8(text).is_ok() && !has_byte_order_mark(text)
}

/// Length of an incomplete character at the end of `text`, in bytes; 0 if there is none.
pub(crate) fn cut_at_end(text: &[u8]) -> usize {
    let tail = &text[text.len().saturating_sub(MAX_CHAR - 1)..];
    let is_lead_byte = |byte: &u8| *byte >= 0xc0;
    let Some(start) = tail.iter().rposition(is_lead_byte) else { return 0 };
    if is_incomplete(&tail[start..]) { tail.len() - start } else { 0 }
}

/// True if `bytes` are valid but for a character cut at their end.
pub(crate) fn is_incomplete(bytes: &[u8]) -> bool {
    matches!(std::str::from_utf8(bytes), Err(error) if error.error_len().is_none())
}

/// Repairs `text` and returns the number of sequences it replaced. An incomplete character at the
/// end counts as invalid, so the caller removes it first if more text follows.
pub(crate) fn repair(text: &mut Vec<u8>) -> u64 {
    let mut replaced = 0;
    if let Err(error) = std::str::from_utf8(text) {
        let rest = text.split_off(error.valid_up_to());
        for chunk in rest.utf8_chunks() {
            text.extend_from_slice(chunk.valid().as_bytes());
            if !chunk.invalid().is_empty() {
                replaced += 1;
                text.extend_from_slice(REPLACEMENT);
            }
        }
    }
    remove_byte_order_marks(text);
    replaced
}

/// True if a byte order mark occurs anywhere. Only rare characters begin with its first byte, and
/// a search for one byte costs half of a search for two.
pub(crate) fn has_byte_order_mark(text: &[u8]) -> bool {
    memchr::memchr_iter(BYTE_ORDER_MARK[0], text)
        .any(|offset| text[offset..].starts_with(BYTE_ORDER_MARK))
}

pub(crate) fn remove_byte_order_marks(text: &mut Vec<u8>) {
    let Some(first) = memmem::find(text, BYTE_ORDER_MARK) else { return };
    let rest = text.split_off(first);
    let mut start = BYTE_ORDER_MARK.len();
    for mark in memmem::find_iter(&rest, BYTE_ORDER_MARK).skip(1) {
        text.extend_from_slice(&rest[start..mark]);
        start = mark + BYTE_ORDER_MARK.len();
    }
    text.extend_from_slice(&rest[start..]);
}
