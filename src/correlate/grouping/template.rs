//! The template of an error text: what stays of it when everything that differs between jobs is
//! masked. Equal for equal errors, coarse on purpose: a cluster of one record helps nobody. Looks
//! at one text alone, so that no order of records can show in it.

use crate::model::Guid;
use crate::model::cut;
use memchr::memmem::Finder;
use std::sync::LazyLock;
/// A template longer than this says no more.
const TEMPLATE: usize = 200;

/// Codes of one error take less; a text may hold thousands.
const CODES: usize = 80;

/// A sentence shorter than this names nothing: the next one belongs to it.
const SENTENCE: usize = 24;

/// Letters of an id without dashes.
const ID_LETTERS: usize = 32;

/// How the name of an exception class ends.
const CLASS_END: &str = "Exception";

/// Where such a name may end.
static CLASS_ENDS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(CLASS_END));

/// How an exception that holds others begins; what it holds is the error.
const WRAPPER: &str = "One or more errors occurred. (";

/// Exceptions that only hold others: they name no error.
const WRAPPERS: &[&str] = &["Exception", "AggregateException", "RemoteException"];

/// Words of an activity's name that are not capitalised.
const SMALL: &[&str] =
    &["a", "an", "and", "by", "for", "from", "in", "of", "on", "or", "the", "to"];

/// What closes a quotation that this sign opens: whatever is quoted is a name.
fn closing(open: char) -> Option<char> {
    Some(match open {
        '"' | '\'' | '`' => open,
        '{' => '}',
        '「' => '」',
        '『' => '』',
        _ => return None,
    })
}

/// Exception class, first sentence and codes of an error, masked. `core` is its headline, `text`
/// what is kept of the whole message.
pub fn template(core: &str, text: &str, activity: Option<&str>, codes: &[String]) -> String {
    let sentence = masked(sentence(core, activity));
    let mut out = String::new();
    if let Some(class) = exception(text).filter(|class| !sentence.contains(class)) {
        out = format!("{class}: ");
    }
    out.push_str(first_sentence(&sentence));
    let missing: Vec<&str> =
        codes.iter().map(String::as_str).filter(|code| !out.contains(code)).collect();
    let out = cut(&out, TEMPLATE).trim_end();
    let missing = missing.join(", ");
    let missing = cut(&missing, CODES);
    if missing.is_empty() { out.to_string() } else { format!("{out} ({missing})") }
}

/// The text behind the names of activities and the wrapper of an exception.
fn sentence<'t>(core: &'t str, activity: Option<&str>) -> &'t str {
    let mut rest = core;
    if let Some(activity) = activity.filter(|name| !name.is_empty()) {
        let name = format!("{activity}: ");
        if let Some(at) = rest.rfind(&name) {
            rest = &rest[at + name.len()..];
        }
    }
    while let Some((name, behind)) = rest.split_once(": ") {
        let is_chain = name.split(" wrapping ").all(is_class);
        if !(is_activity(name) || is_chain) || behind.is_empty() {
            break;
        }
        rest = behind;
    }
    rest.rsplit_once(WRAPPER).map_or(rest, |(_, inner)| inner)
}

/// A capitalised name as designers give activities: `Google Drive`, `Get File or Folder`.
fn is_activity(name: &str) -> bool {
    name.split(' ').all(|word| {
        SMALL.contains(&word)
            || word.starts_with(char::is_uppercase) && word.chars().all(char::is_alphanumeric)
    })
}

fn is_class(word: &str) -> bool {
    word.ends_with(CLASS_END)
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_')
}

/// The first exception class of a text that names an error.
fn exception(text: &str) -> Option<&str> {
    let part = |c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_');
    let wraps = |class: &str| WRAPPERS.iter().any(|name| class.rsplit('.').next() == Some(name));
    CLASS_ENDS
        .find_iter(text.as_bytes())
        .filter_map(|at| {
            let (before, behind) = text.split_at(at + CLASS_END.len());
            // Full stops behind a class end its sentence; letters make it another word.
            let ends = behind.split(part).next()?.bytes().all(|byte| byte == b'.');
            before.rsplit(part).next().filter(|_| ends)
        })
        .find(|class| is_class(class) && !wraps(class))
}

/// Up to the end of the first sentence that says something, without numbers and ids in brackets
/// behind it.
fn first_sentence(text: &str) -> &str {
    let sentence = whole_sentence(text);
    let is_mask = |c: char| c == ' ' || "#()[]<>".contains(c);
    let bare = sentence.trim_end_matches(is_mask);
    match sentence[bare.len()..].find(['(', '[']) {
        Some(at) if !bare.is_empty() => sentence[..bare.len() + at].trim_end(),
        _ => sentence,
    }
}

fn whole_sentence(text: &str) -> &str {
    let ends = text.char_indices().filter_map(|(at, c)| {
        let end = at + c.len_utf8();
        let stops = match c {
            '。' => true,
            '.' | '!' | '?' => text[end..].is_empty() || text[end..].starts_with(' '),
            _ => false,
        };
        stops.then_some(end)
    });
    let mut ends = ends.filter(|end| *end >= SENTENCE);
    ends.next().map_or(text, |end| &text[..end])
}

/// The text with what is quoted, ids, numbers, dates, addresses and paths masked.
fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut from) = (text, 0);
    let divides = |c: char| c == ' ' || closing(c).is_some();
    while let Some(found) = rest[from..].find(divides) {
        let (word, behind) = rest.split_at(from + found);
        let mut signs = behind.chars();
        let Some(sign) = signs.next() else { break };
        // An apostrophe inside a word (`doesn't`) opens nothing.
        if sign == '\'' && word.ends_with(char::is_alphanumeric) {
            from = word.len() + 1;
            continue;
        }
        flush(word, &mut out);
        out.push(sign);
        (rest, from) = (signs.as_str(), 0);
        if let Some(close) = closing(sign) {
            out.push('…');
            rest = match rest.split_once(close) {
                Some((_, behind)) => {
                    out.push(close);
                    behind
                }
                None => "",
            };
        }
    }
    flush(rest, &mut out);
    out.trim().to_string()
}

/// Writes what stands between two blanks. Japanese has none: there each run of other letters is a
/// word of its own.
fn flush(word: &str, out: &mut String) {
    if is_plain(word) {
        out.push_str(word);
        return;
    }
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| c.is_ascii() != first.is_ascii()).unwrap_or(rest.len());
        let (run, behind) = rest.split_at(end);
        if first.is_ascii() {
            plain(run, out);
        } else {
            let number = |c: char| if c.is_numeric() { '#' } else { c };
            out.extend(run.chars().map(number));
        }
        rest = behind;
    }
}

/// One word without blanks, with the signs around it left as they are.
fn plain(run: &str, out: &mut String) {
    let body = run.trim_start_matches(|c: char| "([<;,".contains(c));
    let (before, body) = (&run[..run.len() - body.len()], body);
    let inner = body.trim_end_matches(|c: char| ")]>;,.:!?".contains(c));
    let after = &body[inner.len()..];
    out.push_str(before);
    // `name=value` and `host:443`: each side for itself.
    match inner.split_once('=') {
        Some((name, value)) if !inner.contains("://") && !value.is_empty() => {
            out.push_str(mask(name));
            out.push('=');
            out.push_str(mask(value));
        }
        _ => out.push_str(mask(inner)),
    }
    out.push_str(after);
}

/// Most words are nothing but letters; so few of them are no id.
fn is_plain(word: &str) -> bool {
    word.len() < ID_LETTERS && word.bytes().all(|b| b.is_ascii_alphabetic())
}

fn mask(word: &str) -> &str {
    if is_plain(word) {
        return word;
    }
    let is_code = ["DAP-", "CNS", "AADSTS"].iter().any(|family| word.starts_with(family));
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

/// `mail.example.com`, and a file's name as well; not `System.Net.Http`.
fn is_host(word: &str) -> bool {
    let Some((_, last)) = word.rsplit_once('.') else { return false };
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    last.len() > 1 && last.bytes().all(|b| b.is_ascii_lowercase()) && word.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(core: &str) -> String {
        template(core, core, None, &[])
    }

    #[test]
    fn templates_forget_what_differs_between_jobs() {
        for (text, wanted) in [
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
            assert_eq!(of(text), wanted, "{text}");
        }
    }

    #[test]
    fn the_sentence_behind_the_activity_is_the_error() {
        let told = "The gateway refused tenant Ledger after some tries";
        for before in ["", "Post Invoice: ", "Main: Get File or Folder: ", "Google Drive: "] {
            assert_eq!(of(&format!("{before}{told}. See the log of 12:00.")), format!("{told}."));
        }
        let chain = "RemoteException wrapping System.AggregateException";
        assert_eq!(
            of(&format!("{chain}: Get Mail: No route to host [1] (0x80)")),
            "No route to host"
        );
        let wrapped = format!("post it!: One or more errors occurred. ({told}. More)");
        assert_eq!(template(&wrapped, "", Some("post it!"), &[]), format!("{told}."));
        assert_eq!(
            of("Access denied: the user is not known here"),
            "Access denied: the user is not known here"
        );
    }

    #[test]
    fn class_and_codes_divide() {
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
            let told = template(&text, &text, Some(&activity), &codes);
            prop_assert!(told.len() <= TEMPLATE + CODES + 3);
            prop_assert!(!told.contains('\n'));
        }
    }
}
