//! Which parts of a text are secrets: they become `[redacted:<kind>]`. Ids, codes and hosts stay,
//! for without them a report helps nobody; e-mail addresses are `redaction`'s, because a
//! connection's label may be one.

use std::borrow::Cow;
use std::sync::{LazyLock, OnceLock};

use regex::{Captures, Regex, RegexSet};

use crate::redact::secret_prefilter::{NAMES, may_hold_a_secret};
use crate::search::{static_regex, static_regex_set};

/// How a replaced secret begins. What begins so is never replaced again.
const MARK: &str = "[redacted:";

/// From this length on a run of letters is a token, in bytes.
const LONG_WORD: usize = 24;

/// Below this length a value after "password:" is a number in a sentence, in bytes.
const SHORT_SECRET: usize = 4;

/// Secrets that are recognised by their own shape.
static SHAPES: [(&str, Secret); 9] = [
    (
        "private-key",
        Secret::new(|| {
            r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)"
                .into()
        }),
    ),
    (
        "jwt",
        Secret::new(|| {
            r"(?-u:\b)eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?".into()
        }),
    ),
    ("aws-key", Secret::new(|| r"(?-u:\b)(?:AKIA|ASIA)[0-9A-Z]{16}(?-u:\b)".into())),
    (
        "github-token",
        Secret::new(|| {
            r"(?-u:\b)(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})".into()
        }),
    ),
    ("slack-token", Secret::new(|| r"(?-u:\b)xox[abeoprs]-[A-Za-z0-9-]{10,}".into())),
    (
        "slack-webhook",
        Secret::new(|| r"https://hooks\.slack\.com/services/[A-Za-z0-9/_-]{10,}".into()),
    ),
    (
        "google-key",
        Secret::new(|| {
            r"(?-u:\b)(?:AIza[0-9A-Za-z_-]{35}|GOCSPX-[0-9A-Za-z_-]{20,}|ya29\.[0-9A-Za-z_-]{20,})"
                .into()
        }),
    ),
    ("azure-secret", Secret::new(|| r"(?-u:\b)[A-Za-z0-9_~.]{3}8Q~[A-Za-z0-9_~.-]{31,34}".into())),
    ("access-token", Secret::new(|| r"(?-u:\b)rt_[0-9A-F]{32,}(?:-[0-9])?(?-u:\b)".into())),
];

/// `Authorization: Bearer …`, as a header, a JSON member or a property.
static AUTHORIZATION: Secret = Secret::new(|| {
    r#"(?i)((?-u:\b)authorization\\*["']{0,4}\s*[:=]\s*\\*["']{0,4})((?:bearer|basic|digest|negotiate|ntlm|token|apikey)\s+)?([^\s"',;\\]+)"#.into()
});

/// `Bearer …` outside a header.
static BEARER: Secret = Secret::new(|| r"(?i)((?-u:\b)bearer\s+)([A-Za-z0-9._~+/-]{8,}=*)".into());

/// `Cookie: name=value; …`, to the end of the line or of the string.
static COOKIE: Secret = Secret::new(|| {
    r#"(?i)((?-u:\b)(?:set-)?cookie\\*["']{0,4}\s*[:=]\s*\\*["']{0,4})([^\s"'=;\\]+=[^\r\n"']*)"#
        .into()
});

/// `https://user:secret@host`.
static URL: Secret =
    Secret::new(|| r#"(?i)([a-z][a-z0-9+.-]*://)([^\s/:@"'<>]*:[^\s/@"'<>]+)@"#.into());

/// A shared access signature in a query.
static SIGNATURE: Secret =
    Secret::new(|| r#"(?i)([?&;](?:sig|signature|code)=)([^&\s"'<>\\]{8,})"#.into());

/// `name = value` with the value in quotes: plain, escaped once or more, or doubled as in a cell of
/// CSV.
static QUOTED: [Secret; 4] = [
    Secret::new(|| format!(r#"(?i)((?:{NAMES})["']?\s*[:=]\s*")((?:[^"\\]|\\.)+)"#)),
    Secret::new(|| {
        let around = r#"\\+"{1,2}\s*[:=]\s*\\+"{1,2}|""\s*[:=]\s*""|"{4}\s*[:=]\s*"{4}"#;
        format!(r#"(?i)((?:{NAMES})(?:{around}))([^"\\]+)"#)
    }),
    // Behind any number of quotes. Behind an empty value, what divides it from the next begins.
    Secret::new(|| {
        let value = r#"(?:[^"\\\s,;}\])>/]|/[^>"\\])[^"\\]*"#;
        format!(r#"(?i)((?:{NAMES})[\\"]*\s*[:=]\s*[\\"]+")({value})"#)
    }),
    Secret::new(|| format!(r"(?i)((?:{NAMES})'?\s*[:=]\s*')([^'\r\n]+)")),
];

/// `name=value`, bare.
static EQUALS: Secret =
    Secret::new(|| format!(r#"(?i)((?:{NAMES})\s?=\s?)([^\s"'&;,(){{}}\\<>]+)"#));

/// `name: value`, bare. Also how prose goes on after "password:".
static COLON: Secret =
    Secret::new(|| format!(r#"(?i)((?:{NAMES})\s?:\s?)([^\s"'&;,(){{}}\\<>]+)"#));

/// A pattern of secrets, compiled when the first text holds one.
struct Secret {
    pattern: fn() -> String,
    compiled: OnceLock<Regex>,
}

impl Secret {
    const fn new(pattern: fn() -> String) -> Secret {
        Secret { pattern, compiled: OnceLock::new() }
    }

    fn get(&self) -> &Regex {
        self.compiled.get_or_init(|| static_regex(&(self.pattern)()))
    }
}

/// All patterns at once: most texts hold nothing that any of them takes.
static ANY: LazyLock<RegexSet> = LazyLock::new(|| {
    let single = [&URL, &AUTHORIZATION, &BEARER, &COOKIE, &SIGNATURE, &EQUALS, &COLON];
    let secrets = SHAPES.iter().map(|(_, secret)| secret).chain(single).chain(&QUOTED);
    static_regex_set(secrets.map(|secret| (secret.pattern)()))
});

/// The text without secrets. Applying it twice changes nothing more.
pub fn redact(text: &str) -> String {
    without_secrets(text).into_owned()
}

/// The text without what no reader can take for anything but a secret.
pub(crate) fn redact_known_shapes(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    if !may_hold_a_secret(&text) {
        return text;
    }
    replace_shapes(&mut text);
    text
}

fn replace_shapes(text: &mut Cow<'_, str>) {
    for (kind, secret) in &SHAPES {
        replace(text, secret, |_| Some(format!("{MARK}{kind}]")));
    }
}

/// Most passes over a text: each finds what the one before has laid bare.
const PASSES: usize = 8;

/// [`redact`], which copies nothing where there is no secret.
pub(crate) fn without_secrets(text: &str) -> Cow<'_, str> {
    if !may_hold_a_secret(text) || !ANY.is_match(text) {
        return Cow::Borrowed(text);
    }
    let mut text = replace_all(text);
    // What was replaced may have hidden another one: two names can claim the same words.
    for _ in 1..PASSES {
        let again = replace_all(&text);
        if again == text {
            break;
        }
        text = Cow::Owned(again.into_owned());
    }
    text
}

/// One pass of every pattern.
fn replace_all(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    replace_shapes(&mut text);
    replace(&mut text, &URL, |found| Some(format!("{}{MARK}credentials]@", &found[1])));
    replace(&mut text, &AUTHORIZATION, |found| {
        let scheme = found.get(2).map_or("", |scheme| scheme.as_str());
        keep(&found[1], scheme, &found[3], "authorization")
    });
    replace(&mut text, &BEARER, |found| {
        looks_secret(&found[2]).then(|| format!("{}{MARK}bearer]", &found[1]))
    });
    replace(&mut text, &COOKIE, |found| keep(&found[1], "", &found[2], "cookie"));
    replace(&mut text, &SIGNATURE, |found| keep(&found[1], "", &found[2], "signature"));
    for secret in QUOTED.iter().chain([&EQUALS]) {
        replace(&mut text, secret, |found| keep(&found[1], "", &found[2], kind_of(&found[1])));
    }
    replace(&mut text, &COLON, |found| {
        let secret = looks_secret(&found[2]);
        keep(&found[1], "", &found[2], kind_of(&found[1])).filter(|_| secret)
    });
    text
}

/// Replaces what the judge gives a new text for.
fn replace(
    text: &mut Cow<'_, str>,
    secret: &Secret,
    judge: impl Fn(&Captures<'_>) -> Option<String>,
) {
    let replaced = secret.get().replace_all(text, |found: &Captures<'_>| {
        judge(found).unwrap_or_else(|| found[0].to_string())
    });
    if let Cow::Owned(replaced) = replaced {
        *text = Cow::Owned(replaced);
    }
}

/// Name and scheme stay, the value goes, unless it is gone already.
fn keep(name: &str, scheme: &str, value: &str, kind: &str) -> Option<String> {
    (!value.contains(MARK)).then(|| format!("{name}{scheme}{MARK}{kind}]"))
}

fn kind_of(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    let holds = |part| name.contains(part);
    if holds("pass") || holds("pwd") {
        "password"
    } else if holds("token") || holds("assertion") {
        "token"
    } else if holds("key") {
        "key"
    } else {
        "secret"
    }
}

/// True for what no sentence goes on with: digits or signs inside, or very long.
fn looks_secret(value: &str) -> bool {
    let body = value.trim_end_matches(['.', ':', '!', '?', ']']);
    let odd = |c: char| !c.is_alphabetic() && c != '-' && c != '/';
    body.len() >= LONG_WORD || (body.len() >= SHORT_SECRET && body.chars().any(odd))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What patterns are made of, and what makes them fail.
    const PIECES: &[&str] = &[
        "password",
        "PassCode",
        "pwd",
        "client_ſecret",
        "toKen",
        "access_",
        "sig",
        "code",
        "?",
        "authorization",
        "Cookie",
        "BEArer",
        "a.b-c1234567",
        "=",
        ":",
        "\"",
        "'",
        "\\",
        " ",
        "\u{3000}",
        "\n",
        "://",
        "@",
        "u",
        "x:y",
        "eyJhbGciOiJIUzI1.eyJzdWIiOiIx",
        "rt_",
        "8Q~",
        "0123456789ABCDEF0123456789ABCDEF",
        "xoxb-",
        "AKIAABCDEFGHIJKLMNOP",
        "接",
        ";",
        "{",
        "}",
        "-----BEGIN RSA PRIVATE KEY-----",
        "https://hooks.slack.com/services/",
        "ya29.",
        "ghp_",
    ];

    proptest! {
        #[test]
        fn no_text_with_a_secret_is_passed_over(
            pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..12),
        ) {
            let text = pieces.concat();
            prop_assert!(may_hold_a_secret(&text) || !ANY.is_match(&text), "{}", text);
        }
    }

    #[test]
    fn secrets_go() {
        for (text, expected) in [
            ("Authorization: Bearer abc.def-123", "Authorization: Bearer [redacted:authorization]"),
            (
                r#""authorization":"Basic dXNlcjpwYXNz""#,
                r#""authorization":"Basic [redacted:authorization]""#,
            ),
            ("sent bearer 0a1b2c3d4e5f now", "sent bearer [redacted:bearer] now"),
            ("t=eyJhbGciOiJIUzI1.eyJzdWIiOiIx.c2ln x", "t=[redacted:jwt] x"),
            (r#"{"password":"a\"b c","x":1}"#, r#"{"password":"[redacted:password]","x":1}"#),
            (
                r#"{\"client_secret\":\"abc\",\"x\":1}"#,
                r#"{\"client_secret\":\"[redacted:secret]\",\"x\":1}"#,
            ),
            (
                r#"{""client_secret"":""abc"",""x"":1}"#,
                r#"{""client_secret"":""[redacted:secret]"",""x"":1}"#,
            ),
            (r#"{""password"":"""",""x"":1}"#, r#"{""password"":"""",""x"":1}"#),
            (r#"client_secret=""a b""; x"#, r#"client_secret=""[redacted:secret]""; x"#),
            (r#"password="" user=""x"""#, r#"password="" user=""x"""#),
            (r#"<a password=""/>"<"#, r#"<a password=""/>"<"#),
            (r#"pwd=""""abc"""" x"#, r#"pwd=""""[redacted:password]"""" x"#),
            (r#"Dim pwd = ""abc"#, r#"Dim pwd = ""[redacted:password]"#),
            (
                r#"{\""pwd\"": \""abc\"",\""x\"":1}"#,
                r#"{\""pwd\"": \""[redacted:password]\"",\""x\"":1}"#,
            ),
            (
                r#"{""Authorization"":""Basic dXNlcjpwYXNz""}"#,
                r#"{""Authorization"":""Basic [redacted:authorization]""}"#,
            ),
            ("grant?refresh_token=abc&x=1", "grant?refresh_token=[redacted:token]&x=1"),
            (
                "Server=a;User ID=sa;Password=S3cret!;Encrypt=1",
                "Server=a;User ID=sa;Password=[redacted:password];Encrypt=1",
            ),
            ("AccountKey=abcd==;EndpointSuffix=x", "AccountKey=[redacted:key];EndpointSuffix=x"),
            ("Pwd='two words'; x", "Pwd='[redacted:password]'; x"),
            ("db_password: hunter2 x", "db_password: [redacted:password] x"),
            ("https://bob:pw@host.example/x", "https://[redacted:credentials]@host.example/x"),
            ("Cookie: sid=abc; theme=dark\nnext", "Cookie: [redacted:cookie]\nnext"),
            (
                "https://b.example/c?sv=1&sig=abcdefgh%3D",
                "https://b.example/c?sv=1&sig=[redacted:signature]",
            ),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----!",
                "[redacted:private-key]!",
            ),
            ("key AKIAABCDEFGHIJKLMNOP.", "key [redacted:aws-key]."),
            ("xoxb-123456789012-abc", "[redacted:slack-token]"),
            // Two names claim the same words; the second one's secret must not stay.
            (
                "?sig=Authorization: [redacted:Authorization: abc",
                "?sig=[redacted:signature] [redacted:Authorization: [redacted:authorization]",
            ),
        ] {
            assert_eq!(redact(text), expected);
        }
    }

    #[test]
    fn what_a_report_needs_stays() {
        for text in [
            "Connection [5f0e7d6c-1111-4222-8333-0123456789ab] is invalid Error code: DAP-GE-3000.",
            "An invalid connection id, and/or Bearer token provided.",
            "Invalid password: please re-enter it, password: 3 attempts left",
            "Could not obtain access token. (invalid_grant)",
            r#"{"error":"invalid_grant","error_description":"expired access/refresh token"}"#,
            "No such host is known. (cloud.example.com:443)",
            "owner ann@example.com at https://cloud.example.com/a/b?x=1",
            "Invalid Organization or User secret, or invalid Element token provided.",
            "Task.Run(CancellationToken token)",
        ] {
            assert_eq!(redact(text), text);
        }
    }
}
