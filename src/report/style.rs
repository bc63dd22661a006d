//! Options that apply to all files of one report, and why a file could not be rendered.

use crate::model::Lang;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Style {
    pub lang: Lang,
    /// CSV without byte order mark and formula guard, for programs.
    pub csv_plain: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("report.json could not be rendered: {0}")]
    Json(#[from] serde_json::Error),
    /// The report for the state.
    #[error("the report could not be kept: {0}")]
    Stored(#[from] rmp_serde::encode::Error),
    #[error("a CSV file could not be rendered: {0}")]
    Csv(#[from] ::csv::Error),
    #[error("report.html could not be rendered: {0}")]
    Html(#[from] minijinja::Error),
}
