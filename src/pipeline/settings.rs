//! The settings of a run, and the errors that end it. Plain values: the caller reads options, clock
//! and environment.

use std::path::PathBuf;

use jiff::tz::TimeZone;
use regex::Regex;

use crate::discover::{DiscoverError, SourceSelection};
use crate::model::{Instant, Lang};
use crate::open::Limits;
use crate::redact::Redaction;
use crate::report::{PublishError, RenderError, ReportFormat, Style};
use crate::state::StateError;

/// Settings of one run.
pub struct Settings {
    pub selection: SourceSelection,
    /// Paths of inventories that are read for names only.
    pub names: Vec<PathBuf>,
    /// Zone of times that are written without one.
    pub zone: TimeZone,
    /// Name of `zone` for the report.
    pub zone_name: String,
    /// Overrides encoding detection.
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// Start of the window, inclusive.
    pub since: Option<Instant>,
    /// End of the window, exclusive.
    pub until: Option<Instant>,
    /// Folder path of all records that name no folder.
    pub folder: Option<String>,
    /// Extracts the folder path from the key of a source; the group is named `folder`.
    pub folder_from_path: Option<Regex>,
    pub threads: usize,
    /// Applies to everything that is stored or shown.
    pub redaction: Redaction,
    /// A source whose encoding was guessed counts as read in part.
    pub strict: bool,
    /// Limits of containers and their members.
    pub limits: Limits,
    /// Memory limit of the run in bytes. Sources beyond it are not read, and reported as such.
    pub memory: u64,
    /// Language of the report files.
    pub lang: Lang,
}

impl Default for Settings {
    /// No source, one thread, no memory limit, UTC, English.
    fn default() -> Settings {
        Settings {
            selection: SourceSelection::default(),
            names: Vec::new(),
            zone: TimeZone::UTC,
            zone_name: "UTC".to_string(),
            encoding: None,
            since: None,
            until: None,
            folder: None,
            folder_from_path: None,
            threads: 1,
            redaction: Redaction::default(),
            strict: false,
            limits: Limits::default(),
            memory: u64::MAX,
            lang: Lang::En,
        }
    }
}

pub struct Output {
    pub dir: PathBuf,
    pub formats: Vec<ReportFormat>,
    pub style: Style,
    /// Number of threads that render the files.
    pub threads: usize,
}

/// Why a run ended without a report.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// None of the selected paths exists; the text lists them.
    #[error("no such file or directory: {0}")]
    NothingThere(String),
    #[error("worker threads could not be started: {0}")]
    Threads(std::io::Error),
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Render(#[from] RenderError),
    #[error(transparent)]
    Publish(#[from] PublishError),
}
