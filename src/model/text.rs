//! Small text rules shared by every stage: where text may be cut, how it is compared.

/// Cuts at a character boundary so that at most `limit` bytes remain.
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

/// Cuts likewise, without the word that the cut would go through: half a word may be half a secret,
/// which nothing knows any more.
pub fn cut_between_words(text: &str, limit: usize) -> &str {
    let kept = cut(text, limit);
    let is_end = |c: char| c.is_whitespace() || r#"/\,;|"'<>()[]{}"#.contains(c);
    if kept.len() == text.len() || text[kept.len()..].starts_with(is_end) {
        return kept;
    }
    &kept[..kept.rfind(is_end).unwrap_or_default()]
}

/// The form in which texts are compared and matched: every run of blanks and line ends is one
/// blank, typographic apostrophes and quotes are plain. Case is kept.
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        // Stretches of plain ASCII, which nearly all texts are made of, are taken as a whole.
        let (piece, behind) = rest.split_at(plain(rest).max(first.len_utf8()));
        let mut room = [0; 4];
        let piece = if first.is_ascii_graphic() {
            piece
        } else {
            canonical_char(first).encode_utf8(&mut room)
        };
        rest = behind;
        if piece == " " {
            blank = !out.is_empty();
            continue;
        }
        if std::mem::take(&mut blank) {
            out.push(' ');
        }
        out.push_str(piece);
    }
    out
}

/// Bytes that [`plain`] looks at together.
const STRIDE: usize = 16;

/// How many bytes from the first on are words of plain ASCII with one blank between two.
fn plain(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    if !text.starts_with(' ') {
        while bytes[at..].first_chunk().is_some_and(all_plain) {
            at += STRIDE;
        }
    }
    while let Some(byte) = bytes.get(at) {
        let between = || at > 0 && bytes.get(at + 1).is_some_and(u8::is_ascii_graphic);
        if !(byte.is_ascii_graphic() || *byte == b' ' && between()) {
            break;
        }
        at += 1;
    }
    at
}

/// True for ASCII in which no blank is followed by another one. Looks at every byte, whatever it
/// finds: compilers make vector code of that.
fn all_plain(window: &[u8; STRIDE + 1]) -> bool {
    let (mut printable, mut blanks) = (true, false);
    for (byte, next) in window.iter().zip(&window[1..]) {
        printable &= (b' '..=b'~').contains(byte) & (b' '..=b'~').contains(next);
        blanks |= (*byte == b' ') & (*next == b' ');
    }
    printable & !blanks
}

/// A character in the one form that is compared: one apostrophe, one quotation mark, one blank.
fn canonical_char(c: char) -> char {
    match c {
        '\u{2019}' | '\u{02bc}' | '\u{2018}' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{201e}' => '"',
        '\u{00a0}' | '\u{202f}' | '\u{0085}' | '\u{2028}' | '\u{2029}' => ' ',
        c if c.is_control() => ' ',
        c => c,
    }
}

/// Farthest misspelling for which a valid word is offered, in single-letter edits.
const MISSPELLING: usize = 3;

/// The valid word that was probably meant, if one is near enough.
pub fn nearest<'w>(typed: &str, valid: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let (edits, word) = valid.into_iter().map(|word| (distance(typed, word), word)).min()?;
    (edits <= MISSPELLING && edits < typed.chars().count()).then_some(word)
}

/// Levenshtein distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_between_characters() {
        assert_eq!(cut("接続", 4), "接");
        assert_eq!(cut("abc", 9), "abc");
    }

    #[test]
    fn cuts_between_words() {
        assert_eq!(cut_between_words("one two", 9), "one two");
        assert_eq!(cut_between_words("one two", 3), "one");
        assert_eq!(cut_between_words("one two", 5), "one");
        assert_eq!(cut_between_words("a/b/接続", 6), "a/b");
        assert_eq!(cut_between_words("onetwo", 4), "");
    }

    #[test]
    fn one_form_for_comparing() {
        assert_eq!(normalise("  a\r\n\r\nb\u{a0} c\u{2019}d "), "a b c'd");
        // Long enough to be looked at in strides, with what is no word at every place in them.
        for at in 0..40 {
            for between in [" ", "  ", "\r\n \t", "\u{3000}", "接"] {
                let text = format!(" {}{between}{}", "a".repeat(at), "b c ".repeat(9));
                let words: Vec<&str> = text.split([' ', '\r', '\n', '\t']).collect();
                let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
                assert_eq!(normalise(&text), words.join(" "));
            }
        }
    }

    #[test]
    fn distances() {
        assert_eq!(distance("severty", "severity"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("接続", "接"), 1);
    }

    #[test]
    fn only_a_near_word_is_offered() {
        assert_eq!(nearest("formts", ["out", "formats"]), Some("formats"));
        assert_eq!(nearest("colour", ["out", "formats"]), None);
        assert_eq!(nearest("ab", ["cd"]), None);
    }
}
