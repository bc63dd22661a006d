//! Finds Windows accounts, `DOMAIN\user`, in text. Paths, registry keys, escape sequences and file
//! names look similar and must not be replaced.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::search::static_regex;

/// A domain in capitals, as systems write it, or any domain after a word for an account.
/// Backslashes may be escaped, once or more. The text before and after distinguishes accounts from
/// paths.
static ACCOUNT: LazyLock<Regex> = LazyLock::new(|| {
    static_regex(
        r#"(?x)
        (?P<before> ^ | [^0-9A-Za-z_\\/:.%@$-]
            | (?P<word> (?i:(?:user|account|identity|login|logon|owner)(?:\ ?name)?)
                [\\"']*\s*[:=]?\s*[\\"'(\[]* ) )
        (?P<domain> [A-Za-z][A-Za-z0-9-]{1,14} ) (?P<slashes> \\+ )
        (?P<user> [A-Za-z][\w.$-]{0,63} ) (?P<after> (?: \\+["'] | [\\/] )? )
        "#,
    )
});

/// Names of system parts that are written like domains.
const NOT_DOMAINS: [&str; 9] =
    ["AUTHORITY", "SERVICE", "APPPOOL", "BUILTIN", "HKLM", "HKCU", "HKCR", "WORKGROUP", "SOFTWARE"];

/// Extensions of file names.
const FILE_EXTENSIONS: [&str; 20] = [
    "xlsx", "xls", "xlsm", "csv", "pdf", "txt", "json", "xml", "log", "xaml", "cs", "docx", "doc",
    "zip", "gz", "dll", "exe", "html", "msg", "nupkg",
];

/// Replaces every account; `pseudonym` gets it as `domain\user` with one backslash.
pub(crate) fn replace<'t>(text: &'t str, pseudonym: impl Fn(&str) -> String) -> Cow<'t, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    ACCOUNT.replace_all(text, |captures: &Captures<'_>| {
        if !is_account(captures) {
            return captures[0].to_string();
        }
        let (user, stop) = match captures["user"].trim_end_matches('.') {
            user if user.len() < captures["user"].len() => (user, "."),
            user => (user, ""),
        };
        let account = format!("{}\\{user}", &captures["domain"]);
        format!("{}{}{stop}{}", &captures["before"], pseudonym(&account), &captures["after"])
    })
}

fn is_account(captures: &Captures<'_>) -> bool {
    let (domain, user) = (&captures["domain"], &captures["user"]);
    let is_upper_case = !domain.bytes().any(|byte| byte.is_ascii_lowercase());
    let extension = user.rsplit_once('.').map_or("", |(_, extension)| extension);
    // An escaped quote ends the account; any other backslash or slash continues a path.
    !captures["after"].ends_with(['\\', '/'])
        && (is_upper_case || captures.name("word").is_some())
        && !NOT_DOMAINS.iter().any(|word| word.eq_ignore_ascii_case(domain))
        && !FILE_EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension))
        && !is_escape(user)
}

/// True if a text is an escape sequence with the backslash before it: `\nMessage`, `\nin
/// Main.xaml`, `\u63a5`, `\xE3`. The text must not be empty.
fn is_escape(text: &str) -> bool {
    let rest = &text[1..];
    let has_hex = |digits: usize| {
        rest.len() >= digits && rest.bytes().take(digits).all(|byte| byte.is_ascii_hexdigit())
    };
    match text.as_bytes()[0] {
        b'n' | b'r' | b't' => {
            rest.is_empty()
                || rest.starts_with(|c: char| c.is_ascii_uppercase() || !c.is_ascii())
                || ["in", "at"].contains(&rest)
        }
        b'u' => has_hex(4),
        b'x' => has_hex(2),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(text: &str) -> String {
        replace(text, |account| format!("<{}>", account.to_lowercase().replace('\\', "|"))).into()
    }

    #[test]
    fn accounts_are_replaced_in_every_escaped_form() {
        for (text, expected) in [
            (r"NORDWIND\svc-bot failed", "<nordwind|svc-bot> failed"),
            (r"Logon failed for 'NORD-1\ann.lee'.", "Logon failed for '<nord-1|ann.lee>'."),
            (r#"{"id":"NORDWIND\\robot1"}"#, r#"{"id":"<nordwind|robot1>"}"#),
            (r#"\"id\":\"NORDWIND\\\\ann\""#, r#"\"id\":\"<nordwind|ann>\""#),
            (r"user nordwind\ann, user=Nord\bob.", "user <nordwind|ann>, user=<nord|bob>."),
            (
                r#""windowsIdentity":"nordwind\\svc-bot""#,
                r#""windowsIdentity":"<nordwind|svc-bot>""#,
            ),
            (r"NORDWIND\ann NORDWIND\bob", "<nordwind|ann> <nordwind|bob>"),
            (
                r"(NORDWIND\tanaka) 利用者 NORDWIND\ueda",
                "(<nordwind|tanaka>) 利用者 <nordwind|ueda>",
            ),
            (r"利用者NORDWIND\ueda（停止）", "利用者<nordwind|ueda>（停止）"),
        ] {
            assert_eq!(replaced(text), expected, "{text}");
        }
    }

    #[test]
    fn texts_that_resemble_accounts_stay() {
        for text in [
            r"C:\Users\x\a.log C:\DATA C:\\Users\\ann",
            r"\\SERVER\share \\\\SERVER\\share",
            r"DATA\report.xlsx DATA\sub\file and DATA\sub/file",
            r"HKLM\Software NT AUTHORITY\SYSTEM IIS APPPOOL\Web",
            r"FAILED\nMessage FAILED\nin Main.xaml FAILED\r\nNext END\n",
            r"KEY\u63a5続 n\xFFght LOGS\xE3\x81",
            r"%TEMP%\cache Orders\Main and Acme\Orders\Main",
            "no backslash at all",
        ] {
            assert_eq!(replaced(text), text);
        }
    }
}
