//! Names of archive members. A name is a label that is shown and compared; it is never used as a
//! path.

use std::collections::BTreeMap;

use encoding_rs::SHIFT_JIS;

use crate::model::{MEMBER, cut_between_words};

/// Longest label in bytes: longer than any path that a system lets a user type, and short enough
/// that a million labels fit in memory.
const MAX_NAME: usize = 1024;

/// Decodes a name: as UTF-8 if it is valid, else as Shift_JIS, which Japanese Windows writes, else
/// as `claimed`, the archive's own decoding (code page 437).
pub(crate) fn decode(raw: &[u8], claimed: Option<&str>) -> String {
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

/// Turns a name into a label: with `/` between its parts, without control characters, and without
/// the separator of archive and member.
pub(crate) fn to_label(name: &str) -> String {
    let printable: String = name
        .chars()
        .map(|c| match c {
            '\\' => '/',
            c if c.is_control() => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect();
    let escaped = printable.replace(MEMBER, " \\xC2\\xBB ");
    match cut_between_words(&escaped, MAX_NAME) {
        "" => "(no name)".to_string(),
        label => label.to_string(),
    }
}

/// The labels of one archive, each of which is given to one member.
#[derive(Default)]
pub(crate) struct LabelSet {
    /// Per label, the number of the last member that wanted it.
    used: BTreeMap<String, u32>,
}

impl LabelSet {
    /// Returns the label itself the first time, then `label (2)`, `label (3)` …
    pub(crate) fn make_unique(&mut self, label: String) -> String {
        let mut candidate = label.clone();
        while self.used.contains_key(&candidate) {
            let count = self.used.entry(label.clone()).or_insert(1);
            *count += 1;
            candidate = format!("{label} ({count})");
        }
        self.used.insert(candidate.clone(), 1);
        candidate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_harmless() {
        assert_eq!(to_label("C:\\logs\\a.log"), "C:/logs/a.log");
        assert_eq!(to_label("../../etc/x\0y\u{1b}[2J"), "../../etc/x\u{fffd}y\u{fffd}[2J");
        assert_eq!(to_label("a.zip » b.log"), "a.zip \\xC2\\xBB b.log");
        assert_eq!(to_label(""), "(no name)");
        assert!(to_label(&"長/".repeat(2000)).len() <= MAX_NAME);
        // Half a word could be half a secret, which no pattern recognises.
        let long =
            format!("{}/eyJhbGciOiJIUzI1NiJ9.{}.c2lnbmF0dXJl", "a".repeat(900), "b".repeat(300));
        assert_eq!(to_label(&long), "a".repeat(900));
        assert_eq!(to_label(&"b".repeat(2000)), "(no name)");
    }

    #[test]
    fn equal_names_get_different_labels() {
        let mut labels = LabelSet::default();
        let unique: Vec<String> =
            ["a", "a (2)", "a", "a", "b"].map(|name| labels.make_unique(name.to_string())).to_vec();
        assert_eq!(unique, ["a", "a (2)", "a (3)", "a (4)", "b"]);
    }

    #[test]
    fn japanese_names_are_readable_without_the_utf8_flag() {
        let (raw, _, _) = SHIFT_JIS.encode("夜間/実行ログ.log");
        assert_eq!(decode(&raw, Some("mojibake")), "夜間/実行ログ.log");
        assert_eq!(decode("夜.log".as_bytes(), None), "夜.log");
        assert_eq!(decode(b"caf\x82.log", Some("café.log")), "café.log");
    }
}
