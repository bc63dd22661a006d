//! From bytes to UTF-8: settles the encoding of a stream and hands out valid UTF-8, block by
//! block. Comes after `open`, before `format`. Must not know lines, records or formats, and its
//! result must not depend on how the reader splits its bytes.

mod detect;
#[cfg(test)]
mod tests;
mod utf8;

use std::io::{self, Read};

use encoding_rs::{DecoderResult, Encoding, UTF_8};

use detect::Guess;

/// Bytes in which UTF-16 without a byte order mark is looked for.
const HEAD: usize = 1024;
/// Bytes from the first one beyond ASCII on which the encoding is decided. Much more than a
/// detector needs, and little enough to hold beside the block.
const WINDOW: usize = 64 << 10;
/// Legacy bytes decoded at a time; text may be three times as long.
const LEGACY_BLOCK: usize = 64 << 10;
/// U+FFFD, which stands for what is no text.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// The encoding a WHATWG label names (`utf-8`, `shift_jis`, `cp932`, `windows-1252` …).
pub fn encoding_for_label(label: &str) -> Option<&'static Encoding> {
    match label.trim() {
        // The standard has no number for it, Windows has no other name.
        label if label.eq_ignore_ascii_case("cp932") => Some(encoding_rs::SHIFT_JIS),
        label => Encoding::for_label_no_replacement(label.as_bytes()),
    }
}

/// How the decoding of a stream went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Decoded {
    /// WHATWG name of the encoding.
    pub encoding: &'static str,
    /// The encoding is a guess that other encodings fit as well.
    pub low_confidence: bool,
    /// Sequences that were no text and were replaced by U+FFFD.
    pub replaced: u64,
    /// Bytes taken from the reader.
    pub bytes_in: u64,
    /// The stream began with a byte order mark.
    pub had_bom: bool,
}

enum Mode {
    /// Nothing read yet.
    Start,
    /// Only ASCII so far: the encoding does not matter yet.
    Ascii,
    Utf8,
    Legacy(encoding_rs::Decoder),
    /// Everything was handed out.
    Done,
}

/// A stream being decoded.
pub struct Decoder<'r> {
    reader: &'r mut dyn Read,
    forced: Option<&'static Encoding>,
    mode: Mode,
    /// Bytes read and not yet handed out.
    held: Vec<u8>,
    /// The reader has no more bytes.
    ended: bool,
    /// Why, if it was not the end. Given after all text.
    error: Option<io::Error>,
    outcome: Decoded,
}

impl<'r> Decoder<'r> {
    /// Over a stream. A forced encoding replaces detection; a byte order mark still wins, because
    /// it is no guess.
    pub fn new(reader: &'r mut dyn Read, forced: Option<&'static Encoding>) -> Decoder<'r> {
        Decoder {
            reader,
            forced,
            mode: Mode::Start,
            held: Vec::new(),
            ended: false,
            error: None,
            outcome: Decoded {
                encoding: UTF_8.name(),
                low_confidence: false,
                replaced: 0,
                bytes_in: 0,
                had_bom: false,
            },
        }
    }

    /// What was found so far; final after `read` gave 0 or an error.
    pub fn outcome(&self) -> Decoded {
        self.outcome
    }

    /// Appends UTF-8 made of about `want` bytes of input and returns how many bytes were appended;
    /// 0 at the end. What is appended is valid UTF-8. An error of the reader comes once, after all
    /// text before it.
    pub fn read(&mut self, out: &mut Vec<u8>, want: usize) -> io::Result<usize> {
        let start = out.len();
        let want = want.max(1);
        while out.len() == start {
            match self.mode {
                Mode::Start => self.start(),
                Mode::Ascii => self.ascii(out, want),
                Mode::Utf8 => self.utf8(out, want),
                Mode::Legacy(_) => self.legacy(out, want),
                Mode::Done => {
                    return match self.error.take() {
                        Some(error) => Err(error),
                        None => Ok(0),
                    };
                }
            }
        }
        Ok(out.len() - start)
    }

    /// Settles what the first bytes settle: a byte order mark, a forced encoding, UTF-16.
    fn start(&mut self) {
        let mut head = Vec::new();
        self.fetch(&mut head, HEAD);
        let (encoding, mark) = match Encoding::for_bom(&head) {
            Some((encoding, mark)) => (Some(encoding), mark),
            None => (self.forced.or_else(|| detect::utf16(&head)), 0),
        };
        self.held = head.split_off(mark);
        self.outcome.had_bom = mark > 0;
        match encoding {
            Some(encoding) => self.settle(encoding),
            None => self.mode = Mode::Ascii,
        }
    }

    fn settle(&mut self, encoding: &'static Encoding) {
        self.outcome.encoding = encoding.name();
        self.mode = if encoding == UTF_8 {
            Mode::Utf8
        } else {
            Mode::Legacy(encoding.new_decoder_without_bom_handling())
        };
    }

    /// Passes ASCII through and decides at the first byte that is none.
    fn ascii(&mut self, out: &mut Vec<u8>, want: usize) {
        let start = out.len();
        self.block(out, want);
        let Some(beyond) = first_beyond_ascii(&out[start..]) else {
            if self.ended {
                self.mode = Mode::Done;
            }
            return;
        };
        self.held = out.split_off(start + beyond);
        let missing = WINDOW.saturating_sub(self.held.len());
        let mut held = std::mem::take(&mut self.held);
        self.fetch(&mut held, missing);
        self.held = held;
        let window = &self.held[..self.held.len().min(WINDOW)];
        let Guess { encoding, low_confidence } = detect::encoding(window);
        self.outcome.low_confidence = low_confidence;
        self.settle(encoding);
    }

    fn utf8(&mut self, out: &mut Vec<u8>, want: usize) {
        let start = out.len();
        self.block(out, want);
        let repair = utf8::repair(out, start, self.ended);
        self.outcome.replaced += repair.replaced;
        self.held = repair.cut;
        if self.ended {
            self.mode = Mode::Done;
        }
    }

    fn legacy(&mut self, out: &mut Vec<u8>, want: usize) {
        let start = out.len();
        let mut raw = Vec::new();
        self.block(&mut raw, want.min(LEGACY_BLOCK));
        let ended = self.ended;
        let Mode::Legacy(decoder) = &mut self.mode else { return };
        self.outcome.replaced += transcode(decoder, &raw, ended, out);
        utf8::drop_marks(out, start);
        if ended {
            self.mode = Mode::Done;
        }
    }

    /// Appends the bytes held back, then bytes of the reader up to `want` together.
    fn block(&mut self, out: &mut Vec<u8>, want: usize) {
        out.append(&mut self.held);
        self.fetch(out, want);
    }

    /// Appends up to `want` bytes of the reader; fewer only at its end.
    fn fetch(&mut self, out: &mut Vec<u8>, want: usize) {
        let start = out.len();
        out.resize(start + want, 0);
        let mut filled = start;
        while filled < out.len() && !self.ended {
            match self.reader.read(&mut out[filled..]) {
                Ok(0) => self.ended = true,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    self.error = Some(error);
                }
            }
        }
        out.truncate(filled);
        self.outcome.bytes_in += (filled - start) as u64;
    }
}

fn first_beyond_ascii(bytes: &[u8]) -> Option<usize> {
    if bytes.is_ascii() { None } else { bytes.iter().position(|byte| !byte.is_ascii()) }
}

/// Decodes legacy bytes; returns how many sequences were replaced. The room is made once, so that
/// bytes which are all wrong cost no more than others.
fn transcode(
    decoder: &mut encoding_rs::Decoder,
    mut raw: &[u8],
    last: bool,
    out: &mut Vec<u8>,
) -> u64 {
    let mut replaced = 0;
    let mut filled = out.len();
    out.resize(filled + decoder.max_utf8_buffer_length(raw.len()).unwrap_or(LEGACY_BLOCK), 0);
    loop {
        let (result, read, written) =
            decoder.decode_to_utf8_without_replacement(raw, &mut out[filled..], last);
        raw = &raw[read..];
        filled += written;
        match result {
            DecoderResult::InputEmpty => {
                out.truncate(filled);
                return replaced;
            }
            DecoderResult::OutputFull => out.resize(out.len() + LEGACY_BLOCK, 0),
            DecoderResult::Malformed(..) => {
                replaced += 1;
                let end = filled + REPLACEMENT.len();
                out.resize(out.len().max(end), 0);
                out[filled..end].copy_from_slice(REPLACEMENT);
                filled = end;
            }
        }
    }
}
