//! Makes log text harmless for the output it is printed to. Log text is untrusted: it may contain
//! terminal commands, formulas, links and direction marks. Nothing here shortens a text.

use std::borrow::Cow;

/// For a terminal: control characters, escape sequences and invisible direction marks are shown as
/// `\x1b` or `\u{202e}`. That includes line ends.
pub fn escape_for_terminal(text: &str) -> String {
    escape_invisible(text, |_| false)
}

/// For a block of several lines: as [`escape_for_terminal`], but line ends and tabs stay.
pub fn escape_block(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n");
    if is_plain(&text) {
        return Cow::Owned(text);
    }
    Cow::Owned(escape_invisible(&text, |c| c == '\n' || c == '\t'))
}

/// True for text of printable ASCII, line feeds and tabs. Checks every byte without an early exit, so
/// that the compiler can vectorize the loop.
fn is_plain(text: &str) -> bool {
    let is_plain = |byte: u8| (b' '..=b'~').contains(&byte) | matches!(byte, b'\n' | b'\t');
    text.bytes().fold(true, |all, byte| all & is_plain(byte))
}

/// For one line: each run of blanks and line ends becomes one blank, the rest is as in
/// [`escape_for_terminal`].
pub fn escape_line(text: &str) -> String {
    escape_for_terminal(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn escape_invisible(text: &str, is_allowed: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_allowed(c) || !(c.is_control() || is_invisible(c)) {
            out.push(c);
        } else if u32::from(c) <= 0xff {
            out.push_str(&format!("\\x{:02x}", u32::from(c)));
        } else {
            out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        }
    }
    out
}

/// Characters that reorder or hide text: direction marks, separators, zero-width blanks, tags. The
/// joiners U+200C and U+200D are allowed, because some scripts and emoji need them.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{061c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// Prefixes a CSV cell with `'` if a spreadsheet could evaluate it: if its first character that is not
/// blank begins a formula, also in full-width form, or if it begins with TAB or CR.
pub fn guard_csv_cell(cell: &str) -> String {
    let begins_formula = |c| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    let is_risky = cell.starts_with(['\t', '\r']) || cell.trim_start().starts_with(begins_formula);
    if is_risky { format!("'{cell}") } else { cell.to_string() }
}

/// Inserted into addresses and mentions so that no renderer turns them into links.
const ZERO_WIDTH_SPACE: char = '\u{200b}';

/// For a Markdown line or table cell: one line without mark-up, link or mention.
pub fn escape_markdown(text: &str) -> String {
    let text = escape_line(text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    // A number with a full stop at the start of a list item would begin a nested list.
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits > 0 && rest[digits..].starts_with(['.', ')']) {
        out.push_str(&rest[..digits]);
        out.push('\\');
        rest = &rest[digits..];
    }
    for (offset, c) in rest.char_indices() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '&' | '$' => {
                out.push('\\');
                out.push(c);
            }
            '-' | '+' | '=' if out.is_empty() => {
                out.push('\\');
                out.push(c);
            }
            '@' => out.extend([c, ZERO_WIDTH_SPACE]),
            ':' if rest[offset..].starts_with("://") => out.extend([c, ZERO_WIDTH_SPACE]),
            '.' if offset >= 3 && ends_with_www(&rest[..offset]) => {
                out.extend([ZERO_WIDTH_SPACE, c])
            }
            c => out.push(c),
        }
    }
    out
}

/// For advice in a Markdown line: as [`escape_markdown`], but text between backticks is a command to
/// copy and is not escaped.
pub fn escape_markdown_advice(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escape_markdown(text);
    }
    let mut out = String::with_capacity(text.len());
    for (index, part) in parts.iter().enumerate() {
        if index % 2 == 1 {
            out.push_str(&format!("`{}`", escape_line(part)));
            continue;
        }
        if part.starts_with(' ') && !part.trim().is_empty() {
            out.push(' ');
        }
        out.push_str(&escape_markdown(part));
        if part.ends_with(' ') {
            out.push(' ');
        }
    }
    out
}

fn ends_with_www(text: &str) -> bool {
    text.as_bytes().last_chunk::<3>().is_some_and(|tail| tail.eq_ignore_ascii_case(b"www"))
}

/// The text if it is an `https` address and nothing else, and so may become a link. Signature files of
/// the user may contain anything.
pub fn safe_url(text: &str) -> Option<&str> {
    let is_harmless = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&*+,;=%".contains(c);
    (text.starts_with("https://") && text.chars().all(is_harmless)).then_some(text)
}

/// A fenced Markdown block. The fence is longer than any run of backticks in the text.
pub fn fence_markdown(text: &str) -> String {
    let text = escape_block(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{text}\n{fence}\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn control_characters_and_direction_marks_are_shown() {
        assert_eq!(
            escape_for_terminal("a\x1b[31mb\u{9b}c\u{202e}d"),
            "a\\x1b[31mb\\x9bc\\u{202e}d"
        );
        assert_eq!(escape_for_terminal("接続 👩‍💻"), "接続 👩‍💻");
        assert_eq!(escape_line(" a\r\n\tb\u{7}"), "a b\\x07");
        assert_eq!(escape_block("a\r\n\tb\rc"), "a\n\tb\\x0dc");
    }

    #[test]
    fn formulas_are_guarded() {
        for cell in ["=1+1", "  @x", "＝1", "\u{3000}－2", "\tx", "\rx", "\n+1"] {
            assert_eq!(guard_csv_cell(cell), format!("'{cell}"));
        }
        for cell in ["", "a=b", "3 - 2", "'=1"] {
            assert_eq!(guard_csv_cell(cell), cell);
        }
    }

    #[test]
    fn commands_in_advice_are_not_escaped() {
        assert_eq!(
            escape_markdown_advice("run `curl -v https://<host>` and *read* https://e.example"),
            "run `curl -v https://<host>` and \\*read\\* https:\u{200b}//e.example"
        );
        assert_eq!(escape_markdown_advice("`a`を`b`"), "`a`を`b`");
        assert_eq!(escape_markdown_advice("a ` b https://c"), "a \\` b https:\u{200b}//c");
    }

    #[test]
    fn text_becomes_no_markup() {
        assert_eq!(escape_markdown("a|b\n# c *d*"), "a\\|b \\# c \\*d\\*");
        assert_eq!(escape_markdown("[x](https://e.example)"), "\\[x\\](https:\u{200b}//e.example)");
        assert_eq!(escape_markdown("see WWW.e.example"), "see WWW\u{200b}.e.example");
        assert_eq!(escape_markdown("@all <b>"), "@\u{200b}all \\<b\\>");
        assert_eq!(escape_markdown("- x"), "\\- x");
        assert_eq!(escape_markdown("12. x"), "12\\. x");
    }

    #[test]
    fn only_addresses_become_links() {
        assert!(safe_url("https://docs.uipath.com/a/b?c=d#e").is_some());
        for text in
            ["", "javascript:alert(1)", "http://a", "https://a b", "https://a\"b", "https://a>"]
        {
            assert_eq!(safe_url(text), None);
        }
    }

    #[test]
    fn a_fence_cannot_be_closed_from_inside() {
        assert_eq!(fence_markdown("a\n````\nb"), "`````text\na\n````\nb\n`````\n");
        assert_eq!(fence_markdown("a"), "```text\na\n```\n");
    }

    proptest! {
        #[test]
        fn no_control_character_remains(text in any::<String>()) {
            prop_assert!(!escape_for_terminal(&text).chars().any(|c| c.is_control() || is_invisible(c)));
            let line_end = ['\n', '\r', '\u{2028}'];
            prop_assert!(!escape_line(&text).contains(line_end));
            prop_assert!(!escape_block(&text).chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
        }

        #[test]
        fn no_cell_begins_with_a_formula(text in "[ \\t\\r\\n\u{3000}]{0,3}[=+@＝＋－＠a-].{0,5}") {
            let first = guard_csv_cell(&text).trim_start().chars().next();
            prop_assert!(!first.is_some_and(|c| "=+-@＝＋－＠".contains(c)));
        }

        #[test]
        fn no_active_markup_remains(text in any::<String>()) {
            let out = escape_markdown(&text);
            prop_assert!(!out.contains('\n') && !out.contains("://"));
            let mut escaped = false;
            for c in out.chars() {
                prop_assert!(escaped || !"`*_[]<>|~#&".contains(c), "{out}");
                escaped = c == '\\' && !escaped;
            }
        }
    }
}
