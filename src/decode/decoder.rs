//! Decodes a stream into valid UTF-8, block by block, and detects its encoding. Comes after `open`,
//! before `format`. Must not know lines, records or formats, and its result must not depend on how
//! the reader splits its bytes.

use std::io::{self, Read};

use encoding_rs::{DecoderResult, Encoding, UTF_8};

use crate::decode::block::Block;
use crate::decode::detect::{self, Guess};
use crate::decode::utf8::{self, REPLACEMENT};

#[cfg(test)]
mod tests;

/// Bytes at the start of a stream that are tested for UTF-16 without a byte order mark.
const HEAD: usize = 1024;

/// Bytes, from the first one that is not ASCII, from which the encoding is detected. Far more than
/// a detector needs, and few enough to buffer next to the block.
const WINDOW: usize = 64 << 10;

/// Legacy bytes decoded at a time; their text may be three times as long.
const LEGACY_BLOCK: usize = 64 << 10;

/// The encoding a WHATWG label names (`utf-8`, `shift_jis`, `cp932`, `windows-1252` …).
pub fn encoding_for_label(label: &str) -> Option<&'static Encoding> {
    match label.trim() {
        // The WHATWG standard does not list this label; Windows uses no other.
        label if label.eq_ignore_ascii_case("cp932") => Some(encoding_rs::SHIFT_JIS),
        label => Encoding::for_label_no_replacement(label.as_bytes()),
    }
}

/// How the decoding of a stream went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DecodeOutcome {
    /// WHATWG name.
    pub encoding: &'static str,
    /// The encoding is a guess; the bytes are valid in other encodings, too.
    pub low_confidence: bool,
    /// Invalid sequences, each replaced by U+FFFD.
    pub replaced: u64,
    /// Bytes taken from the reader.
    pub bytes_in: u64,
    /// True if the stream began with a byte order mark.
    pub had_bom: bool,
}

impl DecodeOutcome {
    /// The outcome of this part and a later part of the same stream. The later part determines the
    /// encoding if it was still undetected after this one.
    #[must_use]
    pub fn followed_by(&self, later: &DecodeOutcome, was_open: bool) -> DecodeOutcome {
        let detecting = if was_open { later } else { self };
        DecodeOutcome {
            encoding: detecting.encoding,
            low_confidence: detecting.low_confidence,
            replaced: self.replaced + later.replaced,
            bytes_in: self.bytes_in + later.bytes_in,
            had_bom: self.had_bom,
        }
    }
}

enum Mode {
    /// Nothing was read yet.
    Start,
    /// Only ASCII so far, so that the encoding does not matter yet.
    Ascii,
    Utf8,
    Legacy(encoding_rs::Decoder),
    Done,
}

/// A stream being decoded.
pub struct Decoder<'r> {
    reader: &'r mut dyn Read,
    forced: Option<&'static Encoding>,
    mode: Mode,
    /// Bytes that were taken and not yet appended.
    pending: Vec<u8>,
    /// The pending bytes are an incomplete character.
    pending_is_incomplete: bool,
    /// Buffer for legacy bytes.
    raw: Vec<u8>,
    /// Bytes that were read for detection and not yet taken.
    lookahead: Vec<u8>,
    /// The reader ended or failed.
    exhausted: bool,
    /// Total of bytes that may be taken until the next pause.
    byte_limit: u64,
    /// An error of the reader, returned after all text before it.
    error: Option<io::Error>,
    /// `None` while only ASCII was read.
    encoding: Option<&'static Encoding>,
    outcome: DecodeOutcome,
}

impl<'r> Decoder<'r> {
    /// A `forced` encoding replaces detection; a byte order mark still takes precedence, because it
    /// is not a guess.
    pub fn new(reader: &'r mut dyn Read, forced: Option<&'static Encoding>) -> Decoder<'r> {
        Decoder {
            reader,
            forced,
            mode: Mode::Start,
            pending: Vec::new(),
            pending_is_incomplete: false,
            raw: Vec::new(),
            lookahead: Vec::new(),
            exhausted: false,
            byte_limit: u64::MAX,
            error: None,
            encoding: None,
            outcome: DecodeOutcome {
                encoding: UTF_8.name(),
                low_confidence: false,
                replaced: 0,
                bytes_in: 0,
                had_bom: false,
            },
        }
    }

    /// Decodes a later part of a stream. `encoding` is the one detected in an earlier part, if any.
    pub fn within(reader: &'r mut dyn Read, encoding: Option<&'static Encoding>) -> Decoder<'r> {
        let mut decoder = Decoder::new(reader, None);
        match encoding {
            Some(encoding) => decoder.set_encoding(encoding),
            None => decoder.mode = Mode::Ascii,
        }
        decoder
    }

    /// Limits the bytes taken from the reader to `bytes` in total, until the next call. The bytes
    /// taken are decoded as if there were no pause.
    pub fn pause_at(&mut self, bytes: u64) {
        self.byte_limit = bytes;
    }

    /// True if `read` returned 0 because of a pause, not at the end.
    pub fn paused(&self) -> bool {
        let has_text = !self.pending.is_empty() && !self.pending_is_incomplete;
        !matches!(self.mode, Mode::Done) && self.outcome.bytes_in >= self.byte_limit && !has_text
    }

    /// The detected encoding; `None` while only ASCII was read.
    pub fn detected(&self) -> Option<&'static Encoding> {
        self.encoding
    }

    /// The outcome so far; final after `read` returned 0 at the end, or an error.
    pub fn outcome(&self) -> DecodeOutcome {
        self.outcome
    }

    /// Appends valid UTF-8 decoded from about `want` bytes of input and returns the number of bytes
    /// appended; 0 at the end or at a pause. An error of the reader is returned once, after all
    /// text before it.
    pub fn read(&mut self, out: &mut Block, want: usize) -> io::Result<usize> {
        let start = out.len();
        let want = want.max(1);
        while out.len() == start && !self.paused() {
            match self.mode {
                Mode::Start => self.detect_at_start(),
                Mode::Ascii => self.read_ascii(out, want),
                Mode::Utf8 => self.read_utf8(out, want),
                Mode::Legacy(_) => self.read_legacy(out, want),
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

    /// Determines the encoding from the first bytes, in this order: byte order mark, forced
    /// encoding, UTF-16.
    fn detect_at_start(&mut self) {
        let mut head = vec![0; HEAD];
        let filled = self.fill(&mut head);
        head.truncate(filled);
        let (encoding, mark_length) = match Encoding::for_bom(&head) {
            Some((encoding, length)) => (Some(encoding), length),
            None => (self.forced.or_else(|| detect::detect_utf16(&head)), 0),
        };
        self.pending = head.split_off(mark_length);
        self.outcome.had_bom = mark_length > 0;
        match encoding {
            Some(encoding) => self.set_encoding(encoding),
            None => self.mode = Mode::Ascii,
        }
    }

    fn set_encoding(&mut self, encoding: &'static Encoding) {
        self.outcome.encoding = encoding.name();
        self.encoding = Some(encoding);
        self.mode = if encoding == UTF_8 {
            Mode::Utf8
        } else {
            Mode::Legacy(encoding.new_decoder_without_bom_handling())
        };
    }

    /// Passes ASCII through and detects the encoding at the first byte that is not ASCII.
    fn read_ascii(&mut self, out: &mut Block, want: usize) {
        let start = out.len();
        self.fill_block(out, want);
        let Some(non_ascii) = first_non_ascii(&out.text()[start..]) else {
            if self.is_at_end() {
                self.mode = Mode::Done;
            }
            return;
        };
        self.pending = out.split_off(start + non_ascii);
        self.pending_is_incomplete = false;
        let missing = WINDOW.saturating_sub(self.pending.len());
        self.fill_lookahead(missing);
        let lookahead = &self.lookahead[..self.lookahead.len().min(missing)];
        let window = [&self.pending[..self.pending.len().min(WINDOW)], lookahead].concat();
        let Guess { encoding, low_confidence } = detect::detect_encoding(&window);
        self.outcome.low_confidence = low_confidence;
        self.set_encoding(encoding);
    }

    fn read_utf8(&mut self, out: &mut Block, want: usize) {
        let start = out.len();
        self.fill_block(out, want);
        if !self.is_at_end() {
            let incomplete = utf8::cut_at_end(&out.text()[start..]);
            self.pending = out.split_off(out.len() - incomplete);
            self.pending_is_incomplete = true;
        }
        if !utf8::is_clean(&out.text()[start..]) {
            let mut appended = out.split_off(start);
            self.outcome.replaced += utf8::repair(&mut appended);
            out.append(&appended);
        }
        if self.is_at_end() {
            self.mode = Mode::Done;
        }
    }

    fn read_legacy(&mut self, out: &mut Block, want: usize) {
        let mut raw = std::mem::take(&mut self.raw);
        raw.resize(LEGACY_BLOCK.min(want).max(self.pending.len()), 0);
        let pending = self.pending.len();
        raw[..pending].copy_from_slice(&self.pending);
        self.pending.clear();
        let filled = pending + self.fill(&mut raw[pending..]);
        let is_last = self.is_at_end();
        let start = out.len();
        if let Mode::Legacy(decoder) = &mut self.mode {
            self.outcome.replaced += transcode(decoder, &raw[..filled], is_last, out);
        }
        self.raw = raw;
        if utf8::has_byte_order_mark(&out.text()[start..]) {
            let mut appended = out.split_off(start);
            utf8::remove_byte_order_marks(&mut appended);
            out.append(&appended);
        }
        if is_last {
            self.mode = Mode::Done;
        }
    }

    /// True if every byte of the reader was taken.
    fn is_at_end(&self) -> bool {
        self.exhausted && self.lookahead.is_empty()
    }

    /// Appends the pending bytes, then up to `want` bytes of the reader.
    fn fill_block(&mut self, out: &mut Block, want: usize) {
        out.append(&std::mem::take(&mut self.pending));
        let filled = self.fill(&mut out.reserve(want)[..want]);
        out.commit(filled);
    }

    /// Takes bytes into `buffer`; fills all of it except at a pause and at the end of the reader.
    fn fill(&mut self, buffer: &mut [u8]) -> usize {
        let allowed = self.byte_limit.saturating_sub(self.outcome.bytes_in);
        let allowed = usize::try_from(allowed).unwrap_or(usize::MAX).min(buffer.len());
        let buffer = &mut buffer[..allowed];
        let buffered = self.lookahead.len().min(buffer.len());
        buffer[..buffered].copy_from_slice(&self.lookahead[..buffered]);
        self.lookahead.drain(..buffered);
        let filled = buffered + self.read_fully(&mut buffer[buffered..]);
        self.outcome.bytes_in += filled as u64;
        filled
    }

    /// Reads ahead until `bytes` bytes are buffered or the reader ends; they do not count as taken.
    fn fill_lookahead(&mut self, bytes: usize) {
        let buffered = self.lookahead.len();
        let mut lookahead = std::mem::take(&mut self.lookahead);
        lookahead.resize(buffered.max(bytes), 0);
        let filled = buffered + self.read_fully(&mut lookahead[buffered..]);
        lookahead.truncate(filled);
        self.lookahead = lookahead;
    }

    fn read_fully(&mut self, buffer: &mut [u8]) -> usize {
        let mut filled = 0;
        while filled < buffer.len() && !self.exhausted {
            match self.reader.read(&mut buffer[filled..]) {
                Ok(0) => self.exhausted = true,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.exhausted = true;
                    self.error = Some(error);
                }
            }
        }
        filled
    }
}

fn first_non_ascii(bytes: &[u8]) -> Option<usize> {
    if bytes.is_ascii() { None } else { bytes.iter().position(|byte| !byte.is_ascii()) }
}

/// Appends the text of legacy bytes and returns the number of sequences it replaced. The output
/// length is estimated once, so that input of only invalid bytes costs no more than other input.
fn transcode(
    decoder: &mut encoding_rs::Decoder,
    mut raw: &[u8],
    is_last: bool,
    out: &mut Block,
) -> u64 {
    let mut replaced = 0;
    let mut length = decoder.max_utf8_buffer_length(raw.len()).unwrap_or(LEGACY_BLOCK);
    loop {
        let (result, read, written) =
            decoder.decode_to_utf8_without_replacement(raw, out.reserve(length), is_last);
        raw = &raw[read..];
        out.commit(written);
        match result {
            DecoderResult::InputEmpty => return replaced,
            DecoderResult::OutputFull => length = LEGACY_BLOCK,
            DecoderResult::Malformed(..) => {
                replaced += 1;
                out.append(REPLACEMENT);
            }
        }
    }
}
