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

/// The form in which texts are compared and matched: every run of blanks and line ends is one
/// blank, typographic apostrophes and quotes are plain. Case is kept.
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    for c in text.chars() {
        let c = match c {
            '\u{2019}' | '\u{02bc}' | '\u{2018}' => '\'',
            '\u{201c}' | '\u{201d}' | '\u{201e}' => '"',
            '\u{00a0}' | '\u{202f}' | '\u{0085}' | '\u{2028}' | '\u{2029}' => ' ',
            c if c.is_control() || c == ' ' => ' ',
            c => c,
        };
        if c == ' ' {
            blank = !out.is_empty();
        } else {
            if blank {
                out.push(' ');
                blank = false;
            }
            out.push(c);
        }
    }
    out
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
    fn one_form_for_comparing() {
        assert_eq!(normalise("  a\r\n\r\nb\u{a0} c\u{2019}d "), "a b c'd");
    }
}
