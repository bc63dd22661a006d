//! Why signature files cannot be used, with the position in the file. The only error type of
//! `files`.

/// A problem of a signature file and its position.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{file}{}: {message}", position_suffix(*line, *column))]
pub struct RuleFileError {
    /// Name of the file; `signatures` for the rule set as a whole.
    pub file: String,
    /// Line, from 1.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
    /// The problem and how to correct it.
    pub message: String,
}

fn position_suffix(line: Option<usize>, column: Option<usize>) -> String {
    let part = |number: Option<usize>| number.map(|n| format!(":{n}")).unwrap_or_default();
    part(line) + &part(column)
}

impl RuleFileError {
    /// An error at a byte offset of the file's text.
    pub fn at(file: &str, text: &str, offset: Option<usize>, message: String) -> RuleFileError {
        let before = offset.and_then(|offset| text.get(..offset));
        let line = before.map(|before| before.matches('\n').count() + 1);
        let column =
            before.map(|before| before.rsplit('\n').next().unwrap_or("").chars().count() + 1);
        RuleFileError { file: file.to_string(), line, column, message }
    }

    /// An error that no single file causes.
    pub(crate) fn of_rule_set(message: String) -> RuleFileError {
        RuleFileError { file: "signatures".to_string(), line: None, column: None, message }
    }
}
