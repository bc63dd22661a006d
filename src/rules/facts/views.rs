//! The texts of one message that matching looks at, and the headline by which forms are compared.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::model::{cut, normalise};
use crate::rules::facts::keywords::Keywords;
use crate::rules::facts::truncated::without_mark;
use crate::search::static_regex;

/// Most bytes of a message that are judged. A robot cuts messages at 10,000 characters and a
/// job's `Info` repeats them up to four times; in UTF-8 that stays below.
const MESSAGE_LIMIT: usize = 256 * 1024;

/// Where a literal first stands in a text, in exact case. Several times as fast as the standard
/// library on the texts of records, which are long and hold it rarely.
pub(crate) fn find_literal(text: &str, literal: &str) -> Option<usize> {
    memchr::memmem::find(text.as_bytes(), literal.as_bytes())
}

/// True if a literal stands in a text, in exact case.
pub(crate) fn holds(text: &str, literal: &str) -> bool {
    find_literal(text, literal).is_some()
}

/// One reading of a message.
pub(crate) struct MessageView<'a> {
    /// With its line ends, for what stands on a line of its own.
    pub raw: Cow<'a, str>,
    /// Normalised: what literals and patterns are tried on.
    pub text: String,
    /// The same in ASCII lower case, for literals whose case does not matter.
    pub lower: String,
    /// The words in it that readers ask for.
    pub signs: Keywords,
}

impl<'a> MessageView<'a> {
    fn new(raw: Cow<'a, str>) -> MessageView<'a> {
        let text = normalise(&raw);
        let lower = text.to_ascii_lowercase();
        let signs = Keywords::read(&text);
        MessageView { raw, text, lower, signs }
    }

    /// The view of a text that was cut, as if it went on like this.
    pub fn continued(&self, rest: &str) -> MessageView<'static> {
        MessageView::new(Cow::Owned(format!("{}{rest}", without_mark(&self.raw))))
    }
}

/// The message as it is and, where it holds JSON inside a string, also with those escapes undone.
/// Both, because undoing them spoils a Windows path in the same message.
pub(crate) fn views(message: &str) -> Vec<MessageView<'_>> {
    let message = cut(message, MESSAGE_LIMIT);
    let mut views = vec![MessageView::new(Cow::Borrowed(message))];
    if let Cow::Owned(inner) = unescape(message) {
        views.push(MessageView::new(Cow::Owned(inner)));
    }
    views
}

/// Undoes JSON escapes of any depth, if the text shows one that nothing else writes: an escaped
/// quote or `\uXXXX`.
fn unescape(text: &str) -> Cow<'_, str> {
    static TELLTALE: LazyLock<Regex> = LazyLock::new(|| static_regex(r#"\\(?:"|u[0-9A-Fa-f]{4})"#));
    static ESCAPE: LazyLock<Regex> =
        LazyLock::new(|| static_regex(r#"\\+(?:u([0-9A-Fa-f]{4})|(["/nrt]))"#));
    if !TELLTALE.is_match(text) {
        return Cow::Borrowed(text);
    }
    ESCAPE.replace_all(text, |found: &regex::Captures<'_>| {
        let plain = match found.get(2).map(|c| c.as_str()) {
            Some("n") => '\n',
            Some("r") => '\r',
            Some("t") => '\t',
            Some("\"") => '"',
            Some(_) => '/',
            // Halves of a surrogate pair become U+FFFD; no anchor lies outside the first plane.
            None => u32::from_str_radix(&found[1], 16)
                .ok()
                .and_then(char::from_u32)
                .unwrap_or(char::REPLACEMENT_CHARACTER),
        };
        plain.to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::facts::headline::CORE_LIMIT;
    use crate::rules::facts::headline::headline;

    #[test]
    fn log_line_and_info_share_a_headline() {
        let log = "Create Ticket: Request failed with error: \nMessage : Forbidden\n\r\nStatus code: Forbidden.\nin Main.xaml\n    at ConnectorActivity \"Create Ticket\"\n\n--- .NET stack trace ---\nUiPath.X";
        let info = "Request failed with error: \nMessage : Forbidden\n\r\nStatus code: Forbidden.\r\n\r\nin Main.xaml\n    at ConnectorActivity \"Create Ticket\"\n\nUiPath.X.RuntimeException: Request";
        assert_eq!(headline(log), format!("Create Ticket: {}", headline(info)));
        assert!(headline(info).ends_with("Status code: Forbidden."));
    }

    #[test]
    fn a_headline_is_never_empty_and_never_long() {
        let text =
            "System.AggregateException: One or more errors occurred.\n ---> Inner.Exception: x";
        assert_eq!(headline(text), "System.AggregateException: One or more errors occurred.");
        assert_eq!(headline("\r\n\r\nServer down\r\n   at A.B()"), "Server down");
        assert!(headline(&"接続 ".repeat(900)).len() <= CORE_LIMIT);
        assert_eq!(headline(""), "");
    }

    #[test]
    fn json_inside_json_is_read_beside_the_text_itself() {
        let views =
            views(r#"ErrorReason: "{\\\"error\\\":\\\"x\\\",\\\"d\\\":\\\"\\u63a5\\u7d9a\\\"}""#);
        assert_eq!(views.len(), 2);
        assert_eq!(views[1].text, r#"ErrorReason: "{"error":"x","d":"接続"}""#);
    }

    #[test]
    fn windows_paths_are_left_alone() {
        assert_eq!(views(r"C:\robots\new\temp DOMAIN\user").len(), 1);
    }
}
