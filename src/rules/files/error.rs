//! Why signature files cannot be used, with the place in the file.

/// What is wrong with a signature file, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{file}{}: {message}", place(*line, *column))]
pub struct RuleFileError {
    /// Name of the file; empty if no single file is to blame.
    pub file: String,
    /// Line, from 1.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
    /// What is wrong and what would be right.
    pub message: String,
}

fn place(line: Option<usize>, column: Option<usize>) -> String {
    let part = |number: Option<usize>| number.map(|n| format!(":{n}")).unwrap_or_default();
    part(line) + &part(column)
}

impl RuleFileError {
    /// An error at a byte offset of a text.
    pub fn at(file: &str, text: &str, offset: Option<usize>, message: String) -> RuleFileError {
        let before = offset.and_then(|offset| text.get(..offset));
        let line = before.map(|before| before.matches('\n').count() + 1);
        let column =
            before.map(|before| before.rsplit('\n').next().unwrap_or("").chars().count() + 1);
        RuleFileError { file: file.to_string(), line, column, message }
    }

    /// An error of the set as a whole.
    pub(crate) fn whole(message: String) -> RuleFileError {
        RuleFileError { file: "signatures".to_string(), line: None, column: None, message }
    }
}
