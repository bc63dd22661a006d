//! Names of archive members. A name is a label: it is shown, compared and never used as a path.

use crate::model::MEMBER;
use crate::model::cut_between_words;
use encoding_rs::SHIFT_JIS;
use std::collections::BTreeMap;
/// Bytes of a name that are kept. Longer than any path a system allows to type, short enough that
/// a million names stay small.
const MAX_NAME: usize = 1024;

/// The name as text: UTF-8 where it is that, else Shift_JIS as Japanese Windows writes it, else
/// what the archive claims (code page 437).
pub(crate) fn text(raw: &[u8], claimed: Option<&str>) -> String {
    if let Ok(name) = std::str::from_utf8(raw) {
        return name.to_string();
    }
    match (SHIFT_JIS.decode_without_bom_handling_and_without_replacement(raw), claimed) {
        (Some(name), _) if name.chars().any(|c| matches!(c, '\u{3040}'..='\u{9fff}')) => {
            name.into_owned()
        }
        (_, Some(name)) => name.to_string(),
        (_, None) => String::from_utf8_lossy(raw).into_owned(),
    }
}

/// Makes a label of a name: `/` between parts, no control characters, no text that stands for
/// "inside an archive".
pub(crate) fn label(name: &str) -> String {
    let clean: String = name
        .chars()
        .map(|c| match c {
            '\\' => '/',
            c if c.is_control() => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect();
    let clean = clean.replace(MEMBER, " \\xC2\\xBB ");
    match cut_between_words(&clean, MAX_NAME) {
        "" => "(no name)".to_string(),
        label => label.to_string(),
    }
}

/// Gives every member of one archive its own label.
#[derive(Default)]
pub(crate) struct Labels {
    seen: BTreeMap<String, u32>,
}

impl Labels {
    /// The label itself the first time, then `name (2)`, `name (3)` …
    pub(crate) fn unique(&mut self, label: String) -> String {
        let mut candidate = label.clone();
        while self.seen.contains_key(&candidate) {
            let count = self.seen.entry(label.clone()).or_insert(1);
            *count += 1;
            candidate = format!("{label} ({count})");
        }
        self.seen.insert(candidate.clone(), 1);
        candidate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_harmless_labels() {
        assert_eq!(label("C:\\logs\\a.log"), "C:/logs/a.log");
        assert_eq!(label("../../etc/x\0y\u{1b}[2J"), "../../etc/x\u{fffd}y\u{fffd}[2J");
        assert_eq!(label("a.zip » b.log"), "a.zip \\xC2\\xBB b.log");
        assert_eq!(label(""), "(no name)");
        assert!(label(&"長/".repeat(2000)).len() <= MAX_NAME);
        // Half a word may be half a secret.
        let long =
            format!("{}/eyJhbGciOiJIUzI1NiJ9.{}.c2lnbmF0dXJl", "a".repeat(900), "b".repeat(300));
        assert_eq!(label(&long), "a".repeat(900));
        assert_eq!(label(&"b".repeat(2000)), "(no name)");
    }

    #[test]
    fn equal_names_are_told_apart() {
        let mut labels = Labels::default();
        let given: Vec<String> =
            ["a", "a (2)", "a", "a", "b"].map(|name| labels.unique(name.to_string())).to_vec();
        assert_eq!(given, ["a", "a (2)", "a (3)", "a (4)", "b"]);
    }

    #[test]
    fn japanese_names_are_readable_without_the_utf8_flag() {
        let (raw, _, _) = SHIFT_JIS.encode("夜間/実行ログ.log");
        assert_eq!(text(&raw, Some("mojibake")), "夜間/実行ログ.log");
        assert_eq!(text("夜.log".as_bytes(), None), "夜.log");
        assert_eq!(text(b"caf\x82.log", Some("café.log")), "café.log");
    }
}
