//! Which keys the settings file has and what each takes: told from the options of `scan`.

use clap::{Arg, ArgAction, Args, Command, ValueHint};
use serde_json::{Value, json};

use crate::cli::values::scan_options::ScanArguments;

/// Options that are no settings of a run.
const NOT_SETTINGS: [&str; 3] = ["config", "help", "version"];

/// What a key takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ValueKind {
    /// `true` or `false`.
    Switch,
    /// One value.
    One,
    /// A list, or one value.
    List,
}

/// A key of the settings file.
pub struct SettingKey {
    /// As written in the file: the long option without its dashes, `paths` for what is scanned.
    pub name: String,
    /// What it takes.
    pub kind: ValueKind,
    /// The option it sets.
    pub arg: Arg,
}

/// Every key, in the order of the options.
pub fn keys() -> Vec<SettingKey> {
    let mut command = ScanArguments::augment_args(Command::new("scan"));
    // Actions and value parsers are settled when a command is built.
    command.build();
    command
        .get_arguments()
        .filter(|arg| !NOT_SETTINGS.contains(&arg.get_id().as_str()))
        .map(|arg| SettingKey {
            name: arg.get_long().unwrap_or(arg.get_id().as_str()).to_string(),
            kind: kind(arg),
            arg: arg.clone(),
        })
        .collect()
}

fn kind(arg: &Arg) -> ValueKind {
    match arg.get_action() {
        ArgAction::SetTrue | ArgAction::SetFalse => ValueKind::Switch,
        ArgAction::Append => ValueKind::List,
        // Lists in one word.
        _ if arg.get_id() == "formats" => ValueKind::List,
        _ => ValueKind::One,
    }
}

impl SettingKey {
    /// True for files and directories, which are relative to the settings file.
    pub fn is_path(&self) -> bool {
        matches!(
            self.arg.get_value_hint(),
            ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath
        )
    }

    /// What it is for: the help of the option.
    pub fn about(&self) -> String {
        self.arg.get_help().map(ToString::to_string).unwrap_or_default()
    }

    /// The words it may take, where they are few.
    pub fn words(&self) -> Vec<String> {
        if self.kind == ValueKind::Switch {
            return Vec::new();
        }
        let words = self.arg.get_possible_values();
        words.iter().map(|word| word.get_name().to_string()).collect()
    }

    /// The default of the option, if it has one.
    pub fn default(&self) -> Option<String> {
        self.arg.get_default_values().first().map(|value| value.to_string_lossy().into_owned())
    }
}

/// The JSON Schema of the settings file.
pub fn schema() -> Value {
    let properties: serde_json::Map<String, Value> =
        keys().into_iter().map(|key| (key.name.clone(), property(&key))).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "faultline.toml",
        "description": "Settings of faultline. A flag wins over the environment, that over the file.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn property(key: &SettingKey) -> Value {
    let words = key.words();
    let one = if words.is_empty() {
        json!({ "type": ["string", "integer"] })
    } else {
        json!({ "enum": words })
    };
    let mut property = match key.kind {
        ValueKind::Switch => json!({ "type": "boolean" }),
        ValueKind::One => one,
        ValueKind::List => json!({ "anyOf": [one.clone(), { "type": "array", "items": one }] }),
    };
    property["description"] = key.about().into();
    property
}
