//! Texts that end inside the sentence that would decide. Robots cut messages and clients cut
//! answers; the remaining text matches boilerplate or nothing. The examples of the signatures show
//! how such a text may continue.
//!
//! Only the signature is found in this way. The other match details (connection, folder, status)
//! come from the text itself, never from an example. A text that a specific signature matches as it
//! is never gets here, and a whole text of the same failure has priority.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use xxhash_rust::xxh3::xxh3_64;

use crate::model::knowledge::KNOWLEDGE;
use crate::model::{Signature, cut, normalise};

/// Bytes at the end of a text that an example must hold to be a continuation.
const END_MIN: usize = 12;

/// Fewest bytes of the deciding sentence that must be present.
const PRESENT_MIN: usize = 16;

/// Fewest spaces in the part that is present, for languages with spaces between words.
const SPACES_MIN: usize = 2;

/// Fewest characters outside ASCII in that part, for languages without spaces.
const WIDE_MIN: usize = 8;

/// At least 3/5 of the sentence must be present.
const PARTS_MIN: usize = 3;

const PARTS: usize = 5;

/// Most bytes that are appended to a text: the rest of the longest sentence.
const REST_MAX: usize = 400;

/// A text with more continuations than this is not completed.
const CONTINUATIONS_MAX: usize = 24;

/// Separates two examples.
const SEPARATOR: char = '\0';

/// The examples of a rule set, indexed on first use.
#[derive(Debug, Default)]
pub(crate) struct TruncationIndex {
    examples: OnceLock<Examples>,
}

#[derive(Debug)]
struct Examples {
    /// All examples, separated by [`SEPARATOR`].
    text: String,
    /// A bit for the hash of every [`END_MIN`] bytes in `text`. The end of hardly any record has
    /// its bit set, so `text` is rarely searched.
    ends: Box<[u64]>,
}

impl TruncationIndex {
    /// The text that follows in those examples that share the longest end with a text; empty if the
    /// text may be complete or has too many continuations. `lower` is in lower case and has no cut
    /// mark.
    pub fn continuations<'e>(&'e self, lower: &str, signatures: &[Signature]) -> BTreeSet<&'e str> {
        let Some(end) = end_bytes(lower) else { return BTreeSet::new() };
        let examples = self.examples.get_or_init(|| Examples::new(join_examples(signatures)));
        if !examples.may_hold(end) {
            return BTreeSet::new();
        }
        let text = &examples.text;
        let mut longest = 0;
        let mut continuations = BTreeSet::new();
        for start in memchr::memmem::find_iter(text.as_bytes(), end) {
            let (before, after) = text.split_at(start + end.len());
            let shared = common_suffix(lower.as_bytes(), before.as_bytes());
            if shared > longest {
                longest = shared;
                continuations.clear();
            }
            if shared == longest {
                continuations.insert(rest_of_example(after));
            }
        }
        let is_certain = continuations.len() <= CONTINUATIONS_MAX
            && continuations.iter().all(|rest| is_truncated(lower, rest));
        if is_certain { continuations } else { BTreeSet::new() }
    }
}

impl Examples {
    fn new(text: String) -> Examples {
        let windows = text.as_bytes().windows(END_MIN);
        // Eight bits for each window, so that at most one in eight is set.
        let bits = (windows.len() * 8).next_power_of_two().max(u64::BITS as usize);
        let mut ends = vec![0; bits / u64::BITS as usize].into_boxed_slice();
        for window in windows {
            let (word, bit) = bit_position(window, ends.len());
            ends[word] |= bit;
        }
        Examples { text, ends }
    }

    /// False if no example holds `end`, which has at least [`END_MIN`] bytes.
    fn may_hold(&self, end: &[u8]) -> bool {
        let (word, bit) = bit_position(&end[end.len() - END_MIN..], self.ends.len());
        self.ends[word] & bit != 0
    }
}

/// Index of a word and mask of the bit in it for some bytes. `words` is a power of two.
fn bit_position(bytes: &[u8], words: usize) -> (usize, u64) {
    let hash = xxh3_64(bytes);
    ((hash >> 6) as usize & (words - 1), 1 << (hash % u64::from(u64::BITS)))
}

/// A text without the cut marks at its end.
pub(crate) fn without_cut_mark(text: &str) -> &str {
    let mut text = text.trim_end();
    while let Some(before) =
        KNOWLEDGE.causes.cut_marks.iter().find_map(|mark| text.strip_suffix(mark))
    {
        text = before.trim_end();
    }
    text
}

/// True if `present` is most, but not all, of a sentence of `whole` bytes. Names of classes and
/// codes are not sentences: they have too many continuations.
pub(crate) fn is_most_of(present: &str, whole: usize) -> bool {
    let wide = present.chars().filter(|c| !c.is_ascii()).count();
    let is_sentence = wide >= WIDE_MIN || present.matches(' ').count() >= SPACES_MIN;
    let is_most = present.len() >= PRESENT_MIN && present.len() * PARTS >= whole * PARTS_MIN;
    is_sentence && is_most && present.len() < whole
}

/// The examples of all enabled signatures, normalised and in lower case.
fn join_examples(signatures: &[Signature]) -> String {
    let enabled = signatures.iter().filter(|signature| !signature.is_off);
    let mut joined = String::new();
    for example in enabled.flat_map(|signature| &signature.examples) {
        joined.push_str(&normalise(&example.text).to_ascii_lowercase());
        joined.push(SEPARATOR);
    }
    joined
}

/// At least the last [`END_MIN`] bytes of a text, in whole characters.
fn end_bytes(text: &str) -> Option<&[u8]> {
    let mut start = text.len().checked_sub(END_MIN)?;
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    Some(&text.as_bytes()[start..])
}

fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}

/// The text up to the end of the example, at most [`REST_MAX`] bytes.
fn rest_of_example(text: &str) -> &str {
    let end = text.find(SEPARATOR).unwrap_or(text.len());
    cut(&text[..end], REST_MAX)
}

/// False where the text may be complete: at the end of an example or of a sentence, or inside a
/// number that may continue with other digits.
fn is_truncated(text: &str, rest: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    let splits_number = text.ends_with(is_digit) && rest.starts_with(is_digit);
    let ends_sentence =
        text.ends_with(['.', '。', '!', '?', ':', ';', ',', '、']) && rest.starts_with(' ');
    !rest.is_empty() && !splits_number && !ends_sentence
}
