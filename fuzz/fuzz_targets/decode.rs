//! Any bytes: the text is valid UTF-8 and the same whatever is read at a time, with and without a
//! forced encoding.
#![no_main]

use encoding_rs::Encoding;
use faultline::decode::{Block, DecodeOutcome, Decoder};
use faultline_fuzz::Trickle;
use libfuzzer_sys::fuzz_target;

fn text(
    data: &[u8],
    forced: Option<&'static Encoding>,
    step: usize,
    want: usize,
) -> (String, DecodeOutcome) {
    let mut reader = Trickle::new(data, step);
    let mut decoder = Decoder::new(&mut reader, forced);
    let mut out = Block::default();
    while decoder.read(&mut out, want).expect("memory does not fail") > 0 {
        std::str::from_utf8(out.text()).expect("every piece is whole");
    }
    let text = String::from_utf8(out.text().to_vec()).expect("text is UTF-8");
    (text, decoder.outcome())
}

fuzz_target!(|data: &[u8]| {
    let [choice, step, data @ ..] = data else { return };
    let forced = match choice % 5 {
        0 => Some(encoding_rs::SHIFT_JIS),
        1 => Some(encoding_rs::UTF_16LE),
        2 => Some(encoding_rs::UTF_8),
        _ => None,
    };
    let whole = text(data, forced, data.len(), 1 << 16);
    let pieces = text(data, forced, usize::from(*step), 1 + usize::from(*choice));
    assert_eq!(whole, pieces);
});
