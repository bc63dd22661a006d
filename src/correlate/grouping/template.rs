//! The template of an error text: the text with everything masked that differs between jobs. Equal
//! errors have equal templates. Templates are coarse on purpose: a group of one record is of no use.
//! Reads one text alone, so that the order of records has no effect.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::model::knowledge::KNOWLEDGE;
use crate::model::{Guid, cut};

/// Bytes of a template without its codes; a longer one is not more informative.
const MAX_TEMPLATE: usize = 200;

/// Bytes of the codes in a template. The codes of one error are shorter, but a text may contain
/// thousands.
const MAX_CODES: usize = 80;

/// Bytes of the shortest sentence that names an error; a shorter one includes the next sentence.
const MIN_SENTENCE: usize = 24;

/// Letters of an id without hyphens.
const ID_LETTERS: usize = 32;

/// The end of the name of an exception class.
const CLASS_END: &str = "Exception";

static CLASS_END_FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(CLASS_END));

/// Words in the name of an activity that are not capitalised.
const SMALL_WORDS: &[&str] =
    &["a", "an", "and", "by", "for", "from", "in", "of", "on", "or", "the", "to"];

/// The character that closes a quotation. Quoted text is a name and is masked.
fn closing_quote(open: char) -> Option<char> {
    Some(match open {
        '"' | '\'' | '`' => open,
        '{' => '}',
        '「' => '」',
        '『' => '』',
        _ => return None,
    })
}

/// Masked exception class, first sentence and codes of an error. `headline` is that of the message,
/// `text` the stored part of the whole message.
pub fn template(headline: &str, text: &str, activity: Option<&str>, codes: &[String]) -> String {
    let sentence = mask_text(error_text(headline, activity));
    let mut out = String::new();
    if let Some(class) = exception_class(text).filter(|class| !sentence.contains(class)) {
        out = format!("{class}: ");
    }
    out.push_str(first_sentence(&sentence));
    let missing: Vec<&str> =
        codes.iter().map(String::as_str).filter(|code| !out.contains(code)).collect();
    let out = cut(&out, MAX_TEMPLATE).trim_end();
    let missing = missing.join(", ");
    let missing = cut(&missing, MAX_CODES);
    if missing.is_empty() { out.to_string() } else { format!("{out} ({missing})") }
}

/// The text after the names of activities and inside the wrapper of an exception.
fn error_text<'t>(headline: &'t str, activity: Option<&str>) -> &'t str {
    let mut text = headline;
    if let Some(activity) = activity.filter(|name| !name.is_empty()) {
        let prefix = format!("{activity}: ");
        if let Some(start) = text.rfind(&prefix) {
            text = &text[start + prefix.len()..];
        }
    }
    while let Some((name, rest)) = text.split_once(": ") {
        let is_chain = name.split(" wrapping ").all(is_class);
        if !(is_activity(name) || is_chain) || rest.is_empty() {
            break;
        }
        text = rest;
    }
    text.rsplit_once(&KNOWLEDGE.activities.wrappers.text).map_or(text, |(_, inner)| inner)
}

/// True for a name with the capitals of an activity: `Google Drive`, `Get File or Folder`.
fn is_activity(name: &str) -> bool {
    name.split(' ').all(|word| {
        SMALL_WORDS.contains(&word)
            || word.starts_with(char::is_uppercase) && word.chars().all(char::is_alphanumeric)
    })
}

fn is_class(word: &str) -> bool {
    word.ends_with(CLASS_END)
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_')
}

/// The first exception class in a text that is not a wrapper.
fn exception_class(text: &str) -> Option<&str> {
    let is_separator = |c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_');
    let wrappers = &KNOWLEDGE.activities.wrappers.classes;
    let is_wrapper =
        |class: &str| wrappers.iter().any(|name| class.rsplit('.').next() == Some(name));
    CLASS_END_FINDER
        .find_iter(text.as_bytes())
        .filter_map(|start| {
            let (before, after) = text.split_at(start + CLASS_END.len());
            // Full stops after a class end its sentence; letters make it part of another word.
            let is_end = after.split(is_separator).next()?.bytes().all(|byte| byte == b'.');
            before.rsplit(is_separator).next().filter(|_| is_end)
        })
        .find(|class| is_class(class) && !is_wrapper(class))
}

/// The first sentence of a masked text, without masked numbers and ids in brackets at its end.
fn first_sentence(text: &str) -> &str {
    let sentence = &text[..sentence_end(text)];
    let is_mask = |c: char| c == ' ' || "#()[]<>".contains(c);
    let bare = sentence.trim_end_matches(is_mask);
    match sentence[bare.len()..].find(['(', '[']) {
        Some(start) if !bare.is_empty() => sentence[..bare.len() + start].trim_end(),
        _ => sentence,
    }
}

/// The first end of a sentence at or after [`MIN_SENTENCE`] bytes, otherwise the end of the text.
fn sentence_end(text: &str) -> usize {
    let mut ends = text.char_indices().filter_map(|(start, c)| {
        let end = start + c.len_utf8();
        let is_end = match c {
            '。' => true,
            '.' | '!' | '?' => text[end..].is_empty() || text[end..].starts_with(' '),
            _ => false,
        };
        is_end.then_some(end)
    });
    ends.find(|end| *end >= MIN_SENTENCE).unwrap_or(text.len())
}

/// Masks quoted text, ids, numbers, dates, addresses and paths.
fn mask_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // `rest[..start]` is part of the current word and holds no separator.
    let (mut rest, mut start) = (text, 0);
    let is_separator = |c: char| c == ' ' || closing_quote(c).is_some();
    while let Some(offset) = rest[start..].find(is_separator) {
        let (word, after) = rest.split_at(start + offset);
        let mut chars = after.chars();
        let Some(separator) = chars.next() else { break };
        // An apostrophe inside a word (`doesn't`) is not a quote.
        if separator == '\'' && word.ends_with(char::is_alphanumeric) {
            start = word.len() + 1;
            continue;
        }
        push_masked(word, &mut out);
        out.push(separator);
        (rest, start) = (chars.as_str(), 0);
        if let Some(close) = closing_quote(separator) {
            out.push('…');
            rest = match rest.split_once(close) {
                Some((_, after)) => {
                    out.push(close);
                    after
                }
                None => "",
            };
        }
    }
    push_masked(rest, &mut out);
    out.trim().to_string()
}

/// Masks the text between two separators. Japanese is written without blanks, so each run of ASCII
/// or other characters is a word of its own.
fn push_masked(text: &str, out: &mut String) {
    if is_short_word(text) {
        out.push_str(text);
        return;
    }
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| c.is_ascii() != first.is_ascii()).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        if first.is_ascii() {
            push_masked_ascii(run, out);
        } else {
            out.extend(run.chars().map(|c| if c.is_numeric() { '#' } else { c }));
        }
        rest = after;
    }
}

/// Masks one ASCII word and leaves the punctuation around it.
fn push_masked_ascii(text: &str, out: &mut String) {
    let body = text.trim_start_matches(|c: char| "([<;,".contains(c));
    let before = &text[..text.len() - body.len()];
    let word = body.trim_end_matches(|c: char| ")]>;,.:!?".contains(c));
    let after = &body[word.len()..];
    out.push_str(before);
    // Both sides of `name=value` are masked separately, those of a query string are not.
    match word.split_once('=') {
        Some((name, value)) if !word.contains("://") && !value.is_empty() => {
            out.push_str(mask_word(name));
            out.push('=');
            out.push_str(mask_word(value));
        }
        _ => out.push_str(mask_word(word)),
    }
    out.push_str(after);
}

/// True for a word of letters too short to be an id. Most words are.
fn is_short_word(word: &str) -> bool {
    word.len() < ID_LETTERS && word.bytes().all(|b| b.is_ascii_alphabetic())
}

fn mask_word(word: &str) -> &str {
    if is_short_word(word) {
        return word;
    }
    let is_code = KNOWLEDGE.codes.families.iter().any(|family| word.starts_with(&family.start));
    if is_code || is_class(word) || word.starts_with("[redacted:") {
        word
    } else if Guid::parse(word).is_some() {
        "<id>"
    } else if word.contains("://") {
        "<url>"
    } else if word.contains('@') {
        "<mail>"
    } else if word.contains('\\') || word.starts_with('/') || word.matches('/').count() > 1 {
        "<path>"
    } else if word.bytes().any(|b| b.is_ascii_digit()) {
        "#"
    } else if is_host(word) {
        "<host>"
    } else {
        word
    }
}

/// True for `mail.example.com` and for a file name like `report.xlsx`, not for `System.Net.Http`.
fn is_host(word: &str) -> bool {
    let Some((_, last)) = word.rsplit_once('.') else { return false };
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    last.len() > 1 && last.bytes().all(|b| b.is_ascii_lowercase()) && word.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn template_of(text: &str) -> String {
        template(text, text, None, &[])
    }

    #[test]
    fn what_differs_between_jobs_is_masked() {
        for (text, expected) in [
            (
                "Job 12: can't open \"Sales\" of 0f6f6a0e-2c55-4b8f-9d6e-3b0a51c7e9aa now",
                "Job #: can't open \"…\" of <id> now",
            ),
            (
                "Mail ann@example.com to mail.example.com at https://x.example/y?z=1 failed",
                "Mail <mail> to <host> at <url> failed",
            ),
            (
                r"File C:\data\a.xlsx or /tmp/b/c of report.xlsx on 2026-11-22T02:00:00Z (id=77)",
                "File <path> or <path> of <host> on # (id=#)",
            ),
            (
                "System.Net.Http answered 503 in DAP-RT-1999.",
                "System.Net.Http answered # in DAP-RT-1999.",
            ),
            ("接続先12が３回「経理」無効です。続きの文", "接続先#が#回「…」無効です。"),
            ("An open 'quote that is cut", "An open '…"),
            ("The server said (404) (id 7)", "The server said (#) (id #)"),
            ("The server said no (404) [12]", "The server said no"),
            ("(5) [7]", "(#) [#]"),
        ] {
            assert_eq!(template_of(text), expected, "{text}");
        }
    }

    #[test]
    fn the_sentence_after_the_activity_is_the_error() {
        let error = "The gateway refused tenant Ledger after some tries";
        for prefix in ["", "Post Invoice: ", "Main: Get File or Folder: ", "Google Drive: "] {
            assert_eq!(
                template_of(&format!("{prefix}{error}. See the log of 12:00.")),
                format!("{error}.")
            );
        }
        let chain = "RemoteException wrapping System.AggregateException";
        assert_eq!(
            template_of(&format!("{chain}: Get Mail: No route to host [1] (0x80)")),
            "No route to host"
        );
        let wrapped = format!("post it!: One or more errors occurred. ({error}. More)");
        assert_eq!(template(&wrapped, "", Some("post it!"), &[]), format!("{error}."));
        assert_eq!(
            template_of("Access denied: the user is not known here"),
            "Access denied: the user is not known here"
        );
    }

    #[test]
    fn class_and_codes_are_part_of_the_template() {
        let codes = ["DAP-RT-1999".to_string()];
        let text = "Odd.\nin Main.xaml\n--- .NET stack trace ---\nAcme.Sap.TokenException: Odd.";
        assert_eq!(
            template("Odd.", text, None, &codes),
            "Acme.Sap.TokenException: Odd. (DAP-RT-1999)"
        );
        assert_eq!(template("Odd DAP-RT-1999", "", None, &codes), "Odd DAP-RT-1999");
    }

    proptest! {
        #[test]
        fn any_text_has_a_short_template(
            text in "\\PC{0,400}",
            activity in "\\PC{0,9}",
            codes in prop::collection::vec("AADSTS[0-9]{5}", 0..40),
        ) {
            let template = template(&text, &text, Some(&activity), &codes);
            prop_assert!(template.len() <= MAX_TEMPLATE + MAX_CODES + 3);
            prop_assert!(!template.contains('\n'));
        }
    }
}
