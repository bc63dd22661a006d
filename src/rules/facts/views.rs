//! The texts of one message that signatures are matched against: the message as it is and, where it
//! holds JSON in a string, with the escapes undone. Decides nothing about them.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::model::{cut, normalise};
use crate::rules::facts::keywords::Keywords;
use crate::rules::facts::truncated::without_cut_mark;
use crate::search::static_regex;

/// Most bytes of a message that are judged. A robot cuts messages at 10,000 characters and the
/// `Info` of a job repeats a message up to four times; in UTF-8 that is less than this limit.
const MESSAGE_LIMIT: usize = 256 * 1024;

/// Offset of the first occurrence of a literal, in exact case. Several times as fast as the
/// standard library on the texts of records, which are long and rarely hold the literal.
pub(crate) fn find_literal(text: &str, literal: &str) -> Option<usize> {
    memchr::memmem::find(text.as_bytes(), literal.as_bytes())
}

pub(crate) fn holds(text: &str, literal: &str) -> bool {
    find_literal(text, literal).is_some()
}

/// One text of a message, in the forms that matching needs.
pub(crate) struct MessageView<'a> {
    /// With line ends, for patterns that match whole lines.
    pub raw: Cow<'a, str>,
    /// Normalised, for literals and patterns.
    pub text: String,
    /// `text` in ASCII lower case, for literals whose case is ignored.
    pub lower: String,
    /// The keywords in `text`.
    pub keywords: Keywords,
}

impl<'a> MessageView<'a> {
    fn new(raw: Cow<'a, str>) -> MessageView<'a> {
        let text = normalise(&raw);
        let lower = text.to_ascii_lowercase();
        let keywords = Keywords::read(&text);
        MessageView { raw, text, lower, keywords }
    }

    /// The view of this text without its cut mark and with `rest` appended.
    pub fn continued(&self, rest: &str) -> MessageView<'static> {
        MessageView::new(Cow::Owned(format!("{}{rest}", without_cut_mark(&self.raw))))
    }
}

/// The message as it is and, where it holds JSON inside a string, also with those escapes undone.
/// Both are needed, because undoing the escapes damages a Windows path in the same message.
pub(crate) fn views(message: &str) -> Vec<MessageView<'_>> {
    let message = cut(message, MESSAGE_LIMIT);
    let mut views = vec![MessageView::new(Cow::Borrowed(message))];
    if let Cow::Owned(inner) = unescape(message) {
        views.push(MessageView::new(Cow::Owned(inner)));
    }
    views
}

/// Undoes JSON escapes of any depth if the text holds one that only JSON has: an escaped quote or
/// `\uXXXX`.
fn unescape(text: &str) -> Cow<'_, str> {
    static JSON_ESCAPE: LazyLock<Regex> =
        LazyLock::new(|| static_regex(r#"\\(?:"|u[0-9A-Fa-f]{4})"#));
    static ESCAPE: LazyLock<Regex> =
        LazyLock::new(|| static_regex(r#"\\+(?:u([0-9A-Fa-f]{4})|(["/nrt]))"#));
    if !JSON_ESCAPE.is_match(text) {
        return Cow::Borrowed(text);
    }
    ESCAPE.replace_all(text, |captures: &Captures<'_>| {
        let plain = match captures.get(2).map(|c| c.as_str()) {
            Some("n") => '\n',
            Some("r") => '\r',
            Some("t") => '\t',
            Some("\"") => '"',
            Some(_) => '/',
            // Halves of a surrogate pair become U+FFFD; every anchor is in the basic plane.
            None => u32::from_str_radix(&captures[1], 16)
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
    use crate::rules::facts::headline::{HEADLINE_LIMIT, headline};

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
        assert!(headline(&"接続 ".repeat(900)).len() <= HEADLINE_LIMIT);
        assert_eq!(headline(""), "");
    }

    #[test]
    fn json_inside_json_is_a_second_view() {
        let views =
            views(r#"ErrorReason: "{\\\"error\\\":\\\"x\\\",\\\"d\\\":\\\"\\u63a5\\u7d9a\\\"}""#);
        assert_eq!(views.len(), 2);
        assert_eq!(views[1].text, r#"ErrorReason: "{"error":"x","d":"接続"}""#);
    }

    #[test]
    fn a_windows_path_alone_makes_no_second_view() {
        assert_eq!(views(r"C:\robots\new\temp DOMAIN\user").len(), 1);
    }
}
