//! The keys of the settings file and the values they accept, derived from the options of `scan`.

use clap::{Arg, ArgAction, Args, Command, ValueHint};
use serde_json::{Value, json};

use crate::cli::values::scan_options::ScanArguments;

/// Options that are not settings of a run.
const EXCLUDED_OPTIONS: [&str; 3] = ["config", "help", "version"];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ValueKind {
    /// `true` or `false`.
    Switch,
    Single,
    /// A list or one value.
    List,
}

pub struct SettingKey {
    /// The long option without its dashes; `paths` for the positional arguments.
    pub name: String,
    pub kind: ValueKind,
    pub arg: Arg,
}

/// Returns every key, in the order of the options.
pub fn keys() -> Vec<SettingKey> {
    let mut command = ScanArguments::augment_args(Command::new("scan"));
    // clap sets actions and value parsers when it builds the command.
    command.build();
    command
        .get_arguments()
        .filter(|arg| !EXCLUDED_OPTIONS.contains(&arg.get_id().as_str()))
        .map(|arg| SettingKey {
            name: arg.get_long().unwrap_or(arg.get_id().as_str()).to_string(),
            kind: value_kind(arg),
            arg: arg.clone(),
        })
        .collect()
}

fn value_kind(arg: &Arg) -> ValueKind {
    match arg.get_action() {
        ArgAction::SetTrue | ArgAction::SetFalse => ValueKind::Switch,
        ArgAction::Append => ValueKind::List,
        // This option takes its list as one comma-separated value.
        _ if arg.get_id() == "formats" => ValueKind::List,
        _ => ValueKind::Single,
    }
}

impl SettingKey {
    /// True for files and directories, which are resolved relative to the settings file.
    pub fn is_path(&self) -> bool {
        matches!(
            self.arg.get_value_hint(),
            ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath
        )
    }

    /// Returns the help of the option.
    pub fn help(&self) -> String {
        self.arg.get_help().map(ToString::to_string).unwrap_or_default()
    }

    /// Returns the accepted values; empty if the option accepts free text or is a switch.
    pub fn possible_values(&self) -> Vec<String> {
        if self.kind == ValueKind::Switch {
            return Vec::new();
        }
        let values = self.arg.get_possible_values();
        values.iter().map(|value| value.get_name().to_string()).collect()
    }

    pub fn default(&self) -> Option<String> {
        self.arg.get_default_values().first().map(|value| value.to_string_lossy().into_owned())
    }
}

/// Returns the JSON Schema of the settings file.
pub fn schema() -> Value {
    let properties: serde_json::Map<String, Value> =
        keys().into_iter().map(|key| (key.name.clone(), property_schema(&key))).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "faultline.toml",
        "description": "Settings of faultline. A flag overrides the environment, which overrides the file.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn property_schema(key: &SettingKey) -> Value {
    let values = key.possible_values();
    let single = if values.is_empty() {
        json!({ "type": ["string", "integer"] })
    } else {
        json!({ "enum": values })
    };
    let mut property = match key.kind {
        ValueKind::Switch => json!({ "type": "boolean" }),
        ValueKind::Single => single,
        ValueKind::List => {
            json!({ "anyOf": [single.clone(), { "type": "array", "items": single }] })
        }
    };
    property["description"] = key.help().into();
    property
}
