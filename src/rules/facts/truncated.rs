//! Texts that end inside the sentence that would decide. Robots cut messages and clients cut answers;
//! what is left says boilerplate or nothing, and how its last words would have gone on. How they go
//! on is known from the examples of the signatures.
//!
//! Only the signature is told this way. What a reading names - connection, folder, status - comes from
//! the text itself and never from an example. No text is read this way that a signature takes as it
//! stands, and whatever a whole text of the same failure says goes first.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use xxhash_rust::xxh3::xxh3_64;

use crate::model::{Signature, normalise};

/// Last bytes of a text that an example must hold to say how it goes on.
const END_MIN: usize = 12;

/// Fewest bytes of a deciding sentence that must be there.
const BEGINNING_MIN: usize = 16;

/// Blanks between its words, or characters of a language that writes none.
const BLANKS_MIN: usize = 2;

const WIDE_MIN: usize = 8;

/// So many fifths of it must be there.
const PARTS_MIN: usize = 3;

const PARTS: usize = 5;

/// Most bytes that are added to a text: the rest of the longest sentence.
const REST_MAX: usize = 400;

/// Where a text goes on in more ways than these, nothing is told by how it goes on.
const WAYS_MAX: usize = 24;

/// Between two examples.
const BETWEEN: char = '\0';

/// What writers put where they cut.
const MARKS: [&str; 4] = ["(truncated)", "[truncated]", "...", "…"];

/// How texts go on: all examples, one behind the other.
#[derive(Debug, Default)]
pub(crate) struct TruncationIndex {
    examples: OnceLock<Examples>,
}

#[derive(Debug)]
struct Examples {
    text: String,
    /// A bit for each hash of [`END_MIN`] bytes that stand anywhere in it: hardly any text ends in one
    /// of them, and so it need not be searched.
    ends: Box<[u64]>,
}

impl TruncationIndex {
    /// What follows in those examples that hold most of a text's end; nothing where that tells
    /// nothing. A text in lower case, without the mark of a cut.
    pub fn of<'e>(&'e self, lower: &str, signatures: &[Signature]) -> BTreeSet<&'e str> {
        let Some(end) = end(lower) else { return BTreeSet::new() };
        let known = self.examples.get_or_init(|| Examples::new(joined(signatures)));
        if !known.may_hold(end) {
            return BTreeSet::new();
        }
        let examples = &known.text;
        let found = memchr::memmem::find_iter(examples.as_bytes(), end);
        let mut most = 0;
        let mut ways = BTreeSet::new();
        for at in found.map(|at| at + end.len()) {
            let same = shared_end(lower.as_bytes(), &examples.as_bytes()[..at]);
            if same > most {
                most = same;
                ways.clear();
            }
            if same == most {
                ways.insert(rest(&examples[at..]));
            }
        }
        let told = ways.len() <= WAYS_MAX && ways.iter().all(|rest| is_truncated(lower, rest));
        if told { ways } else { BTreeSet::new() }
    }
}

impl Examples {
    fn new(text: String) -> Examples {
        let windows = text.as_bytes().windows(END_MIN);
        // A bit in eight is set at most.
        let bits = (windows.len() * 8).next_power_of_two().max(u64::BITS as usize);
        let mut ends = vec![0; bits / u64::BITS as usize].into_boxed_slice();
        for window in windows {
            let (word, bit) = place(window, ends.len());
            ends[word] |= bit;
        }
        Examples { text, ends }
    }

    /// False if the examples do not hold these bytes, [`END_MIN`] or more.
    fn may_hold(&self, end: &[u8]) -> bool {
        let (word, bit) = place(&end[end.len() - END_MIN..], self.ends.len());
        self.ends[word] & bit != 0
    }
}

/// The word and the bit in it that stand for some bytes, in so many words, a power of two.
fn place(bytes: &[u8], words: usize) -> (usize, u64) {
    let hash = xxh3_64(bytes);
    ((hash >> 6) as usize & (words - 1), 1 << (hash % u64::from(u64::BITS)))
}

/// A text without the mark of whoever cut it.
pub(crate) fn without_mark(text: &str) -> &str {
    let mut text = text.trim_end();
    while let Some(before) = MARKS.iter().find_map(|mark| text.strip_suffix(mark)) {
        text = before.trim_end();
    }
    text
}

/// True if a sentence of so many bytes is cut and most of it is there. Names of classes and codes are
/// no sentences: they go on in too many ways.
pub(crate) fn is_mostly_there(there: &str, whole: usize) -> bool {
    let wide = there.chars().filter(|c| !c.is_ascii()).count();
    let is_sentence = wide >= WIDE_MIN || there.matches(' ').count() >= BLANKS_MIN;
    let most = there.len() >= BEGINNING_MIN && there.len() * PARTS >= whole * PARTS_MIN;
    is_sentence && most && there.len() < whole
}

/// Examples of what is searched and says more than boilerplate.
fn joined(signatures: &[Signature]) -> String {
    let on = signatures.iter().filter(|signature| !signature.off);
    let mut joined = String::new();
    for example in on.flat_map(|signature| &signature.examples) {
        joined.push_str(&normalise(&example.text).to_ascii_lowercase());
        joined.push(BETWEEN);
    }
    joined
}

/// The last bytes of a text, whole characters of it.
fn end(text: &str) -> Option<&[u8]> {
    let mut start = text.len().checked_sub(END_MIN)?;
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    Some(&text.as_bytes()[start..])
}

fn shared_end(a: &[u8], b: &[u8]) -> usize {
    a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}

/// An example from here on.
fn rest(text: &str) -> &str {
    let end = text.find(BETWEEN).unwrap_or(text.len());
    crate::model::cut(&text[..end], REST_MAX)
}

/// False where a text may end properly: at the end of an example, of a sentence, inside a number that
/// may go on otherwise.
fn is_truncated(text: &str, rest: &str) -> bool {
    let digit = |c: char| c.is_ascii_digit();
    let number = text.ends_with(digit) && rest.starts_with(digit);
    let sentence =
        text.ends_with(['.', '。', '!', '?', ':', ';', ',', '、']) && rest.starts_with(' ');
    !rest.is_empty() && !number && !sentence
}
