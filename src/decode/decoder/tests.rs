//! Tests that encodings are detected, that invalid sequences are replaced and counted, and that no
//! result depends on how the reader splits its bytes.

use encoding_rs::SHIFT_JIS;
use proptest::prelude::*;

use crate::decode::decoder::*;

/// Returns its bytes in pieces of these sizes, in turn, and fails every fifth read with
/// `Interrupted`.
struct SplitReader<'b> {
    bytes: &'b [u8],
    sizes: Vec<usize>,
    turn: usize,
}

impl Read for SplitReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.turn += 1;
        if self.turn.is_multiple_of(5) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let size = self.sizes[self.turn % self.sizes.len()].min(buffer.len());
        (&mut self.bytes).take(size as u64).read(buffer)
    }
}

fn decode_split(bytes: &[u8], sizes: Vec<usize>, want: usize) -> (String, DecodeOutcome) {
    let mut reader = SplitReader { bytes, sizes, turn: 0 };
    let mut decoder = Decoder::new(&mut reader, None);
    let mut out = Block::default();
    while decoder.read(&mut out, want).unwrap() > 0 {
        assert!(std::str::from_utf8(out.text()).is_ok());
    }
    (to_string(&out), decoder.outcome())
}

fn to_string(block: &Block) -> String {
    String::from_utf8(block.text().to_vec()).unwrap()
}

fn decode(bytes: &[u8]) -> (String, DecodeOutcome) {
    decode_split(bytes, vec![usize::MAX], 256 << 10)
}

fn encode_utf16(text: &str, to_bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}

const LINE: &str = "07:14:09.9041 Error {\"message\":\"接続が見つかりません。フォルダー\"}\r\n";

#[test]
fn ascii_and_utf8_pass_through() {
    let (text, outcome) = decode(b"plain\nlines\0\n");
    assert_eq!(text, "plain\nlines\0\n");
    assert_eq!((outcome.encoding, outcome.replaced, outcome.bytes_in), ("UTF-8", 0, 13));
    let (text, outcome) = decode(LINE.as_bytes());
    assert_eq!(text, LINE);
    assert!(!outcome.low_confidence && !outcome.had_bom);
    assert_eq!(decode(b"").0, "");
}

#[test]
fn byte_order_marks_are_removed_everywhere() {
    let bytes = format!("\u{feff}{LINE}\u{feff}{LINE}\u{feff}");
    let (text, outcome) = decode(bytes.as_bytes());
    assert_eq!(text, format!("{LINE}{LINE}"));
    assert!(outcome.had_bom && outcome.replaced == 0);
}

#[test]
fn utf16_is_detected_with_and_without_byte_order_mark() {
    for mark in ["", "\u{feff}"] {
        let text = format!("{mark}{LINE}{LINE}");
        for (bytes, name) in [
            (encode_utf16(&text, u16::to_le_bytes), "UTF-16LE"),
            (encode_utf16(&text, u16::to_be_bytes), "UTF-16BE"),
        ] {
            let (decoded, outcome) = decode(&bytes);
            assert_eq!(decoded, format!("{LINE}{LINE}"));
            assert_eq!((outcome.encoding, outcome.had_bom), (name, !mark.is_empty()));
            assert!(!outcome.low_confidence);
        }
    }
}

#[test]
fn damaged_utf16_is_replaced_and_counted() {
    let mut bytes = encode_utf16("\u{feff}one ", u16::to_le_bytes);
    bytes.extend(0xd83du16.to_le_bytes());
    bytes.extend(encode_utf16(" two", u16::to_le_bytes));
    bytes.push(b'x');
    let (text, outcome) = decode(&bytes);
    assert_eq!(text, "one \u{fffd} two\u{fffd}");
    assert_eq!(outcome.replaced, 2);
}

#[test]
fn shift_jis_is_detected_by_its_kana() {
    let (bytes, _, _) = SHIFT_JIS.encode(LINE);
    let (text, outcome) = decode(&bytes);
    assert_eq!(text, LINE);
    assert_eq!((outcome.encoding, outcome.low_confidence), ("Shift_JIS", false));
}

#[test]
fn large_input_of_only_invalid_bytes_is_decoded() {
    let mut reader = io::repeat(0xff).take(4 << 20);
    let mut decoder = Decoder::new(&mut reader, Some(SHIFT_JIS));
    let (mut out, mut length) = (Block::default(), 0);
    while decoder.read(&mut out, 256 << 10).unwrap() > 0 {
        length += out.len();
        out.clear();
    }
    assert_eq!((length, decoder.outcome().replaced), (3 * (4 << 20), 4 << 20));
}

#[test]
fn western_code_pages_have_low_confidence() {
    let (text, outcome) = decode(b"Connexion refus\xe9e pour le propri\xe9taire, d\xe9sol\xe9.\n");
    assert_eq!(text, "Connexion refusée pour le propriétaire, désolé.\n");
    assert!(outcome.low_confidence);
}

#[test]
fn a_late_first_non_ascii_character_determines_the_encoding() {
    let bytes = [vec![b'a'; 300_000], SHIFT_JIS.encode(LINE).0.into_owned()].concat();
    let (text, outcome) = decode(&bytes);
    assert!(text.ends_with(LINE));
    assert_eq!(outcome.encoding, "Shift_JIS");
}

#[test]
fn damaged_utf8_stays_utf8() {
    let mut bytes = LINE.repeat(3).into_bytes();
    let middle = LINE.len() + 1;
    bytes.splice(middle..middle, [0xff, 0xe6, 0x8e]);
    bytes.extend("接".as_bytes()[..2].iter());
    let (text, outcome) = decode(&bytes);
    assert_eq!((outcome.encoding, outcome.replaced), ("UTF-8", 3));
    assert_eq!(text.matches('\u{fffd}').count(), 3);
    assert_eq!(text.replace('\u{fffd}', ""), LINE.repeat(3));
}

#[test]
fn nuls_do_not_make_utf16() {
    for bytes in [&b"ab\0"[..], b"tail of a crash\n\0\0\0\0\0\0\0\0", b"a\0b and more"] {
        let (text, outcome) = decode(bytes);
        assert_eq!((text.as_bytes(), outcome.encoding), (bytes, "UTF-8"));
    }
}

#[test]
fn a_forced_encoding_overrides_detection_but_not_a_byte_order_mark() {
    let cp932 = encoding_for_label("cp932");
    assert_eq!(cp932, encoding_for_label("Shift_JIS"));
    let mut half_width: &[u8] = b"\xb1\xb2\xb3\n";
    let mut out = Block::default();
    let mut decoder = Decoder::new(&mut half_width, cp932);
    while decoder.read(&mut out, 64).unwrap() > 0 {}
    assert_eq!(to_string(&out), "ｱｲｳ\n");

    let marked = format!("\u{feff}{LINE}");
    let (mut reader, mut out) = (marked.as_bytes(), Block::default());
    let mut decoder = Decoder::new(&mut reader, cp932);
    while decoder.read(&mut out, 64).unwrap() > 0 {}
    assert_eq!(to_string(&out), LINE);
    assert_eq!(encoding_for_label("nonsense"), None);
}

#[test]
fn a_read_error_is_returned_once_after_all_text() {
    struct FailingReader;
    impl Read for FailingReader {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let mut reader = (&b"all of this counts \xe3\x81"[..]).chain(FailingReader);
    let mut decoder = Decoder::new(&mut reader, None);
    let mut out = Block::default();
    let error = loop {
        match decoder.read(&mut out, 7) {
            Ok(count) => assert!(count > 0),
            Err(error) => break error,
        }
    };
    assert_eq!(error.to_string(), "the disk is gone");
    assert_eq!(to_string(&out), "all of this counts \u{fffd}");
    assert_eq!(decoder.read(&mut out, 7).unwrap(), 0);
}

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let text = proptest::collection::vec(
        prop_oneof![
            "[ -~]{0,12}",
            "[ぁ-んァ-ヶ一-龠]{1,6}",
            Just("\u{feff}".to_string()),
            Just("😀".to_string())
        ],
        0..40,
    );
    let text = text.prop_map(|parts| parts.concat());
    prop_oneof![
        text.clone().prop_map(String::into_bytes),
        text.clone().prop_map(|text| encode_utf16(&text, u16::to_le_bytes)),
        text.clone().prop_map(|text| encode_utf16(&text, u16::to_be_bytes)),
        text.clone().prop_map(|text| SHIFT_JIS.encode(&text).0.into_owned()),
        (text, proptest::collection::vec(any::<u8>(), 0..6), any::<prop::sample::Index>())
            .prop_map(|(text, noise, index)| {
                let mut bytes = text.into_bytes();
                let offset = index.index(bytes.len() + 1);
                bytes.splice(offset..offset, noise);
                bytes
            }),
        proptest::collection::vec(any::<u8>(), 0..200),
    ]
}

proptest! {
    #[test]
    fn splitting_the_input_changes_nothing(
        bytes in any_bytes(),
        sizes in proptest::collection::vec(1usize..8, 1..6),
        want in 1usize..40,
    ) {
        prop_assert_eq!(decode(&bytes), decode_split(&bytes, sizes, want));
    }

    #[test]
    fn valid_utf8_is_unchanged(text in "[ -~]{40}[ぁ-んa-z\n]{0,200}") {
        let (decoded, outcome) = decode(text.as_bytes());
        prop_assert_eq!(decoded, text);
        prop_assert_eq!(outcome.replaced, 0);
    }
}
