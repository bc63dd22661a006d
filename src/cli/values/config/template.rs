//! The commented settings file that `config init` writes: every key with what it is for and what
//! holds without it.

use crate::cli::values::config::keys::{SettingKey, ValueKind, keys};

const HEAD: &str = "\
# Settings of faultline: the options of `faultline scan`, under their long names.
#
# A flag wins over an environment variable (FAULTLINE_OUT, FAULTLINE_SINCE …), that over this
# file, and this file over the defaults shown here. Paths are relative to this file. On Windows
# write them in single quotes: 'D:\\Exports'.
#
# `faultline config show --origin` tells what holds and where it comes from.
";

/// What to show for keys that have no default.
const EXAMPLES: [(&str, &str); 15] = [
    ("paths", "[\"exports\"]"),
    ("names", "[\"inventory\"]"),
    ("signatures", "[\"signatures\"]"),
    ("state", "\"faultline.state\""),
    ("since", "\"36h\""),
    ("until", "\"2026-12-31\""),
    ("encoding", "\"shift_jis\""),
    ("include", "[\"*.log\", \"*.json\"]"),
    ("exclude", "[\"archive\"]"),
    ("folder", "\"Shared\""),
    ("folder-from-path", "'^(?<folder>[^/]+)/'"),
    ("threads", "2"),
    ("max-memory", "\"2GiB\""),
    ("pseudonym-key", "\"faultline.key\""),
    ("fail-on", "[\"new\", \"critical\"]"),
];

/// The file.
pub fn template() -> String {
    let mut text = HEAD.to_string();
    for key in keys() {
        let words = key.words();
        let of = if words.is_empty() { String::new() } else { format!("; {}", words.join(", ")) };
        text.push_str(&format!("\n# {}{of}\n#{} = {}\n", key.about(), key.name, example(&key)));
    }
    text
}

fn example(key: &SettingKey) -> String {
    if let Some((_, example)) = EXAMPLES.iter().find(|(name, _)| *name == key.name) {
        return (*example).to_string();
    }
    let value = key.default().or_else(|| key.words().first().cloned());
    match (key.kind, value) {
        (ValueKind::Switch, _) => "false".to_string(),
        (ValueKind::List, Some(value)) => {
            let words: Vec<String> = value.split(',').map(|word| format!("{word:?}")).collect();
            format!("[{}]", words.join(", "))
        }
        (ValueKind::List, None) => "[]".to_string(),
        (ValueKind::One, value) => format!("{:?}", value.unwrap_or_default()),
    }
}
