//! Text functions that all stages share: cutting, normalising for comparison, and finding the word
//! that a user misspelt. Knows no language and no format.

/// Cuts `text` at a character boundary to at most `limit` bytes.
pub fn cut(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Like [`cut`], but drops a word that would be cut: half a word could be half a secret, which
/// redaction no longer recognises.
pub fn cut_between_words(text: &str, limit: usize) -> &str {
    let prefix = cut(text, limit);
    let is_boundary = |c: char| c.is_whitespace() || r#"/\,;|"'<>()[]{}"#.contains(c);
    if prefix.len() == text.len() || text[prefix.len()..].starts_with(is_boundary) {
        return prefix;
    }
    &prefix[..prefix.rfind(is_boundary).unwrap_or_default()]
}

/// The form in which texts are compared and matched: each run of blanks and line ends becomes one
/// blank, and typographic apostrophes and quotation marks become ASCII. Case is preserved.
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut needs_blank = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        // Runs of plain ASCII, of which nearly all texts consist, are copied as a whole.
        let (piece, after) = rest.split_at(plain_length(rest).max(first.len_utf8()));
        let mut buffer = [0; 4];
        let piece = if first.is_ascii_graphic() {
            piece
        } else {
            canonical_char(first).encode_utf8(&mut buffer)
        };
        rest = after;
        if piece == " " {
            needs_blank = !out.is_empty();
            continue;
        }
        if std::mem::take(&mut needs_blank) {
            out.push(' ');
        }
        out.push_str(piece);
    }
    out
}

/// Bytes that [`plain_length`] inspects at a time.
const STRIDE: usize = 16;

/// Length in bytes of the longest prefix that is already normalised ASCII: printable, with single
/// blanks between words.
fn plain_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut length = 0;
    if !text.starts_with(' ') {
        while bytes[length..].first_chunk().is_some_and(is_plain) {
            length += STRIDE;
        }
    }
    while let Some(byte) = bytes.get(length) {
        let is_between_words =
            || length > 0 && bytes.get(length + 1).is_some_and(u8::is_ascii_graphic);
        if !(byte.is_ascii_graphic() || *byte == b' ' && is_between_words()) {
            break;
        }
        length += 1;
    }
    length
}

/// True for printable ASCII without two blanks in a row. Inspects every byte and never returns
/// early, so that the compiler vectorises the loop.
fn is_plain(window: &[u8; STRIDE + 1]) -> bool {
    let (mut printable, mut blanks) = (true, false);
    for (byte, next) in window.iter().zip(&window[1..]) {
        printable &= (b' '..=b'~').contains(byte) & (b' '..=b'~').contains(next);
        blanks |= (*byte == b' ') & (*next == b' ');
    }
    printable & !blanks
}

/// The ASCII form of apostrophes, quotation marks, blanks and control characters.
fn canonical_char(c: char) -> char {
    match c {
        '\u{2019}' | '\u{02bc}' | '\u{2018}' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{201e}' => '"',
        '\u{00a0}' | '\u{202f}' | '\u{0085}' | '\u{2028}' | '\u{2029}' => ' ',
        c if c.is_control() => ' ',
        c => c,
    }
}

/// Largest distance, in single-character edits, at which a valid word is suggested.
const MAX_EDITS: usize = 3;

/// The valid word nearest to a misspelt one; `None` if all are too different.
pub fn nearest<'w>(typed: &str, valid: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let (edits, word) =
        valid.into_iter().map(|word| (strsim::levenshtein(typed, word), word)).min()?;
    (edits <= MAX_EDITS && edits < typed.chars().count()).then_some(word)
}

/// Groups the digits by thousands: `1,204`.
pub fn format_number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number with its noun for people: `no errors`, `1 file`, `1,204 files`.
pub fn count(n: u64, noun: &str) -> String {
    count_of(n, noun, &format!("{noun}s"))
}

/// [`count`] with an irregular plural: `2 entries`.
pub fn count_of(n: u64, singular: &str, plural: &str) -> String {
    match n {
        0 => format!("no {plural}"),
        1 => format!("1 {singular}"),
        _ => format!("{} {plural}", format_number(n)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_agrees_with_its_noun() {
        assert_eq!(count(0, "error"), "no errors");
        assert_eq!(count(1, "file"), "1 file");
        assert_eq!(count(1204, "file"), "1,204 files");
        assert_eq!(count_of(2, "entry", "entries"), "2 entries");
    }

    #[test]
    fn cut_respects_character_boundaries() {
        assert_eq!(cut("接続", 4), "接");
        assert_eq!(cut("abc", 9), "abc");
    }

    #[test]
    fn cut_between_words_drops_a_cut_word() {
        assert_eq!(cut_between_words("one two", 9), "one two");
        assert_eq!(cut_between_words("one two", 3), "one");
        assert_eq!(cut_between_words("one two", 5), "one");
        assert_eq!(cut_between_words("a/b/接続", 6), "a/b");
        assert_eq!(cut_between_words("onetwo", 4), "");
    }

    #[test]
    fn normalise_unifies_blanks_and_apostrophes() {
        assert_eq!(normalise("  a\r\n\r\nb\u{a0} c\u{2019}d "), "a b c'd");
        // Long enough for several strides, with the separator at every offset in a stride.
        for offset in 0..40 {
            for separator in [" ", "  ", "\r\n \t", "\u{3000}", "接"] {
                let text = format!(" {}{separator}{}", "a".repeat(offset), "b c ".repeat(9));
                let words: Vec<&str> = text.split([' ', '\r', '\n', '\t']).collect();
                let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
                assert_eq!(normalise(&text), words.join(" "));
            }
        }
    }

    #[test]
    fn only_a_near_word_is_suggested() {
        assert_eq!(nearest("formts", ["out", "formats"]), Some("formats"));
        assert_eq!(nearest("colour", ["out", "formats"]), None);
        assert_eq!(nearest("ab", ["cd"]), None);
    }
}
