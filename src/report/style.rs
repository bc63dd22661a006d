//! Choices that hold for all files of one run, and why a file could not be rendered.

use crate::model::Lang;

/// Choices that hold for all faces of one run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Style {
    /// Language of every fixed word.
    pub lang: Lang,
    /// CSV without byte order mark and formula guard, for machines.
    pub csv_plain: bool,
}

/// Why a report could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// JSON.
    #[error("report.json could not be rendered: {0}")]
    Json(#[from] serde_json::Error),
    /// What a state keeps.
    #[error("the report could not be kept: {0}")]
    Kept(#[from] rmp_serde::encode::Error),
    /// CSV.
    #[error("a CSV file could not be rendered: {0}")]
    Csv(#[from] ::csv::Error),
    /// HTML.
    #[error("report.html could not be rendered: {0}")]
    Html(#[from] minijinja::Error),
}
