//! The findings of `faultline doctor`: their text, and the exit code that a run would end with.

use std::path::{Path, PathBuf};

use crate::cli::exit::Exit;
use crate::model::Lang;
use crate::report::escape_for_terminal;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FindingLevel {
    Ok,
    /// Has no influence on the exit code.
    Note,
    /// A run would end with this code.
    Bad(Exit),
}

/// The result of one check.
pub(crate) struct Finding {
    level: FindingLevel,
    topic: &'static str,
    text: String,
    pub(crate) details: Vec<String>,
}

/// All findings, in the order of the checks.
pub(crate) struct Findings {
    pub(crate) lang: Lang,
    pub(crate) all: Vec<Finding>,
}

impl Findings {
    /// Adds a finding with the text of the output language. Returns it, so that the caller can add details.
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

    /// Returns the exit code that a run would end with, as far as the checks can predict it.
    pub(crate) fn exit(&self) -> Exit {
        let codes = self.all.iter().map(|finding| match finding.level {
            FindingLevel::Bad(exit) => exit,
            _ => Exit::Done,
        });
        codes.min().unwrap_or(Exit::Done)
    }

    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        for Finding { level, topic, text: message, details } in &self.all {
            let mark = match level {
                FindingLevel::Ok => "ok  ",
                FindingLevel::Note => "note",
                FindingLevel::Bad(_) => "BAD ",
            };
            text.push_str(&format!("{mark}  {topic:10}  {}\n", escape_for_terminal(message)));
            for detail in details {
                text.push_str(&format!("                  {}\n", escape_for_terminal(detail)));
            }
        }
        let exit = self.exit().code();
        text.push_str(&match (self.lang, exit) {
            (Lang::En, 0) => "\nA scan of this input would end with exit code 0.\n".to_string(),
            (Lang::En, _) => format!("\nA scan of this input would end with exit code {exit}.\n"),
            (Lang::Ja, _) => format!("\nこのままの設定では終了コード {exit} になります。\n"),
        });
        text
    }
}

/// Returns the directory, or its nearest ancestor that exists.
pub(crate) fn nearest_directory(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    absolute.ancestors().find(|directory| directory.exists()).map(Path::to_path_buf)
}
