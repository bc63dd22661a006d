//! Accounts of Windows, `DOMAIN\user`, in running text. A path, a registry key, an escape sequence and
//! the name of a file look nearly alike and are none.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::search::static_regex;

/// A domain in capitals, as systems write it, or any behind a word for an account. Backslashes may be
/// escaped, once or more. What stands before and behind tells paths apart.
static ACCOUNT: LazyLock<Regex> = LazyLock::new(|| {
    static_regex(
        r#"(?x)
        (?P<before> ^ | [^0-9A-Za-z_\\/:.%@$-]
            | (?P<word> (?i:(?:user|account|identity|login|logon|owner)(?:\ ?name)?)
                [\\"']*\s*[:=]?\s*[\\"'(\[]* ) )
        (?P<domain> [A-Za-z][A-Za-z0-9-]{1,14} ) (?P<slashes> \\+ )
        (?P<user> [A-Za-z][\w.$-]{0,63} ) (?P<behind> (?: \\+["'] | [\\/] )? )
        "#,
    )
});

/// Parts of a system that are written like domains.
const NO_DOMAINS: [&str; 9] =
    ["AUTHORITY", "SERVICE", "APPPOOL", "BUILTIN", "HKLM", "HKCU", "HKCR", "WORKGROUP", "SOFTWARE"];

/// How names of files end.
const FILES: [&str; 20] = [
    "xlsx", "xls", "xlsm", "csv", "pdf", "txt", "json", "xml", "log", "xaml", "cs", "docx", "doc",
    "zip", "gz", "dll", "exe", "html", "msg", "nupkg",
];

/// The text with something else for every account; the account comes as `domain\user`.
pub(crate) fn replace<'t>(text: &'t str, stand_in: impl Fn(&str) -> String) -> Cow<'t, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    ACCOUNT.replace_all(text, |found: &Captures<'_>| {
        if !is_account(found) {
            return found[0].to_string();
        }
        let (user, stop) = match found["user"].trim_end_matches('.') {
            user if user.len() < found["user"].len() => (user, "."),
            user => (user, ""),
        };
        let account = format!("{}\\{user}", &found["domain"]);
        format!("{}{}{stop}{}", &found["before"], stand_in(&account), &found["behind"])
    })
}

fn is_account(found: &Captures<'_>) -> bool {
    let (domain, user) = (&found["domain"], &found["user"]);
    let capitals = !domain.bytes().any(|byte| byte.is_ascii_lowercase());
    let ending = user.rsplit_once('.').map_or("", |(_, ending)| ending);
    // An escaped quote ends it, and what is no quote goes on as a path.
    !found["behind"].ends_with(['\\', '/'])
        && (capitals || found.name("word").is_some())
        && !NO_DOMAINS.iter().any(|word| word.eq_ignore_ascii_case(domain))
        && !FILES.iter().any(|known| known.eq_ignore_ascii_case(ending))
        && !is_escape(user)
}

/// What a backslash in front makes an escape: `\nMessage`, `\nin Main.xaml`, `\u63a5`, `\xE3`.
fn is_escape(behind: &str) -> bool {
    let rest = &behind[1..];
    let hex = |digits: usize| {
        rest.len() >= digits && rest.bytes().take(digits).all(|byte| byte.is_ascii_hexdigit())
    };
    match behind.as_bytes()[0] {
        b'n' | b'r' | b't' => {
            rest.is_empty()
                || rest.starts_with(|c: char| c.is_ascii_uppercase() || !c.is_ascii())
                || ["in", "at"].contains(&rest)
        }
        b'u' => hex(4),
        b'x' => hex(2),
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
    fn accounts_are_found_however_they_are_escaped() {
        for (text, told) in [
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
            assert_eq!(replaced(text), told, "{text}");
        }
    }

    #[test]
    fn what_looks_nearly_alike_stays() {
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
