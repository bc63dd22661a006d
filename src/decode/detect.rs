//! Which encoding bytes without a byte order mark are in. Certain where the bytes prove it,
//! otherwise a guess that says so.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{DecoderResult, Encoding, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};
/// UTF-16 of log text has a NUL in at least every fourth character on one side (blanks, digits,
/// punctuation, also between Japanese) and hardly one on the other.
const MIN_NUL_SHARE: usize = 4;

const MAX_NUL_NOISE: usize = 16;

/// Fewer NULs prove nothing: they also come from crashes.
const MIN_UTF16_NULS: usize = 2;

/// Text with this many good UTF-8 sequences for each bad one is damaged UTF-8: legacy text forms
/// them only by accident.
const GOOD_PER_BAD: usize = 4;

/// Kana written as two-byte Shift_JIS that make it certain.
const SURE_KANA: usize = 3;

/// An encoding and how sure it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Guess {
    pub(crate) encoding: &'static Encoding,
    pub(crate) low_confidence: bool,
}

/// Tells UTF-16 without a byte order mark by where the NULs are.
pub(crate) fn utf16(head: &[u8]) -> Option<&'static Encoding> {
    let units = head.len() / 2;
    let nuls = |side: usize| head.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
    let (high_first, low_first) = (nuls(0), nuls(1));
    let fits = |many: usize, few: usize| {
        many >= MIN_UTF16_NULS && many * MIN_NUL_SHARE >= units && few * MAX_NUL_NOISE <= many
    };
    if fits(low_first, high_first) {
        Some(UTF_16LE)
    } else if fits(high_first, low_first) {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Decides on a window that begins with the first byte beyond ASCII and may end inside a
/// character.
pub(crate) fn encoding(window: &[u8]) -> Guess {
    if is_utf8(window) {
        return Guess { encoding: UTF_8, low_confidence: false };
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(window, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    match shift_jis_kana(window) {
        Some(kana) if kana >= SURE_KANA => Guess { encoding: SHIFT_JIS, low_confidence: false },
        Some(kana) if kana > 0 => Guess { encoding: SHIFT_JIS, low_confidence: true },
        _ => Guess { encoding: guess, low_confidence: true },
    }
}

fn is_utf8(window: &[u8]) -> bool {
    // Sound text, cut at most inside its last character, needs no count.
    if std::str::from_utf8(window).map_or_else(|error| error.error_len().is_none(), |_| true) {
        return true;
    }
    let (mut good, mut bad) = (0, 0);
    let mut chunks = window.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        let at_end = chunks.peek().is_none();
        let cut = at_end
            && std::str::from_utf8(chunk.invalid()).is_err_and(|error| error.error_len().is_none());
        bad += usize::from(!chunk.invalid().is_empty() && !cut);
    }
    bad == 0 || good >= GOOD_PER_BAD * bad
}

/// How many two-byte kana there are, if all of it is Shift_JIS as Windows writes it.
fn shift_jis_kana(window: &[u8]) -> Option<usize> {
    let mut decoder = SHIFT_JIS.new_decoder_without_bom_handling();
    let mut text = vec![0; decoder.max_utf8_buffer_length_without_replacement(window.len())?];
    let (result, _, written) = decoder.decode_to_utf8_without_replacement(window, &mut text, false);
    if matches!(result, DecoderResult::Malformed(..)) {
        return None;
    }
    let text = std::str::from_utf8(&text[..written]).ok()?;
    Some(text.chars().filter(|c| matches!(c, '\u{3041}'..='\u{30fe}')).count())
}
