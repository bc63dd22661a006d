//! Detects the encoding of bytes that have no byte order mark. A result that the bytes do not prove
//! is marked as low confidence. Reads no stream and decodes nothing for the caller.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{DecoderResult, Encoding, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

use crate::decode::utf8;

/// In UTF-16 log text at least one character in this many has a NUL on one side (blanks, digits,
/// punctuation, also in Japanese text).
const MIN_NUL_SHARE: usize = 4;

/// At most one NUL on the other side for this many NULs on the first.
const MAX_NUL_NOISE: usize = 16;

/// NULs below which nothing is proved: crashes leave NULs in files, too.
const MIN_UTF16_NULS: usize = 2;

/// Valid non-ASCII characters for each invalid sequence from which text is damaged UTF-8: in legacy
/// text they occur only by accident.
const GOOD_PER_BAD: usize = 4;

/// Two-byte kana from which Shift_JIS is certain.
const SURE_KANA: usize = 3;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Guess {
    pub(crate) encoding: &'static Encoding,
    pub(crate) low_confidence: bool,
}

/// Detects UTF-16 by the side on which the NULs are; `head` begins the stream.
pub(crate) fn detect_utf16(head: &[u8]) -> Option<&'static Encoding> {
    let units = head.len() / 2;
    let count_nuls =
        |side: usize| head.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
    let (even_nuls, odd_nuls) = (count_nuls(0), count_nuls(1));
    let is_high_side = |many: usize, few: usize| {
        many >= MIN_UTF16_NULS && many * MIN_NUL_SHARE >= units && few * MAX_NUL_NOISE <= many
    };
    if is_high_side(odd_nuls, even_nuls) {
        Some(UTF_16LE)
    } else if is_high_side(even_nuls, odd_nuls) {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Detects any encoding but UTF-16. `window` begins with the first byte that is not ASCII and may
/// end inside a character.
pub(crate) fn detect_encoding(window: &[u8]) -> Guess {
    if is_utf8(window) {
        return Guess { encoding: UTF_8, low_confidence: false };
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(window, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    match count_shift_jis_kana(window) {
        Some(kana) if kana >= SURE_KANA => Guess { encoding: SHIFT_JIS, low_confidence: false },
        Some(kana) if kana > 0 => Guess { encoding: SHIFT_JIS, low_confidence: true },
        _ => Guess { encoding: guess, low_confidence: true },
    }
}

fn is_utf8(window: &[u8]) -> bool {
    // Valid text, cut at most inside its last character, needs no count.
    if std::str::from_utf8(window).map_or_else(|error| error.error_len().is_none(), |_| true) {
        return true;
    }
    let (mut good, mut bad) = (0, 0);
    let mut chunks = window.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        let at_end = chunks.peek().is_none();
        let is_cut = at_end && utf8::is_incomplete(chunk.invalid());
        bad += usize::from(!chunk.invalid().is_empty() && !is_cut);
    }
    bad == 0 || good >= GOOD_PER_BAD * bad
}

/// Number of two-byte kana; `None` if the window is not valid Shift_JIS as Windows writes it.
fn count_shift_jis_kana(window: &[u8]) -> Option<usize> {
    let mut decoder = SHIFT_JIS.new_decoder_without_bom_handling();
    let mut text = vec![0; decoder.max_utf8_buffer_length_without_replacement(window.len())?];
    let (result, _, written) = decoder.decode_to_utf8_without_replacement(window, &mut text, false);
    if matches!(result, DecoderResult::Malformed(..)) {
        return None;
    }
    let text = std::str::from_utf8(&text[..written]).ok()?;
    Some(text.chars().filter(|c| matches!(c, '\u{3041}'..='\u{30fe}')).count())
}
