//! Output languages. Terminal output follows `--lang`, else the locale. Files follow `--lang` only, so
//! that the same input gives the same bytes on every machine.

use clap::ValueEnum;

use crate::model::Lang;

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Language {
    /// English.
    En,
    /// Japanese.
    Ja,
}

impl From<Language> for Lang {
    fn from(language: Language) -> Lang {
        match language {
            Language::En => Lang::En,
            Language::Ja => Lang::Ja,
        }
    }
}

/// Returns the language of terminal output: the requested one, else that of the locale.
pub fn terminal_language(requested: Option<Language>) -> Lang {
    requested.map_or_else(locale_language, Lang::from)
}

/// Returns the language of files: the requested one, else English.
pub fn file_language(requested: Option<Language>) -> Lang {
    requested.map_or(Lang::En, Lang::from)
}

fn locale_language() -> Lang {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    match locale {
        Some(locale) if locale.to_ascii_lowercase().starts_with("ja") => Lang::Ja,
        _ => Lang::En,
    }
}
