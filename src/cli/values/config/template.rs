//! The commented settings file that `config init` writes: every key with its help and its default.

use crate::cli::values::config::keys::{SettingKey, ValueKind, keys};

const HEAD: &str = "\
# Settings of faultline: the options of `faultline scan`, under their long names.
#
# A flag overrides an environment variable (FAULTLINE_OUT, FAULTLINE_SINCE …), which overrides
# this file, which overrides the defaults shown here. Paths are relative to this file. On Windows
# write them in single quotes: 'D:\\Exports'.
#
# `faultline config show --origin` prints the effective settings and their origins.
";

/// Example values of keys without a default.
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

pub fn template() -> String {
    let mut text = HEAD.to_string();
    for key in keys() {
        let values = key.possible_values();
        let choices =
            if values.is_empty() { String::new() } else { format!("; {}", values.join(", ")) };
        text.push_str(&format!("\n# {}{choices}\n#{} = {}\n", key.help(), key.name, example(&key)));
    }
    text
}

fn example(key: &SettingKey) -> String {
    if let Some((_, example)) = EXAMPLES.iter().find(|(name, _)| *name == key.name) {
        return (*example).to_string();
    }
    let value = key.default().or_else(|| key.possible_values().first().cloned());
    match (key.kind, value) {
        (ValueKind::Switch, _) => "false".to_string(),
        (ValueKind::List, Some(value)) => {
            let items: Vec<String> = value.split(',').map(|item| format!("{item:?}")).collect();
            format!("[{}]", items.join(", "))
        }
        (ValueKind::List, None) => "[]".to_string(),
        (ValueKind::Single, value) => format!("{:?}", value.unwrap_or_default()),
    }
}
