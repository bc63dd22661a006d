//! From bytes to UTF-8: settles the encoding of a stream and hands out valid UTF-8, block by
//! block. Comes after `open`, before `format`. Must not know lines, records or formats, and its
//! result must not depend on how the reader splits its bytes.

use crate::decode::{detect, utf8};
#[cfg(test)]
mod tests;
use crate::decode::block::Block;
use crate::decode::detect::Guess;
use encoding_rs::{DecoderResult, Encoding, UTF_8};
use std::io::{self, Read};
/// Bytes in which UTF-16 without a byte order mark is looked for.
const HEAD: usize = 1024;

/// Bytes from the first one beyond ASCII on which the encoding is decided. Much more than a
/// detector needs, and little enough to hold beside the block.
const WINDOW: usize = 64 << 10;

/// Legacy bytes decoded at a time; text may be three times as long.
const LEGACY_BLOCK: usize = 64 << 10;

/// U+FFFD, which stands for what is no text.
pub(crate) const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

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

impl Decoded {
    /// Together with a later part of the same stream, which settled the encoding if that was still
    /// open.
    #[must_use]
    pub fn followed_by(&self, later: &Decoded, was_open: bool) -> Decoded {
        let settler = if was_open { later } else { self };
        Decoded {
            encoding: settler.encoding,
            low_confidence: settler.low_confidence,
            replaced: self.replaced + later.replaced,
            bytes_in: self.bytes_in + later.bytes_in,
            had_bom: self.had_bom,
        }
    }
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
    /// They are the beginning of a character and no text yet.
    held_is_cut: bool,
    /// Room for legacy bytes on their way.
    raw: Vec<u8>,
    /// Bytes of the reader that were looked at before their turn.
    ahead: Vec<u8>,
    /// The reader has no more bytes.
    exhausted: bool,
    /// So many bytes may be taken for now.
    until: u64,
    /// Why, if it was not the end. Given after all text.
    error: Option<io::Error>,
    settled: Option<&'static Encoding>,
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
            held_is_cut: false,
            raw: Vec::new(),
            ahead: Vec::new(),
            exhausted: false,
            until: u64::MAX,
            error: None,
            settled: None,
            outcome: Decoded {
                encoding: UTF_8.name(),
                low_confidence: false,
                replaced: 0,
                bytes_in: 0,
                had_bom: false,
            },
        }
    }

    /// Over a part of a stream that does not begin it. An encoding that is settled elsewhere holds
    /// here too.
    pub fn within(reader: &'r mut dyn Read, settled: Option<&'static Encoding>) -> Decoder<'r> {
        let mut decoder = Decoder::new(reader, None);
        match settled {
            Some(encoding) => decoder.settle(encoding),
            None => decoder.mode = Mode::Ascii,
        }
        decoder
    }

    /// Takes no more than so many bytes of the reader, all together, until told otherwise. What was
    /// taken is decoded as if there were no pause.
    pub fn pause_at(&mut self, bytes: u64) {
        self.until = bytes;
    }

    /// True when `read` gave 0 because of a pause and not at the end.
    pub fn paused(&self) -> bool {
        let nothing_held = self.held.is_empty() || self.held_is_cut;
        !matches!(self.mode, Mode::Done) && self.outcome.bytes_in >= self.until && nothing_held
    }

    /// The encoding, once it had to be settled; text of nothing but ASCII leaves it open.
    pub fn settled(&self) -> Option<&'static Encoding> {
        self.settled
    }

    /// True when the text so far ends where a part of the same bytes may be decoded alone.
    pub fn is_even(&self) -> bool {
        self.held.is_empty() && self.settled.is_none_or(Encoding::is_ascii_compatible)
    }

    /// What was found so far; final after `read` gave 0 or an error.
    pub fn outcome(&self) -> Decoded {
        self.outcome
    }

    /// Appends UTF-8 made of about `want` bytes of input and returns how many bytes were appended;
    /// 0 at the end. What is appended is valid UTF-8. An error of the reader comes once, after all
    /// text before it.
    pub fn read(&mut self, out: &mut Block, want: usize) -> io::Result<usize> {
        let start = out.len();
        let want = want.max(1);
        while out.len() == start && !self.paused() {
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
        let mut head = vec![0; HEAD];
        let filled = self.fetch(&mut head);
        head.truncate(filled);
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
        self.settled = Some(encoding);
        self.mode = if encoding == UTF_8 {
            Mode::Utf8
        } else {
            Mode::Legacy(encoding.new_decoder_without_bom_handling())
        };
    }

    /// Passes ASCII through and decides at the first byte that is none.
    fn ascii(&mut self, out: &mut Block, want: usize) {
        let start = out.len();
        self.block(out, want);
        let Some(beyond) = first_beyond_ascii(&out.text()[start..]) else {
            if self.ended() {
                self.mode = Mode::Done;
            }
            return;
        };
        self.held = out.split_off(start + beyond);
        self.held_is_cut = false;
        let missing = WINDOW.saturating_sub(self.held.len());
        self.look_ahead(missing);
        let ahead = &self.ahead[..self.ahead.len().min(missing)];
        let window = [&self.held[..self.held.len().min(WINDOW)], ahead].concat();
        let Guess { encoding, low_confidence } = detect::encoding(&window);
        self.outcome.low_confidence = low_confidence;
        self.settle(encoding);
    }

    fn utf8(&mut self, out: &mut Block, want: usize) {
        let start = out.len();
        self.block(out, want);
        if !self.ended() {
            let cut = utf8::cut_at_end(&out.text()[start..]);
            self.held = out.split_off(out.len() - cut);
            self.held_is_cut = true;
        }
        if !utf8::is_clean(&out.text()[start..]) {
            let mut fresh = out.split_off(start);
            self.outcome.replaced += utf8::repair(&mut fresh);
            out.append(&fresh);
        }
        if self.ended() {
            self.mode = Mode::Done;
        }
    }

    fn legacy(&mut self, out: &mut Block, want: usize) {
        let mut raw = std::mem::take(&mut self.raw);
        raw.resize(LEGACY_BLOCK.min(want).max(self.held.len()), 0);
        let held = self.held.len();
        raw[..held].copy_from_slice(&self.held);
        self.held.clear();
        let filled = held + self.fetch(&mut raw[held..]);
        let ended = self.ended();
        let start = out.len();
        if let Mode::Legacy(decoder) = &mut self.mode {
            self.outcome.replaced += transcode(decoder, &raw[..filled], ended, out);
        }
        self.raw = raw;
        if utf8::holds_mark(&out.text()[start..]) {
            let mut fresh = out.split_off(start);
            utf8::drop_marks(&mut fresh);
            out.append(&fresh);
        }
        if ended {
            self.mode = Mode::Done;
        }
    }

    /// Every byte was taken.
    fn ended(&self) -> bool {
        self.exhausted && self.ahead.is_empty()
    }

    /// Appends the bytes held back, then bytes of the reader up to `want` together.
    fn block(&mut self, out: &mut Block, want: usize) {
        out.append(&std::mem::take(&mut self.held));
        let filled = self.fetch(&mut out.space(want)[..want]);
        out.grow(filled);
    }

    /// Fills a space from the reader; less than all of it only at a pause and at the reader's end.
    fn fetch(&mut self, space: &mut [u8]) -> usize {
        let room = self.until.saturating_sub(self.outcome.bytes_in);
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(space.len());
        let space = &mut space[..room];
        let early = self.ahead.len().min(space.len());
        space[..early].copy_from_slice(&self.ahead[..early]);
        self.ahead.drain(..early);
        let filled = early + self.pull(&mut space[early..]);
        self.outcome.bytes_in += filled as u64;
        filled
    }

    /// Holds at least so many bytes ready, if there are any; they are not taken yet.
    fn look_ahead(&mut self, bytes: usize) {
        let have = self.ahead.len();
        let mut ahead = std::mem::take(&mut self.ahead);
        ahead.resize(have.max(bytes), 0);
        let filled = have + self.pull(&mut ahead[have..]);
        ahead.truncate(filled);
        self.ahead = ahead;
    }

    fn pull(&mut self, space: &mut [u8]) -> usize {
        let mut filled = 0;
        while filled < space.len() && !self.exhausted {
            match self.reader.read(&mut space[filled..]) {
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

fn first_beyond_ascii(bytes: &[u8]) -> Option<usize> {
    if bytes.is_ascii() { None } else { bytes.iter().position(|byte| !byte.is_ascii()) }
}

/// Decodes legacy bytes; returns how many sequences were replaced. The room is made once, so that
/// bytes which are all wrong cost no more than others.
fn transcode(
    decoder: &mut encoding_rs::Decoder,
    mut raw: &[u8],
    last: bool,
    out: &mut Block,
) -> u64 {
    let mut replaced = 0;
    let mut room = decoder.max_utf8_buffer_length(raw.len()).unwrap_or(LEGACY_BLOCK);
    loop {
        let (result, read, written) =
            decoder.decode_to_utf8_without_replacement(raw, out.space(room), last);
        raw = &raw[read..];
        out.grow(written);
        match result {
            DecoderResult::InputEmpty => return replaced,
            DecoderResult::OutputFull => room = LEGACY_BLOCK,
            DecoderResult::Malformed(..) => {
                replaced += 1;
                out.append(REPLACEMENT);
            }
        }
    }
}
