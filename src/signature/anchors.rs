//! The first stage: where in a raw block of an export a record may be of interest. It may report
//! too much and never too little. It knows nothing of records; the caller cuts them around the
//! offsets.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use super::evidence::{CODE_PREFIXES, FRAMES};
use super::pack::Pack;

/// Keys under which exports name jobs, folders and connections, and say that there is more.
const FACTS: &[&str] = &[
    "ResourceOverwrites",
    "FullyQualifiedName",
    "ConnectorKey",
    "FullFolderPath",
    "ConnectionId",
    "@odata.nextLink",
];

/// The compiled search.
#[derive(Debug)]
pub struct Anchors {
    automaton: AhoCorasick,
    literals: Vec<Vec<u8>>,
}

impl Anchors {
    /// All anchors of the signatures that are on, the evidence that makes an Error record worth a
    /// look without a signature, and the keys of facts, in every encoded form.
    pub fn new(pack: &Pack) -> Anchors {
        let own = pack.anchors();
        let fixed = [FRAMES, CODE_PREFIXES, FACTS].into_iter().flatten().copied();
        let forms: BTreeSet<Vec<u8>> =
            own.into_iter().chain(fixed).flat_map(encoded_forms).collect();
        let literals: Vec<Vec<u8>> = forms.into_iter().collect();
        Anchors { automaton: automaton(&literals), literals }
    }

    /// Appends the offsets in `block` at which a literal starts, ascending. Of literals that
    /// overlap only the leftmost is reported: no literal spans the end of a record, so the record
    /// is found either way.
    pub fn find(&self, block: &[u8], out: &mut Vec<u32>) {
        let starts = self.automaton.find_iter(block).map(|found| found.start());
        // Blocks are far below 4 GiB; an offset beyond is reported at the end of what can be said.
        out.extend(starts.map(|start| u32::try_from(start).unwrap_or(u32::MAX)));
    }

    /// How many literals are searched, encoded forms counted.
    pub fn len(&self) -> usize {
        self.literals.len()
    }

    /// True if nothing is searched. Never so in practice: the fixed literals are always there.
    pub fn is_empty(&self) -> bool {
        self.literals.is_empty()
    }

    /// The literals as searched, sorted.
    pub fn literals(&self) -> impl Iterator<Item = &[u8]> {
        self.literals.iter().map(Vec::as_slice)
    }
}

fn automaton(literals: &[Vec<u8>]) -> AhoCorasick {
    // A build fails only beyond 2^31 states; signature files are bounded far below, and were
    // searched together once already when the pack was compiled.
    #[allow(clippy::expect_used)]
    AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostFirst)
        .build(literals)
        .expect("the anchors of a compiled pack can be searched together")
}

/// The byte forms in which an export may hold a literal: plain, inside a JSON string, inside a
/// JSON string inside a JSON string, with and without `\u` escapes, inside a quoted CSV field. Hex
/// digits are in one case only; the search ignores it.
pub fn encoded_forms(anchor: &str) -> Vec<Vec<u8>> {
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
    use super::super::samples;
    use super::*;

    fn forms(anchor: &str) -> Vec<String> {
        encoded_forms(anchor).into_iter().map(|form| String::from_utf8(form).unwrap()).collect()
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

    #[test]
    fn offsets_are_ascending_and_case_is_ignored() {
        let anchors = Anchors::new(&samples::pack());
        let block = r#"{"m":"x \u63A5\u7D9A\u30D5\u30A9\u30EB\u30C0\u30FC\u306B\u5BFE\u3059\u308B Connections.View \u6A29\u9650\u304C\u3042\u308A\u307E\u305B\u3093"}
{"m":"dap-ge-3000"} {"CONNECTORKEY":1}"#;
        let mut found = vec![7];
        anchors.find(block.as_bytes(), &mut found);
        let at = |needle: &str| block.find(needle).unwrap() as u32;
        assert_eq!(found, [7, at(r"\u63A5"), at("dap-"), at("CONNECTORKEY")]);
        assert!(anchors.len() > pack_size() && !anchors.is_empty());
        assert_eq!(anchors.literals().count(), anchors.len());
    }

    fn pack_size() -> usize {
        samples::pack().anchors().len()
    }
}
