//! Replaces the secrets in a text by `[redacted:<kind>]`. Ids, codes and hosts stay, since a report
//! is useless without them. E-mail addresses are left to `redaction`, because the label of a
//! connection may be one.

use std::borrow::Cow;
use std::sync::{LazyLock, OnceLock};

use regex::{Captures, Regex, RegexSet};

use crate::redact::secret_prefilter::{NAMES, may_hold_a_secret};
use crate::search::{static_regex, static_regex_set};

/// Beginning of a replaced secret; such a text is never replaced again.
const REDACTED: &str = "[redacted:";

/// Length in bytes from which on a run of letters is a token.
const LONG_WORD: usize = 24;

/// Length in bytes below which a value after "password:" is a number in a sentence.
const SHORT_SECRET: usize = 4;

/// Secrets with a known shape, which need no name before them.
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
    // After any number of quotes. A separator instead of a value means that the value is empty.
    Secret::new(|| {
        let value = r#"(?:[^"\\\s,;}\])>/]|/[^>"\\])[^"\\]*"#;
        format!(r#"(?i)((?:{NAMES})[\\"]*\s*[:=]\s*[\\"]+")({value})"#)
    }),
    Secret::new(|| format!(r"(?i)((?:{NAMES})'?\s*[:=]\s*')([^'\r\n]+)")),
];

/// `name=value` without quotes.
static EQUALS_VALUE: Secret =
    Secret::new(|| format!(r#"(?i)((?:{NAMES})\s?=\s?)([^\s"'&;,(){{}}\\<>]+)"#));

/// `name: value` without quotes. Prose may follow "password:" in the same form.
static COLON_VALUE: Secret =
    Secret::new(|| format!(r#"(?i)((?:{NAMES})\s?:\s?)([^\s"'&;,(){{}}\\<>]+)"#));

/// A pattern of secrets, compiled on first use.
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

/// All patterns at once: most texts match none of them.
static ANY_SECRET: LazyLock<RegexSet> = LazyLock::new(|| {
    let single = [&URL, &AUTHORIZATION, &BEARER, &COOKIE, &SIGNATURE, &EQUALS_VALUE, &COLON_VALUE];
    let secrets = SHAPES.iter().map(|(_, secret)| secret).chain(single).chain(&QUOTED);
    static_regex_set(secrets.map(|secret| (secret.pattern)()))
});

/// Replaces all secrets. Idempotent.
pub fn redact(text: &str) -> String {
    without_secrets(text).into_owned()
}

/// Replaces only secrets with a known shape.
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
        replace(text, secret, |_| Some(format!("{REDACTED}{kind}]")));
    }
}

/// Most passes over a text: a replacement may expose another secret.
const PASSES: usize = 8;

/// [`redact`] without a copy of a text that holds no secret.
pub(crate) fn without_secrets(text: &str) -> Cow<'_, str> {
    if !may_hold_a_secret(text) || !ANY_SECRET.is_match(text) {
        return Cow::Borrowed(text);
    }
    let mut text = replace_all(text);
    // A replaced secret may have hidden another one: two names may claim the same value.
    for _ in 1..PASSES {
        let again = replace_all(&text);
        if again == text {
            break;
        }
        text = Cow::Owned(again.into_owned());
    }
    text
}

fn replace_all(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    replace_shapes(&mut text);
    replace(&mut text, &URL, |captures| Some(format!("{}{REDACTED}credentials]@", &captures[1])));
    replace(&mut text, &AUTHORIZATION, |captures| {
        let scheme = captures.get(2).map_or("", |scheme| scheme.as_str());
        redact_value(&captures[1], scheme, &captures[3], "authorization")
    });
    replace(&mut text, &BEARER, |captures| {
        is_like_secret(&captures[2]).then(|| format!("{}{REDACTED}bearer]", &captures[1]))
    });
    replace(&mut text, &COOKIE, |captures| redact_value(&captures[1], "", &captures[2], "cookie"));
    replace(&mut text, &SIGNATURE, |captures| {
        redact_value(&captures[1], "", &captures[2], "signature")
    });
    for secret in QUOTED.iter().chain([&EQUALS_VALUE]) {
        replace(&mut text, secret, |captures| {
            redact_value(&captures[1], "", &captures[2], kind_of(&captures[1]))
        });
    }
    replace(&mut text, &COLON_VALUE, |captures| {
        let is_secret = is_like_secret(&captures[2]);
        redact_value(&captures[1], "", &captures[2], kind_of(&captures[1])).filter(|_| is_secret)
    });
    text
}

/// Replaces the matches for which `replacement` returns a text.
fn replace(
    text: &mut Cow<'_, str>,
    secret: &Secret,
    replacement: impl Fn(&Captures<'_>) -> Option<String>,
) {
    let replaced = secret.get().replace_all(text, |captures: &Captures<'_>| {
        replacement(captures).unwrap_or_else(|| captures[0].to_string())
    });
    if let Cow::Owned(replaced) = replaced {
        *text = Cow::Owned(replaced);
    }
}

/// Replaces the value after its name and scheme, unless it is replaced already.
fn redact_value(name: &str, scheme: &str, value: &str, kind: &str) -> Option<String> {
    (!value.contains(REDACTED)).then(|| format!("{name}{scheme}{REDACTED}{kind}]"))
}

fn kind_of(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    let has = |part| name.contains(part);
    if has("pass") || has("pwd") {
        "password"
    } else if has("token") || has("assertion") {
        "token"
    } else if has("key") {
        "key"
    } else {
        "secret"
    }
}

/// True for a value that is not a word of a sentence: with digits or signs inside, or very long.
fn is_like_secret(value: &str) -> bool {
    let body = value.trim_end_matches(['.', ':', '!', '?', ']']);
    let is_sign = |c: char| !c.is_alphabetic() && c != '-' && c != '/';
    body.len() >= LONG_WORD || (body.len() >= SHORT_SECRET && body.chars().any(is_sign))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Parts of texts that the patterns match, and texts that prevent a match.
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
        fn the_prefilter_misses_no_secret(
            pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..12),
        ) {
            let text = pieces.concat();
            prop_assert!(may_hold_a_secret(&text) || !ANY_SECRET.is_match(&text), "{}", text);
        }
    }

    #[test]
    fn secrets_are_replaced() {
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
            // Two names claim the same value; the secret of the second must not stay.
            (
                "?sig=Authorization: [redacted:Authorization: abc",
                "?sig=[redacted:signature] [redacted:Authorization: [redacted:authorization]",
            ),
        ] {
            assert_eq!(redact(text), expected);
        }
    }

    #[test]
    fn texts_that_a_report_needs_stay() {
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
