//! The byte forms that one literal may have in an export. Every form is searched for, so forms that
//! no writer produces are left out.

use std::collections::BTreeSet;

/// The byte forms of a literal, sorted: plain, in a JSON string, in a JSON string inside a JSON
/// string, with and without `\u` escapes, in a quoted CSV field. Hex digits are in lower case; the
/// search ignores case.
pub fn escaped_variants(anchor: &str) -> Vec<Vec<u8>> {
    let mut forms = vec![anchor.to_string()];
    // Backslashes come first, since every later replacement adds some.
    for (plain, variants) in CHARACTER_VARIANTS {
        if anchor.contains(plain) {
            forms = forms
                .iter()
                .flat_map(|form| variants.iter().map(move |variant| form.replace(plain, variant)))
                .collect();
        }
    }
    if forms.iter().any(|form| !form.is_ascii()) {
        forms = forms
            .into_iter()
            .flat_map(|form| {
                [escape_non_ascii(&form, "\\u"), escape_non_ascii(&form, "\\\\u"), form]
            })
            .collect();
    }
    let distinct: BTreeSet<Vec<u8>> = forms.into_iter().map(String::into_bytes).collect();
    distinct.into_iter().collect()
}

/// Characters that writers escape, each with its variants. `'` includes the typographic apostrophe
/// of French texts, which normalised text does not have.
const CHARACTER_VARIANTS: &[(&str, &[&str])] = &[
    ("\\", &["\\", "\\\\", "\\\\\\\\"]),
    ("\"", &["\"", "\\\"", "\\\\\\\"", "\"\"", "\\\"\"", "\\u0022", "\\\\u0022", "\\\\\\u0022"]),
    ("/", &["/", "\\/", "\\\\/", "\\\\\\/"]),
    ("<", &["<", "\\u003c", "\\\\u003c"]),
    (">", &[">", "\\u003e", "\\\\u003e"]),
    ("&", &["&", "\\u0026", "\\\\u0026"]),
    ("+", &["+", "\\u002b", "\\\\u002b"]),
    ("'", &["'", "\\u0027", "\\\\u0027", "\u{2019}"]),
];

/// Writes every character outside ASCII as UTF-16 units in hex, each after `prefix`.
fn escape_non_ascii(text: &str, prefix: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            out.push_str(&format!("{prefix}{unit:04x}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(anchor: &str) -> Vec<String> {
        escaped_variants(anchor).into_iter().map(|form| String::from_utf8(form).unwrap()).collect()
    }

    #[test]
    fn plain_literals_have_one_form() {
        assert_eq!(forms("DAP-GE-3000"), ["DAP-GE-3000"]);
    }

    #[test]
    fn escaped_literals_have_all_forms() {
        let japanese = forms("接続フォ");
        for form in ["接続フォ", r"\u63a5\u7d9a\u30d5\u30a9", r"\\u63a5\\u7d9a\\u30d5\\u30a9"] {
            assert!(japanese.iter().any(|known| known == form), "{form}");
        }
        let quoted = forms("\"error\":\"x/y\"");
        for form in [
            r#""error":"x/y""#,
            r#"\"error\":\"x/y\""#,
            r#"\\\"error\\\":\\\"x\\\/y\\\""#,
            r#"""error"":""x/y"""#,
            r"\u0022error\u0022:\u0022x/y\u0022",
        ] {
            assert!(quoted.iter().any(|known| known == form), "{form}");
        }
        let apostrophe = forms("can't");
        for form in ["can't", "can\u{2019}t", r"can\u0027t", r"can\u2019t", r"can\\u2019t"] {
            assert!(apostrophe.iter().any(|known| known == form), "{form}");
        }
        assert!(forms("\u{1f511}key").contains(&r"\ud83d\udd11key".to_string()));
        assert!(forms(r"a\b").contains(&r"a\\\\b".to_string()));
    }
}
