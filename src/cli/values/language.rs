//! The language of what is shown: the flag, else the locale for the terminal. Files do not follow
//! the locale, so that the same input gives the same bytes everywhere.

use clap::ValueEnum;

use crate::model::Lang;

/// Languages.
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

/// Language of what goes to the terminal.
pub fn shown(asked: Option<Language>) -> Lang {
    asked.map_or_else(of_locale, Lang::from)
}

/// Language of what goes to files.
pub fn written(asked: Option<Language>) -> Lang {
    asked.map_or(Lang::En, Lang::from)
}

fn of_locale() -> Lang {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    match locale {
        Some(locale) if locale.to_ascii_lowercase().starts_with("ja") => Lang::Ja,
        _ => Lang::En,
    }
}
