//! What `faultline doctor` found, its text, and the exit code a run would end with.

use std::path::{Path, PathBuf};

use crate::cli::exit::Exit;
use crate::model::Lang;
use crate::report::escape_for_terminal as shown;

/// How a thing stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FindingLevel {
    Ok,
    /// Worth a thought; changes nothing.
    Note,
    /// The night would end with this code.
    Bad(Exit),
}

/// One thing that was looked at.
pub(crate) struct Finding {
    level: FindingLevel,
    topic: &'static str,
    text: String,
    pub(crate) details: Vec<String>,
}

/// What was found, in the order in which one asks.
pub(crate) struct Findings {
    pub(crate) lang: Lang,
    pub(crate) all: Vec<Finding>,
}

impl Findings {
    /// Adds a finding, in English or Japanese.
    pub(crate) fn add(
        &mut self,
        level: FindingLevel,
        topic: &'static str,
        en: String,
        ja: String,
    ) -> &mut Finding {
        let text = if self.lang == Lang::Ja { ja } else { en };
        self.all.push(Finding { level, topic, text, details: Vec::new() });
        let last = self.all.len() - 1;
        &mut self.all[last]
    }

    /// The code the night would end with, as far as can be told today.
    pub(crate) fn exit(&self) -> Exit {
        let codes = self.all.iter().map(|finding| match finding.level {
            FindingLevel::Bad(exit) => exit,
            _ => Exit::Done,
        });
        codes.min().unwrap_or(Exit::Done)
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for Finding { level, topic, text: words, details } in &self.all {
            let mark = match level {
                FindingLevel::Ok => "ok  ",
                FindingLevel::Note => "note",
                FindingLevel::Bad(_) => "BAD ",
            };
            text.push_str(&format!("{mark}  {topic:10}  {}\n", shown(words)));
            for detail in details {
                text.push_str(&format!("                  {}\n", shown(detail)));
            }
        }
        let exit = self.exit().code();
        text.push_str(&match (self.lang, exit) {
            (Lang::En, 0) => "\nA night like this ends with code 0.\n".to_string(),
            (Lang::En, _) => format!("\nA night like this ends with code {exit}.\n"),
            (Lang::Ja, _) => format!("\nこのままの設定では終了コード {exit} になります。\n"),
        });
        text
    }
}

/// The directory, or the one above it that is there.
pub(crate) fn nearest_directory(path: &Path) -> Option<PathBuf> {
    let full = std::path::absolute(path).ok()?;
    full.ancestors().find(|directory| directory.exists()).map(Path::to_path_buf)
}
