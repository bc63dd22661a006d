//! What a run is asked to do, and why it can fail.

use std::path::PathBuf;

use jiff::tz::TimeZone;
use regex::Regex;

use crate::discover::{DiscoverError, SourceSelection};
use crate::model::{Instant, Lang};
use crate::open::Limits;
use crate::redact::Redaction;
use crate::report::{PublishError, RenderError, ReportFormat, Style};
use crate::state::StateError;

/// What a run is asked to do.
pub struct Settings {
    /// What to scan.
    pub selection: SourceSelection,
    /// Further inventories, only read for names.
    pub names: Vec<PathBuf>,
    /// Zone of times that carry none.
    pub zone: TimeZone,
    /// Its name, for the report.
    pub zone_name: String,
    /// Overrides encoding detection.
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// The window: from, inclusive.
    pub since: Option<Instant>,
    /// The window: to, exclusive.
    pub until: Option<Instant>,
    /// Folder of all records that carry none.
    pub folder: Option<String>,
    /// Takes the folder out of a source's name, with a group `folder`.
    pub folder_from_path: Option<Regex>,
    /// Worker threads.
    pub threads: usize,
    /// What is taken out of everything that is kept or shown.
    pub redaction: Redaction,
    /// Guesses make the run partial.
    pub strict: bool,
    /// Limits of containers.
    pub limits: Limits,
    /// Bytes of memory that a run may take; what does not fit is not read, and named.
    pub memory: u64,
    /// Language of what is written to files.
    pub lang: Lang,
}

impl Default for Settings {
    /// Nothing to scan yet, and everything else as a scan without options has it.
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

/// Where and how reports are written.
pub struct Output {
    /// The directory.
    pub dir: PathBuf,
    /// Which faces.
    pub formats: Vec<ReportFormat>,
    /// How they look.
    pub style: Style,
    /// Threads that make them.
    pub threads: usize,
}

/// Why a run came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// A pattern is not valid.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// No PATH exists.
    #[error("no such file or directory: {0}")]
    NothingThere(String),
    /// Worker threads could not be started.
    #[error("worker threads could not be started: {0}")]
    Threads(std::io::Error),
    /// The state cannot be used or written.
    #[error(transparent)]
    State(#[from] StateError),
    /// A report could not be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Reports could not be put in place.
    #[error(transparent)]
    Publish(#[from] PublishError),
}
