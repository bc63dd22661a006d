//! How one literal may look in the bytes of an export. The fewer forms the better: each is
//! searched; what no writer produces has no place here.

use std::collections::BTreeSet;

/// The byte forms in which an export may hold a literal: plain, inside a JSON string, inside a
/// JSON string inside a JSON string, with and without `\u` escapes, inside a quoted CSV field. Hex
/// digits are in one case only; the search ignores it.
pub fn escaped_variants(anchor: &str) -> Vec<Vec<u8>> {
    let mut forms = vec![anchor.to_string()];
    // Backslashes first: every later replacement writes some.
    for (plain, dresses) in DRESSES {
        if anchor.contains(plain) {
            forms = forms
                .iter()
                .flat_map(|form| dresses.iter().map(move |dress| form.replace(plain, dress)))
                .collect();
        }
    }
    if forms.iter().any(|form| !form.is_ascii()) {
        forms = forms
            .into_iter()
            .flat_map(|form| [escaped(&form, "\\u"), escaped(&form, "\\\\u"), form])
            .collect();
    }
    let distinct: BTreeSet<Vec<u8>> = forms.into_iter().map(String::into_bytes).collect();
    distinct.into_iter().collect()
}

/// Characters that writers dress, each with its dresses. `'` also stands for the typographic
/// apostrophe, which French texts use and the matched text has not.
const DRESSES: &[(&str, &[&str])] = &[
    ("\\", &["\\", "\\\\", "\\\\\\\\"]),
    ("\"", &["\"", "\\\"", "\\\\\\\"", "\"\"", "\\\"\"", "\\u0022", "\\\\u0022", "\\\\\\u0022"]),
    ("/", &["/", "\\/", "\\\\/", "\\\\\\/"]),
    ("<", &["<", "\\u003c", "\\\\u003c"]),
    (">", &[">", "\\u003e", "\\\\u003e"]),
    ("&", &["&", "\\u0026", "\\\\u0026"]),
    ("+", &["+", "\\u002b", "\\\\u002b"]),
    ("'", &["'", "\\u0027", "\\\\u0027", "\u{2019}"]),
];

/// Every character outside ASCII as UTF-16 units in hex.
fn escaped(text: &str, mark: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            out.push_str(&format!("{mark}{unit:04x}"));
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
    fn writers_dress_literals() {
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
