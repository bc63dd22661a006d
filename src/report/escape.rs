//! Makes log text harmless for the place it is printed to. Log text is hostile: it may carry
//! terminal commands, formulas, links and direction marks. Nothing here shortens a text.

use std::borrow::Cow;
/// Text for a terminal: no control byte, escape sequence or invisible direction mark survives;
/// each is shown as `\x1b` or `\u{202e}`. Line ends are controls too.
pub fn escape_for_terminal(text: &str) -> String {
    visible(text, |_| false)
}

/// Text for a block of several lines: as [`escape_for_terminal`], but line ends and tabs stay.
pub fn escape_block(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n");
    if is_plain(&text) {
        return Cow::Owned(text);
    }
    Cow::Owned(visible(&text, |c| c == '\n' || c == '\t'))
}

/// True for ASCII that shows as it is. Looks at every byte, whatever it finds: compilers make
/// vector code of that.
fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| (b' '..=b'~').contains(&byte) | matches!(byte, b'\n' | b'\t');
    text.bytes().fold(true, |all, byte| all & plain(byte))
}

/// Text for one line: every run of blanks and line ends is one blank, the rest as [`escape_for_terminal`].
pub fn one_line(text: &str) -> String {
    escape_for_terminal(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn visible(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if keep(c) || !(c.is_control() || is_invisible(c)) {
            out.push(c);
        } else if u32::from(c) <= 0xff {
            out.push_str(&format!("\\x{:02x}", u32::from(c)));
        } else {
            out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        }
    }
    out
}

/// Characters that reorder or hide text: direction marks, separators, zero-width blanks, tags.
/// The joiners U+200C and U+200D stay: scripts and emoji need them.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{061c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// A CSV cell that a spreadsheet will not run: prefixed with `'` when its first character that is
/// no blank begins a formula, also in full-width form, or when it begins with TAB or CR.
pub fn csv_guard(cell: &str) -> String {
    let formula = |c| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    let risky = cell.starts_with(['\t', '\r']) || cell.trim_start().starts_with(formula);
    if risky { format!("'{cell}") } else { cell.to_string() }
}

/// Stands inside links and mentions so that no renderer makes one; shown with no width.
const BREAK: char = '\u{200b}';

/// Text inside a Markdown line or table cell: one line, no mark-up, no link, no mention.
pub fn markdown(text: &str) -> String {
    let text = one_line(text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    // A list number at the start of an item would begin a list inside it.
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits > 0 && rest[digits..].starts_with(['.', ')']) {
        out.push_str(&rest[..digits]);
        out.push('\\');
        rest = &rest[digits..];
    }
    for (at, c) in rest.char_indices() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '&' | '$' => {
                out.push('\\');
                out.push(c);
            }
            '-' | '+' | '=' if out.is_empty() => {
                out.push('\\');
                out.push(c);
            }
            '@' => out.extend([c, BREAK]),
            ':' if rest[at..].starts_with("://") => out.extend([c, BREAK]),
            '.' if at >= 3 && ends_with_www(&rest[..at]) => out.extend([BREAK, c]),
            c => out.push(c),
        }
    }
    out
}

/// Advice inside a Markdown line: as [`markdown`], but what stands between backticks is a command to be
/// copied and stays as it is.
pub fn markdown_advice(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return markdown(text);
    }
    let mut out = String::with_capacity(text.len());
    for (at, part) in parts.iter().enumerate() {
        if at % 2 == 1 {
            out.push_str(&format!("`{}`", one_line(part)));
            continue;
        }
        let blank = |there: bool| if there && !part.trim().is_empty() { " " } else { "" };
        out.push_str(blank(part.starts_with(' ')));
        out.push_str(&markdown(part));
        out.push_str(if part.ends_with(' ') { " " } else { "" });
    }
    out
}

fn ends_with_www(text: &str) -> bool {
    text.as_bytes().last_chunk::<3>().is_some_and(|tail| tail.eq_ignore_ascii_case(b"www"))
}

/// A text that is nothing but an `https` address, and so may become a link: signature files of
/// the user's own may hold anything.
pub fn safe_url(text: &str) -> Option<&str> {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&*+,;=%".contains(c);
    (text.starts_with("https://") && text.chars().all(harmless)).then_some(text)
}

/// Text as a fenced Markdown block; the fence is longer than any run of backticks inside.
pub fn markdown_fence(text: &str) -> String {
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
    fn commands_and_direction_marks_are_shown() {
        assert_eq!(
            escape_for_terminal("a\x1b[31mb\u{9b}c\u{202e}d"),
            "a\\x1b[31mb\\x9bc\\u{202e}d"
        );
        assert_eq!(escape_for_terminal("接続 👩‍💻"), "接続 👩‍💻");
        assert_eq!(one_line(" a\r\n\tb\u{7}"), "a b\\x07");
        assert_eq!(escape_block("a\r\n\tb\rc"), "a\n\tb\\x0dc");
    }

    #[test]
    fn formulas_are_guarded() {
        for cell in ["=1+1", "  @x", "＝1", "\u{3000}－2", "\tx", "\rx", "\n+1"] {
            assert_eq!(csv_guard(cell), format!("'{cell}"));
        }
        for cell in ["", "a=b", "3 - 2", "'=1"] {
            assert_eq!(csv_guard(cell), cell);
        }
    }

    #[test]
    fn commands_of_advice_can_be_copied() {
        assert_eq!(
            markdown_advice("run `curl -v https://<host>` and *read* https://e.example"),
            "run `curl -v https://<host>` and \\*read\\* https:\u{200b}//e.example"
        );
        assert_eq!(markdown_advice("`a`を`b`"), "`a`を`b`");
        assert_eq!(markdown_advice("a ` b https://c"), "a \\` b https:\u{200b}//c");
    }

    #[test]
    fn markdown_is_only_text() {
        assert_eq!(markdown("a|b\n# c *d*"), "a\\|b \\# c \\*d\\*");
        assert_eq!(markdown("[x](https://e.example)"), "\\[x\\](https:\u{200b}//e.example)");
        assert_eq!(markdown("see WWW.e.example"), "see WWW\u{200b}.e.example");
        assert_eq!(markdown("@all <b>"), "@\u{200b}all \\<b\\>");
        assert_eq!(markdown("- x"), "\\- x");
        assert_eq!(markdown("12. x"), "12\\. x");
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
        assert_eq!(markdown_fence("a\n````\nb"), "`````text\na\n````\nb\n`````\n");
        assert_eq!(markdown_fence("a"), "```text\na\n```\n");
    }

    proptest! {
        #[test]
        fn no_control_leaves(text in any::<String>()) {
            prop_assert!(!escape_for_terminal(&text).chars().any(|c| c.is_control() || is_invisible(c)));
            let line_end = ['\n', '\r', '\u{2028}'];
            prop_assert!(!one_line(&text).contains(line_end));
            prop_assert!(!escape_block(&text).chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
        }

        #[test]
        fn no_cell_begins_a_formula(text in "[ \\t\\r\\n\u{3000}]{0,3}[=+@＝＋－＠a-].{0,5}") {
            let first = csv_guard(&text).trim_start().chars().next();
            prop_assert!(!first.is_some_and(|c| "=+-@＝＋－＠".contains(c)));
        }

        #[test]
        fn no_live_markup_leaves(text in any::<String>()) {
            let out = markdown(&text);
            prop_assert!(!out.contains('\n') && !out.contains("://"));
            let mut escaped = false;
            for c in out.chars() {
                prop_assert!(escaped || !"`*_[]<>|~#&".contains(c), "{out}");
                escaped = c == '\\' && !escaped;
            }
        }
    }
}
